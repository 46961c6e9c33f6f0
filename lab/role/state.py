"""The desired state of one node: its wiring and what its daemons shall have."""

from __future__ import annotations

from dataclasses import dataclass

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig, OwnConfig
from lab.topology import Role
from lab.wiring import NodeWiring


@dataclass(frozen=True)
class NodeState:
    name: str
    role: Role
    wiring: NodeWiring
    router: FrrConfig | OwnConfig | ExaBgpConfig

"""The desired state of one node: its wiring and what its daemons shall have."""

from __future__ import annotations

from dataclasses import dataclass

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.speaker import SpeakerConfig
from lab.topology import Role
from lab.wiring import NodeWiring

RouterConfig = FrrConfig | OwnConfig | ExaBgpConfig | SpeakerConfig


@dataclass(frozen=True)
class Feed:
    """A second speaker of a node, beside its router: it runs in the namespace `vrf`."""

    vrf: str
    config: ExaBgpConfig


@dataclass(frozen=True)
class NodeState:
    """`router` is None where whatever speaks BGP is not ours to touch."""

    name: str
    role: Role
    wiring: NodeWiring
    router: RouterConfig | None
    feed: Feed | None = None

"""From the files to the desired state of every node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bgp.frr.config import OwnConfig
from lab.circuit.models import Session, Spec
from lab.role import layout
from lab.role.azure import azure
from lab.role.ce import ce
from lab.role.msee import msee
from lab.role.slots import Slots, allocate
from lab.role.state import NodeState
from lab.topology import PATHS, Topology
from lab.wiring import Cable, Port, Tag


@dataclass(frozen=True)
class Desired:
    """What a lab shall be: its nodes' states, its sessions, and the numbers they were made with."""

    nodes: Mapping[str, NodeState]
    sessions: tuple[Session, ...]
    slots: Slots


def build(
    spec: Spec,
    topology: Topology,
    own: Mapping[str, OwnConfig],
    own_interfaces: Mapping[str, tuple[Tag, ...]],
    previous: Slots | None = None,
) -> Desired:
    """The desired state of the whole lab; `previous` are the numbers of the running one."""
    slots = allocate(spec, previous)
    found = layout.sessions(spec, topology, slots)
    states = [ce(spec, topology, edge, found, own, own_interfaces) for edge in spec.customer_edges]
    states += [msee(spec, topology, slots, path) for path in PATHS]
    states.append(azure(spec, topology, slots))
    return Desired({s.name: s for s in states}, found, slots)


def cables(topology: Topology) -> tuple[Cable, ...]:
    """All links. Where an engine has made one the wiring leaves it alone, and makes those that are missing."""
    return tuple(
        Cable(Port(link.a.node, link.a.interface), Port(link.b.node, link.b.interface), link.mtu)
        for link in topology.links
    )

"""A node's FRR files, with references where keys belong.

The lab takes BFD into BGP once it is up. Nobody watches here, so it is in the start file, on both ends or on none: FRR
10 keeps a neighbor with `bfd` idle for as long as BFD with it is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from bgp.frr import own, render
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.listen import group_lines
from lab.circuit.models import Session
from lab.role.state import NodeState

Peer = tuple[str, str]


def files(router: FrrConfig | OwnConfig, references: Mapping[str, str], unarmed: Set[Peer]) -> dict[str, str]:
    """The files by name. `unarmed` are the peers, as (VRF, address), whose BFD BGP shall not follow."""
    if isinstance(router, OwnConfig):
        return own.config_files(router, references)
    found = render.config_files(router, references)
    found["bgpd.conf"] += _text(_armed(router, unarmed))
    listening = group_lines(router, references)
    if listening:
        found["listen.conf"] = _text(listening)
    return found


def unarmed(router: FrrConfig, states: Mapping[str, NodeState], sessions: Iterable[Session]) -> frozenset[Peer]:
    """The peers of `router` that are CEs whose file is not ours: whether they have BFD is theirs to say."""
    edges = {(s.vrf, s.ce_address): s.ce for s in sessions}
    return frozenset(
        (instance.vrf, neighbor.address)
        for instance in router.instances
        for neighbor in instance.neighbors
        if (edge := edges.get((instance.vrf, neighbor.address)))
        and not isinstance(states[edge].router, FrrConfig)
    )


def _armed(router: FrrConfig, unarmed: Set[Peer]) -> list[str]:
    lines = []
    for instance in router.instances:
        for neighbor in instance.neighbors:
            if neighbor.bfd and (instance.vrf, neighbor.address) not in unarmed:
                lines += render.bfd_attach_lines(instance.asn, instance.vrf, neighbor)
    return ["! BGP follows BFD", *lines] if lines else []


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)

"""Frames of one circuit or peering alone, told by their tags."""

from __future__ import annotations

from lab.control.record import Record
from lab.errors import Impossible

Tags = tuple[int, ...]


def tags_of(record: Record, circuit: str | None, peering: str | None) -> frozenset[Tags] | None:
    """The tags that frames of these peerings carry on the cables between CE and MSEE; None means all frames.

    Raises Impossible when there is no such circuit or peering, or nothing of it is on a cable yet.
    """
    if circuit is None and peering is None:
        return None
    value = record.applied
    names = [each.name for each in value.spec.circuits]
    if circuit is not None and circuit not in names:
        raise Impossible(f"no circuit named {circuit}", next=f"one of: {' '.join(names)}" if names else None)
    mine = [s for s in value.sessions if circuit in (None, s.circuit)]
    kinds = list(dict.fromkeys(session.peering for session in mine))
    if not kinds:
        raise Impossible(f"{circuit or record.lab} has no session, so no tag is its own", next="mseelab status")
    if peering is not None and peering not in kinds:
        raise Impossible(f"{circuit or record.lab} has no {peering}", next=f"one of: {' '.join(kinds)}")
    places = {(s.msee, s.vrf) for s in mine if peering in (None, s.peering)}
    return _tags(record, places)


def _tags(record: Record, places: set[tuple[str, str]]) -> frozenset[Tags]:
    """The tags in the routing domains `places` (MSEE, VRF), without those of the links to Microsoft's core."""
    topology, states = record.applied.topology, record.applied.desired().nodes
    outside = {str(near) for ce in topology.with_role("ce") for msee in topology.with_role("msee")
               for near, _ in topology.links_between(msee.name, ce.name)}  # fmt: skip
    return frozenset(
        (tag.vlan,) if tag.stag is None else (tag.stag, tag.vlan)
        for msee, vrf in places
        for interface in states[msee].wiring.interfaces
        if (tag := interface.tag) is not None and interface.vrf == vrf and f"{msee}:{tag.port}" in outside
    )

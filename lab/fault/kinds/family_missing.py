"""The address family of the session is not activated at one end; the other one is."""

from __future__ import annotations

from lab.circuit.models import Family, Session
from lab.fault.base import Fault
from lab.fault.lines import Change, Instance, Retyped, in_family
from lab.fault.scene import Scene


class FamilyMissing(Retyped):
    name = "family-missing"
    line = "that end has activated the other address family for the neighbor"
    claims = frozenset({"activate"})
    resets = True

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        neighbor = scene.peer(session, fault.side)
        who, other = f"neighbor {neighbor}", _other(session.family)
        active = _is_active(instance, neighbor, other)
        back = () if active else in_family(other, f"no {who} activate")
        return Change(
            (*in_family(session.family, f"no {who} activate"), *in_family(other, f"{who} activate")),
            (*back, *in_family(session.family, f"{who} activate")),
        )


def _other(family: Family) -> Family:
    return "ipv6" if family == "ipv4" else "ipv4"


def _is_active(instance: Instance, neighbor: str, family: Family) -> bool:
    if instance.line(f"neighbor {neighbor} activate", family):
        return True
    by_default = family == "ipv4" and instance.line("no bgp default ipv4-unicast") is None
    return by_default and instance.line(f"no neighbor {neighbor} activate", family) is None

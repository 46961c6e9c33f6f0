"""The CE announces its prefixes with a next hop that nobody reaches."""

from __future__ import annotations

from lab.circuit.models import Family, Session
from lab.fault.base import CE_ONLY, Fault
from lab.fault.lines import Change, Instance, Retyped, map_change
from lab.fault.scene import Scene

# Of networks that are for documents (RFC 5737, RFC 3849).
NOWHERE: dict[Family, str] = {"ipv4": "ip next-hop 192.0.2.99", "ipv6": "ipv6 next-hop global 2001:db8:dead::99"}


class NextHopUnreachable(Retyped):
    name = "next-hop-unreachable"
    line = "the CE announces a next hop that does not exist"
    sides = CE_ONLY
    claims = frozenset({"policy"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        # One list of lines serves both families, and each keeps the map it had by a call.
        name = f"mseelab-fault-{fault.id}-{session.family[-1]}"
        who = f"neighbor {scene.peer(session, fault.side)}"
        kept = instance.line(f"{who} route-map", session.family, "out")
        call = (f"call {kept.split()[3]}",) if kept else ()
        entry = (f"route-map {name} permit 10", f"set {NOWHERE[session.family]}", *call, "exit")
        return map_change(who, session.family, instance, name, "out", entry)

    def soft(self, fault: Fault) -> str:
        return "out"

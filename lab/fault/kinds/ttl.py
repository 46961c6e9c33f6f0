"""TTL security (GTSM) at one end: it drops what does not arrive with the highest TTL."""

from __future__ import annotations

from lab.circuit.models import Session
from lab.fault.base import Fault
from lab.fault.lines import Change, Instance, Retyped
from lab.fault.scene import Scene


class Ttl(Retyped):
    name = "ttl"
    line = "TTL security (GTSM) at that end alone"
    claims = frozenset({"ttl"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        who = f"neighbor {scene.peer(session, fault.side)}"
        return Change((f"{who} ttl-security hops 1",), (f"no {who} ttl-security hops 1",))

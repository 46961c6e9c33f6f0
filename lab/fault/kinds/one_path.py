"""The CE announces nothing on this path, and all it has on the other."""

from __future__ import annotations

from lab.circuit.models import Session
from lab.fault.base import CE_ONLY, Fault
from lab.fault.lines import Change, Instance, Retyped, map_change
from lab.fault.scene import Scene


class OnePath(Retyped):
    name = "one-path"
    line = "the CE announces over the other path only"
    sides = CE_ONLY
    claims = frozenset({"policy"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        name = f"mseelab-fault-{fault.id}"
        who = f"neighbor {scene.peer(session, fault.side)}"
        return map_change(who, session.family, instance, name, "out", (f"route-map {name} deny 10", "exit"))

    def soft(self, fault: Fault) -> str:
        return "out"

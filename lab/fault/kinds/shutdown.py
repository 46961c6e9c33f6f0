"""The neighbor is administratively down at one end."""

from __future__ import annotations

from lab.circuit.models import Session
from lab.fault.base import Fault
from lab.fault.lines import Change, Instance, Retyped
from lab.fault.scene import Scene


class Shutdown(Retyped):
    name = "shutdown"
    line = "the neighbor is shut down at that end"
    claims = frozenset({"shutdown"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        who = f"neighbor {scene.peer(session, fault.side)}"
        return Change((f"{who} shutdown",), (f"no {who} shutdown",))

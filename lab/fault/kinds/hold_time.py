"""One end refuses the hold time that the other proposes (NOTIFICATION 2/6).

FRR has one lower limit for a whole instance: other sessions of that router notice when they begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab.circuit.models import Session
from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.lines import Change, Instance, Retyped
from lab.fault.scene import Scene


class HoldTime(Retyped):
    name = "hold-time"
    line = "that end accepts no hold time below 200 s, and 180 s are proposed; option seconds"
    options: Mapping[str, str] = {"seconds": "200"}
    per_family = False
    claims = frozenset({"hold-time"})
    resets = True

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        seconds = dict(fault.options).get("seconds", self.options["seconds"])
        if not seconds.isdigit() or not 181 <= int(seconds) <= 65535:
            raise Impossible(f"seconds: found {seconds}; allowed 181-65535")
        kept = instance.line("bgp minimum-holdtime")
        return Change((f"bgp minimum-holdtime {seconds}",), (kept or "no bgp minimum-holdtime",))

"""Policy at one end denies every prefix: outbound, or with the option `direction` inbound."""

from __future__ import annotations

from collections.abc import Mapping

from lab.circuit.models import Session
from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.lines import Change, Instance, Retyped, map_change
from lab.fault.scene import Scene


class DenyAll(Retyped):
    name = "deny-all"
    line = "policy at that end denies every prefix; option direction, out or in"
    options: Mapping[str, str] = {"direction": "out"}
    claims = frozenset({"policy"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        who, way = f"neighbor {scene.peer(session, fault.side)}", self.soft(fault)
        if way not in ("in", "out"):
            raise Impossible(f"direction: found {way}; allowed out, in")
        name = f"mseelab-fault-{fault.id}"
        return map_change(who, session.family, instance, name, way, (f"route-map {name} deny 10", "exit"))

    def soft(self, fault: Fault) -> str:
        return dict(fault.options).get("direction", self.options["direction"])

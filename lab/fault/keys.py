"""Faults of the shared key at one end. The right key stays in that router's bgpd and nowhere else.

A peer-group without members holds it meanwhile: a process that is killed leaves nothing behind that only it knew.
"""

from __future__ import annotations

from collections.abc import Mapping

from bgp.frr.vty import Vty
from lab.errors import Impossible
from lab.fault.base import BOTH_SIDES, Fault, Paths, Side, Undo
from lab.fault.lines import Instance, found_instance, instance_with
from lab.fault.scene import Scene


class WrongKey:
    """The base of these kinds: `another` is the key that the router gets instead, None for none."""

    name = ""
    line = ""
    another: str | None = None
    sides: tuple[Side, ...] = BOTH_SIDES
    per_family = True
    paths: Paths = "any"
    options: Mapping[str, str] = {}
    claims = frozenset({"key"})
    stops_frames = False

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        ends = []
        for session in scene.sessions(fault):
            instance = found_instance(scene, session, fault.side)
            node, neighbor = scene.node(session, fault.side).name, scene.peer(session, fault.side)
            if _key(instance, neighbor) is None:
                raise Impossible(f"{node} has no key for {neighbor}", next="a peering with a sharedKey")
            ends.append({"node": node, "vrf": instance.vrf, "header": instance.header, "neighbor": neighbor})
        return {"ends": ends}

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for number, end in enumerate(undo["ends"]):
            vty = scene.daemons.vty(end["node"])
            instance = instance_with(vty, end["vrf"], end["neighbor"])
            key = _key(instance, end["neighbor"]) if instance else None
            if key is None:
                continue
            keeper, who = _keeper(fault, number), f"neighbor {end['neighbor']}"
            wrong = f"{who} password {self.another}" if self.another else f"no {who} password"
            keep = (f"neighbor {keeper} peer-group", f"neighbor {keeper} password {key}")
            vty.configure([end["header"], *keep, wrong])

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for number, end in enumerate(undo["ends"]):
            if end["node"] in scene.nodes and scene.daemons.runs(end["node"]):
                self._restore(scene.daemons.vty(end["node"]), end, _keeper(fault, number))
        scene.recover(fault)

    def _restore(self, vty: Vty, end: Mapping[str, str], keeper: str) -> None:
        instance = instance_with(vty, end["vrf"], end["neighbor"])
        if instance is None or not instance.has(keeper):
            return
        kept, now = _key(instance, keeper), _key(instance, end["neighbor"])
        # Another key than the fault's has come by an apply, and is the right one.
        back = [f"neighbor {end['neighbor']} password {kept}"] if kept and now == self.another else []
        vty.configure([end["header"], *back, f"no neighbor {keeper} peer-group"])


def _keeper(fault: Fault, number: int) -> str:
    return f"mseelab-fault-{fault.id}-{number}"


def _key(instance: Instance, neighbor: str) -> str | None:
    line = instance.line(f"neighbor {neighbor} password")
    return line.split(maxsplit=3)[3] if line else None

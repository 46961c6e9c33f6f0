"""More prefixes than the session bears: the CE really announces them, or the MSEE bears fewer."""

from __future__ import annotations

from collections.abc import Mapping

from lab.circuit.models import PRIVATE
from lab.errors import Impossible
from lab.fault import announcing
from lab.fault.base import BOTH_SIDES, Fault, Paths, Undo
from lab.fault.lines import found_instance, in_family, instance_with
from lab.fault.scene import Scene
from lab.role.msee import prefix_limit

FEW = 2


class PrefixLimit:
    name = "prefix-limit"
    line = "the CE announces one prefix more than the limit, or the MSEE takes only one"
    sides = BOTH_SIDES
    per_family = True
    paths: Paths = "any"
    options: Mapping[str, str] = {}
    claims = frozenset({"policy"})
    stops_frames = False

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        if fault.peering != PRIVATE:
            raise Impossible(f"{fault.peering} takes declared prefixes alone: its limit cannot be reached by others")
        circuit = scene.applied.applied.spec.circuit(fault.circuit)
        found, limits = [], []
        for session in scene.sessions(fault):
            limit = prefix_limit(circuit, session.peering, session.family)
            count = limit + 1 if fault.side == "ce" else FEW
            found.append(announcing.prepare(scene, session, fault, count))
            if fault.side == "msee":
                instance = found_instance(scene, session, "msee")
                start = f"neighbor {session.ce_address} maximum-prefix"
                limits.append({
                    "node": session.msee, "vrf": instance.vrf, "header": instance.header, "family": session.family,
                    "neighbor": session.ce_address, "line": instance.line(start, session.family),
                })
        return {"announced": found, "limits": limits}

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for one in undo["limits"]:
            line = f"neighbor {one['neighbor']} maximum-prefix 1 80 restart 1"
            scene.daemons.vty(one["node"]).configure([one["header"], *in_family(one["family"], line)])
        for announced in undo["announced"]:
            announcing.announce(scene, announced)

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for announced in undo["announced"]:
            announcing.withdraw(scene, announced)
        for one in undo["limits"]:
            if one["node"] in scene.nodes and scene.daemons.runs(one["node"]):
                vty = scene.daemons.vty(one["node"])
                if instance_with(vty, one["vrf"], one["neighbor"]) is not None and one["line"]:
                    vty.configure([one["header"], *in_family(one["family"], one["line"])], tolerate="everything")
        scene.recover(fault)

"""The tagged sub-interface of one end is gone."""

from __future__ import annotations

from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.fault.wires import Rewired, without
from lab.wiring import NodeWiring


class NoInterface(Rewired):
    name = "no-interface"
    line = "the tagged sub-interface of that end is gone"

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        return without(wiring, self.face(scene, fault, wiring))

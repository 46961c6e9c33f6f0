"""The port of one end is administratively down, with all that rides it."""

from __future__ import annotations

from dataclasses import replace

from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.fault.wires import Rewired
from lab.wiring import NodeWiring


class LinkDown(Rewired):
    name = "link-down"
    line = "the port of that end is administratively down"
    resets = False
    per_family = False

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        port = scene.port(scene.sessions(fault)[0], fault.side)
        return replace(wiring, down=tuple(dict.fromkeys((*wiring.down, port))))

"""One end of a qinq handoff sends the C-tag alone."""

from __future__ import annotations

from dataclasses import replace

from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.fault.wires import Rewired, renamed
from lab.role.msee import tagged_name
from lab.wiring import NodeWiring


class StagLost(Rewired):
    name = "stag-lost"
    line = "that end of a qinq handoff uses the C-tag alone"

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        face = self.face(scene, fault, wiring)
        assert face.tag is not None  # the interface of a session
        if face.tag.stag is None:
            raise Impossible(f"{wiring.node} has no S-tag to lose", next="a CE with handoff: qinq")
        tag = replace(face.tag, stag=None)
        return renamed(wiring, face, replace(face, name=tagged_name(tag.port, tag.vlan, None), tag=tag))

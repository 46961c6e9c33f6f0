"""One end rides another C-tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.fault.wires import Rewired, renamed
from lab.role.msee import tagged_name
from lab.wiring import NodeWiring

LONGEST_TAG = 4094


class WrongVlan(Rewired):
    name = "wrong-vlan"
    line = "that end uses another C-tag; option vlan"
    options: Mapping[str, str] = {"vlan": "the next free one"}

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        face = self.face(scene, fault, wiring)
        assert face.tag is not None  # the interface of a session
        used = {i.tag.vlan for i in wiring.interfaces if i.tag and i.tag.port == face.tag.port}
        given = dict(fault.options).get("vlan")
        free = (vlan for vlan in range(face.tag.vlan + 1, LONGEST_TAG + 1) if vlan not in used)
        vlan = _vlan(given) if given else next(free, 1)
        if vlan in used:
            raise Impossible(f"vlan: found {vlan}; allowed one that {wiring.node} does not use on {face.tag.port}")
        tag = replace(face.tag, vlan=vlan)
        return renamed(wiring, face, replace(face, name=tagged_name(tag.port, tag.vlan, tag.stag), tag=tag))


def _vlan(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= LONGEST_TAG:
        raise Impossible(f"vlan: found {text}; allowed 1-{LONGEST_TAG}")
    return int(text)

"""One end has a mask so long that the other end is not in its subnet."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.fault.wires import Rewired, renamed
from lab.wiring import NodeWiring


class WrongMask(Rewired):
    name = "wrong-mask"
    line = "that end has a mask that is one bit too long (/31, /127)"
    per_family = True

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        face = self.face(scene, fault, wiring)
        addresses = []
        for text in face.addresses:
            right = ip_interface(text)
            longer = f"{right.ip}/{right.network.prefixlen + 1}"
            addresses.append(longer if fault.family in (None, f"ipv{right.version}") else text)
        return renamed(wiring, face, replace(face, addresses=tuple(addresses)))

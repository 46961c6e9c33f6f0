"""One end has an address of another subnet."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.fault.wires import Rewired, renamed
from lab.wiring import NodeWiring


class WrongAddress(Rewired):
    name = "wrong-address"
    line = "that end has an address of another subnet"
    per_family = True

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        face = self.face(scene, fault, wiring)
        used = [ip_interface(a).network for s in scene.desired.nodes.values() for i in s.wiring.interfaces
                for a in i.addresses]
        addresses = []
        for text in face.addresses:
            right = ip_interface(text)
            if fault.family in (None, f"ipv{right.version}"):
                size = right.network.num_addresses
                free = (right + step * size for step in range(2, 1000))
                text = next(str(ip_interface(f"{a.ip}/{right.network.prefixlen}")) for a in free
                            if not any(n.version == a.version and a.ip in n for n in used))
            addresses.append(text)
        return renamed(wiring, face, replace(face, addresses=tuple(addresses)))

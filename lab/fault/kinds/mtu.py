"""Large packets are lost on the path without a word, and the CE has an update that does not fit into a small one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab.circuit.models import PRIVATE, Family
from lab.errors import Impossible
from lab.fault import announcing
from lab.fault.base import Fault, Undo
from lab.fault.filters import Filtered, of_family
from lab.fault.scene import Scene
from lab.net.netfilter import ETHERNET_HEADER, Match, Rule

# Host routes that fill more than one packet of 1,500 octets, below every prefix limit.
ENOUGH: dict[Family, int] = {"ipv4": 600, "ipv6": 95}
SMALLEST, LARGEST = 300, 1499


class Mtu(Filtered):
    name = "mtu"
    line = "packets above so many octets are lost on the path, and updates are larger; option octets"
    options: Mapping[str, str] = {"octets": "1400"}
    anywhere = True
    resets = True

    @property
    def claims(self) -> frozenset[str]:
        return frozenset({self.name, "policy"})

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        yield Rule("egress", device, (*of_family(fault), Match("length", _octets(fault) + ETHERNET_HEADER)))

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        _octets(fault)
        if fault.peering != PRIVATE:
            raise Impossible(f"{fault.peering} takes declared prefixes alone: the CE has too few to fill a packet")
        sessions = scene.sessions(fault)
        announced = [announcing.prepare(scene, s, fault, ENOUGH[s.family]) for s in sessions]
        return {**super().prepare(scene, fault), "announced": announced}

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for announced in undo["announced"]:
            announcing.announce(scene, announced)
        super().inject(scene, fault, undo)

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for announced in undo["announced"]:
            announcing.withdraw(scene, announced)
        super().lift(scene, fault, undo)
        # What is on its way is sent again ever more seldom: a new connection is sooner.
        scene.reset(fault)


def _octets(fault: Fault) -> int:
    text = dict(fault.options).get("octets", Mtu.options["octets"])
    if not text.isdigit() or not SMALLEST <= int(text) <= LARGEST:
        raise Impossible(f"octets: found {text}; allowed {SMALLEST}-{LARGEST}")
    return int(text)

"""Faults made of packet filters: something does not pass, or is refused, at one end or anywhere on the path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab.fault.base import BOTH_SIDES, CE_ONLY, SIDES, Fault, Paths, Side, Undo
from lab.fault.scene import Scene
from lab.net import netfilter
from lab.net.netfilter import Match, Rule

BGP, BFD, TCP, UDP, ICMPV6 = 179, 3784, 6, 17, 58
NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT = 135, 136


class Filtered:
    """The base of these kinds: `rules` says what is dropped at one end of a session.

    `anywhere` means that it is lost on the path: what leaves either end is dropped. Else it is the filter of one end.
    `resets`: connections that stand are ended, so that the fault shows at once.
    """

    name = ""
    line = ""
    per_family = True
    paths: Paths = "any"
    options: Mapping[str, str] = {}
    anywhere = False
    stops_frames = True
    resets = False

    @property
    def sides(self) -> tuple[Side, ...]:
        return CE_ONLY if self.anywhere else BOTH_SIDES

    @property
    def claims(self) -> frozenset[str]:
        return frozenset({self.name})

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        raise NotImplementedError

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        sides = SIDES if self.anywhere else (fault.side,)
        places: dict[tuple[str, str], set[str]] = {}
        for session in scene.sessions(fault):
            for side in sides:
                face = scene.interface(session, side)
                places.setdefault((scene.node(session, side).name, face.vrf), set()).add(face.name)
        return {"places": [[node, vrf, sorted(devices)] for (node, vrf), devices in places.items()]}

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for node, vrf, devices in undo["places"]:
            rules = [rule for device in devices for rule in self.rules(device, fault)]
            netfilter.add(scene.nodes[node].pid, vrf, _table(fault), rules)
        if self.resets:
            scene.reset(fault)

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for node, vrf, _ in undo["places"]:
            if node in scene.nodes:
                netfilter.remove(scene.nodes[node].pid, vrf, _table(fault))
        if self.resets:
            scene.recover(fault)


def _table(fault: Fault) -> str:
    return f"mseelab-fault-{fault.id}"


def of_family(fault: Fault) -> tuple[Match, ...]:
    """The condition that a packet is of the fault's family; none for both."""
    if fault.family is None:
        return ()
    return (Match("version", 6 if fault.family == "ipv6" else 4),)


def of_bgp(fault: Fault) -> tuple[tuple[Match, ...], ...]:
    """To and from port 179."""
    tcp = (*of_family(fault), Match("layer4", TCP))
    return ((*tcp, Match("source port", BGP)), (*tcp, Match("destination port", BGP)))

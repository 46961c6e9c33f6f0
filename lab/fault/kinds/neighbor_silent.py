"""One end answers no ARP or ND, and asks for nothing either: the other could learn its address from the question."""

from __future__ import annotations

from collections.abc import Iterable

from lab.fault.base import Fault, Undo
from lab.fault.filters import ICMPV6, NEIGHBOR_ADVERTISEMENT, NEIGHBOR_SOLICITATION, Filtered
from lab.fault.scene import Scene
from lab.net.netfilter import ETH_P_ARP, Match, Rule


class NeighborSilent(Filtered):
    name = "neighbor-silent"
    line = "ARP and neighbor discovery are not answered by that end"
    resets = True

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        if fault.family != "ipv6":
            yield Rule("egress", device, (Match("protocol", ETH_P_ARP),))
        if fault.family != "ipv4":
            for kind in (NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT):
                yield Rule("egress", device, (Match("layer4", ICMPV6), Match("icmp type", kind)))

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        super().inject(scene, fault, undo)
        # What the other end has learned would last for a minute and more.
        for session in scene.sessions(fault):
            scene.forget_neighbor(session, "msee" if fault.side == "ce" else "ce")

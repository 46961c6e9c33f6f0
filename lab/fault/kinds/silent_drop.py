"""Everything on the path is lost, both ways, and the link stays up: only BFD or the hold timer finds it."""

from __future__ import annotations

from collections.abc import Iterable

from lab.fault.base import Fault
from lab.fault.filters import Filtered
from lab.net.netfilter import ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, Match, Rule

PROTOCOLS = {"ipv4": (ETH_P_IP, ETH_P_ARP), "ipv6": (ETH_P_IPV6,)}


class SilentDrop(Filtered):
    name = "silent-drop"
    line = "everything on the path is lost, both ways; the link stays up"
    anywhere = True

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        if fault.family is None:
            yield Rule("egress", device)
        else:
            for protocol in PROTOCOLS[fault.family]:
                yield Rule("egress", device, (Match("protocol", protocol),))

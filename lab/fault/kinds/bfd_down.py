"""BFD's packets are lost on the path, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable

from lab.fault.base import Fault
from lab.fault.filters import BFD, UDP, Filtered, of_family
from lab.net.netfilter import Match, Rule


class BfdDown(Filtered):
    name = "bfd-down"
    line = "BFD (UDP port 3784) is lost on the path, both ways"
    anywhere = True

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        yield Rule("egress", device, (*of_family(fault), Match("layer4", UDP), Match("destination port", BFD)))

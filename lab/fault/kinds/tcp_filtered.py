"""A firewall of one end drops BGP's port, in and out."""

from __future__ import annotations

from collections.abc import Iterable

from lab.fault.base import Fault
from lab.fault.filters import Filtered, of_bgp
from lab.net.netfilter import Rule


class TcpFiltered(Filtered):
    name = "tcp-filtered"
    line = "a firewall of that end drops TCP port 179, in and out"
    resets = True

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        for matches in of_bgp(fault):
            yield Rule("ingress", device, matches)
            yield Rule("egress", device, matches)

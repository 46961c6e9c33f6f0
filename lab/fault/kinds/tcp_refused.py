"""BGP's port is closed at one end: whatever comes to it, or from it, is answered with a reset."""

from __future__ import annotations

from collections.abc import Iterable

from lab.fault.base import Fault
from lab.fault.filters import Filtered, of_bgp
from lab.net.netfilter import Rule


class TcpRefused(Filtered):
    name = "tcp-refused"
    line = "that end answers port 179 with a TCP reset, both ways"
    resets = True

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        return (Rule("input", device, matches, reset=True) for matches in of_bgp(fault))

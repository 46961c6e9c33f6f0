"""ICMP errors: what cannot be delivered, and packets that are too big."""

from __future__ import annotations

from collections.abc import Iterator

from lab.capture.event import Event, Seen
from lab.net.frames import Icmp

UNREACHABLE = {4: 3, 6: 1}
TIME_EXCEEDED = {4: 11, 6: 3}
WHY = {
    4: {0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
        9: "network prohibited", 10: "host prohibited", 13: "prohibited by a filter"},
    6: {0: "no route", 1: "prohibited by a filter", 3: "address unreachable", 4: "port unreachable",
        5: "source address refused", 6: "route rejected"},
}  # fmt: skip


class IcmpErrors:
    def hear(self, seen: Seen) -> Iterator[Event]:
        icmp = seen.packet.icmp
        what = _what(icmp) if icmp is not None else ""
        if icmp is None or not what:
            return
        about = f": {icmp.about.source} → {icmp.about.target}" if icmp.about else ""
        quoted = {"aboutSource": icmp.about.source, "aboutTarget": icmp.about.target} if icmp.about else {}
        yield seen.event("ICMP", what + about, {"what": what, "mtu": icmp.mtu, **quoted}, bad=True)

    def silence(self, nanoseconds: int) -> Iterator[Event]:
        yield from ()


def _what(icmp: Icmp) -> str:
    if icmp.mtu is not None:
        return f"{'fragmentation needed' if icmp.version == 4 else 'packet too big'}, MTU {icmp.mtu}"
    if icmp.type == UNREACHABLE[icmp.version]:
        return WHY[icmp.version].get(icmp.code, f"unreachable, code {icmp.code}")
    if icmp.type == TIME_EXCEEDED[icmp.version]:
        return "time to live exceeded"
    return ""

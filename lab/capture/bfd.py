"""BFD: what each end says its session is, when that changes."""

from __future__ import annotations

from collections.abc import Iterator

from lab.capture.event import Event, Seen
from lab.net.frames import Bfd

Key = tuple[str, tuple[int, ...], str, str]


class BfdChanges:
    """Tells of the first packet of each end and of every change of its state."""

    def __init__(self) -> None:
        self._last: dict[Key, Bfd] = {}

    def hear(self, seen: Seen) -> Iterator[Event]:
        packet, ip = seen.packet.bfd, seen.packet.ip
        if packet is None or ip is None:
            return
        key = (seen.place.name, seen.tags, ip.source, ip.target)
        before = self._last.get(key)
        self._last[key] = packet
        if before is not None and before.state == packet.state:
            return
        yield seen.event("BFD", _text(before, packet), _fields(before, packet), bad=_fell(before, packet))

    def silence(self, nanoseconds: int) -> Iterator[Event]:
        yield from ()


def _fell(before: Bfd | None, packet: Bfd) -> bool:
    return before is not None and before.state == "Up"


def _text(before: Bfd | None, packet: Bfd) -> str:
    pace = f"{packet.transmit // 1000} ms × {packet.multiplier}"
    if before is None:
        why = f", {packet.why}" if packet.diagnostic and packet.state != "Up" else ""
        return f"{packet.state}, {pace}{why}"
    why = packet.why if packet.diagnostic and packet.state != "Up" else pace
    return f"{before.state} → {packet.state}, {why}"


def _fields(before: Bfd | None, packet: Bfd) -> dict[str, object]:
    return {
        "state": packet.state, "before": before.state if before else None,
        "diagnostic": packet.why if packet.diagnostic else None, "multiplier": packet.multiplier,
        "transmitMilliseconds": packet.transmit / 1000, "receiveMilliseconds": packet.receive / 1000,
    }  # fmt: skip

"""A TCP segment."""

from __future__ import annotations

from lab.net.frames.values import Tcp
from lab.net.frames.words import number

HEADER = 20
END, NOTHING = 0, 1


def tcp(data: bytes) -> Tcp | None:
    """None when its header is cut off."""
    if len(data) < HEADER:
        return None
    offset = (data[12] >> 4) * 4
    if offset < HEADER or len(data) < offset:
        return None
    return Tcp(
        source=number(data, 0, 2), target=number(data, 2, 2), seq=number(data, 4, 4), ack=number(data, 8, 4),
        flags=data[13], window=number(data, 14, 2), options=_options(data[HEADER:offset]), payload=data[offset:],
    )


def _options(data: bytes) -> tuple[tuple[int, bytes], ...]:
    """Up to the first that makes no sense."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data) and data[at] != END:
        if data[at] == NOTHING:
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        if length < 2 or at + length > len(data):
            break
        found.append((data[at], data[at + 2 : at + length]))
        at += length
    return tuple(found)

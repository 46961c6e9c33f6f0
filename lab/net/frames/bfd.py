"""A BFD control packet (RFC 5880 section 4.1)."""

from __future__ import annotations

from lab.net.frames.values import BFD_STATES, Bfd
from lab.net.frames.words import number

PORTS = frozenset({3784, 4784})  # one hop (RFC 5881), several (RFC 5883)
LENGTH = 24
POLL, FINAL = 0x20, 0x10


def bfd(data: bytes) -> Bfd | None:
    """None when it is cut off or of another version than 1."""
    if len(data) < LENGTH or data[0] >> 5 != 1:
        return None
    return Bfd(
        state=BFD_STATES[data[1] >> 6], diagnostic=data[0] & 31, multiplier=data[2],
        my_discriminator=number(data, 4, 4), your_discriminator=number(data, 8, 4),
        transmit=number(data, 12, 4), receive=number(data, 16, 4),
        poll=bool(data[1] & POLL), final=bool(data[1] & FINAL),
    )

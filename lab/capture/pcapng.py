"""A capture file: pcapng (draft-ietf-opsawg-pcapng), which Wireshark and tcpdump read.

Times are in nanoseconds, and every frame has its direction as the tapped device sees it. Blocks are written whole, so
that a capture that was ended in any way is a valid file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lab.net.tap import Frame

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
BYTE_ORDER, VERSION, UNKNOWN_LENGTH = 0x1A2B3C4D, (1, 0), -1
ETHERNET, NO_LIMIT = 1, 0
END, OS, PROGRAM = 0, 3, 4
NAME, DESCRIPTION, RESOLUTION = 2, 3, 9
FLAGS, INBOUND, OUTBOUND = 2, 1, 2
NANOSECONDS = b"\x09"
Option = tuple[int, bytes]


class Interface(NamedTuple):
    """A device that frames are taken from."""

    name: str
    description: str


def header(program: str, interfaces: Sequence[Interface]) -> bytes:
    """How a file begins: the section, and one block an interface."""
    section = struct.pack("<IHHq", BYTE_ORDER, *VERSION, UNKNOWN_LENGTH)
    return _block(SECTION, section, ((OS, b"Linux"), (PROGRAM, program.encode()))) + b"".join(
        _block(INTERFACE, struct.pack("<HHI", ETHERNET, 0, NO_LIMIT), (
            (NAME, each.name.encode()), (DESCRIPTION, each.description.encode()), (RESOLUTION, NANOSECONDS),
        ))
        for each in interfaces
    )  # fmt: skip


def packet(interface: int, frame: Frame) -> bytes:
    """A frame taken from the interface of this number, counted from 0."""
    length = len(frame.data)
    high, low = divmod(frame.nanoseconds, 1 << 32)
    fixed = struct.pack("<IIIII", interface, high, low, length, length) + _padded(frame.data)
    return _block(PACKET, fixed, ((FLAGS, struct.pack("<I", OUTBOUND if frame.outgoing else INBOUND)),))


def _block(kind: int, body: bytes, options: Iterable[Option]) -> bytes:
    body += b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    body += struct.pack("<HH", END, 0)
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

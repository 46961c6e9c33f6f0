"""A stream of octets cut into messages, and segments of TCP put back into a stream.

Who looks from outside may come in the middle, and may miss a segment: then the next marker is where it goes on.
"""

from __future__ import annotations

from typing import NamedTuple

MARKER = b"\xff" * 16
HEADER = 19
TYPES = range(1, 6)
WINDOW = 1 << 20
"""How many octets are kept that came before their turn: more than a segment is missing then."""
NUMBERS = 1 << 32


class Split(NamedTuple):
    """`messages` are whole, marker included; `rest` begins one that is not; `skipped` octets belonged to none."""

    messages: list[bytes]
    rest: bytes
    skipped: int


def split(stream: bytes) -> Split:
    """Cuts a stream. Where no message begins, octets are skipped up to the next marker with a header that can be."""
    messages: list[bytes] = []
    at = skipped = 0
    while len(stream) - at >= HEADER:
        if not _begins(stream, at):
            found = stream.find(MARKER, at + 1)
            # A marker may have begun in the last octets.
            on = found if found >= 0 else max(at + 1, len(stream) - len(MARKER) + 1)
            skipped += on - at
            at = on
            continue
        length = _length(stream, at)
        if len(stream) - at < length:
            break
        messages.append(stream[at : at + length])
        at += length
    return Split(messages, stream[at:], skipped)


def _begins(stream: bytes, at: int) -> bool:
    return stream[at : at + 16] == MARKER and _length(stream, at) >= HEADER and stream[at + 18] in TYPES


def _length(stream: bytes, at: int) -> int:
    return int.from_bytes(stream[at + 16 : at + 18])


class Segments:
    """One direction of a TCP connection, in order again. Retransmitted octets count once."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._early: dict[int, bytes] = {}

    def begin(self, seq: int) -> None:
        """A SYN with this sequence number: a new connection."""
        self._next = (seq + 1) % NUMBERS
        self._early.clear()

    def push(self, seq: int, payload: bytes) -> tuple[bytes, bool]:
        """The octets that can be read now, and whether some before them are lost for good."""
        if self._next is None:
            self._next = seq
        self._early[seq] = max(self._early.get(seq, b""), payload, key=len)
        found = self._in_order()
        if found or sum(map(len, self._early.values())) <= WINDOW:
            return found, False
        self._next = min(self._early, key=self._ahead)
        return self._in_order(), True

    def _ahead(self, seq: int) -> int:
        """How far after the next octet `seq` is; negative before it."""
        assert self._next is not None  # set by the first segment
        distance = (seq - self._next) % NUMBERS
        return distance - NUMBERS if distance >= NUMBERS // 2 else distance

    def _in_order(self) -> bytes:
        found = b""
        while True:
            ready = [seq for seq in self._early if self._ahead(seq) <= 0]
            if not ready:
                return found
            for seq in ready:
                fresh = self._early.pop(seq)[-self._ahead(seq) :]
                found += fresh
                assert self._next is not None
                self._next = (self._next + len(fresh)) % NUMBERS

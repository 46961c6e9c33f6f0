"""A TCP connection between two speakers, from segments to messages."""

from __future__ import annotations

from typing import Generic, TypeVar

from bgp.wire.decode import decode
from bgp.wire.messages import Message, Open, Unreadable
from bgp.wire.negotiated import negotiate
from bgp.wire.stream import Segments, split

End = TypeVar("End")
"""Whatever tells the two ends apart: an address, a port, both."""


class _Direction:
    def __init__(self) -> None:
        self.segments = Segments()
        self.rest = b""
        self.in_step = False
        self.open: Open | None = None


class Conversation(Generic[End]):
    """Both directions of a connection between `near` and `far`. The OPENs of both decide how UPDATEs are read."""

    def __init__(self, near: End, far: End) -> None:
        self._directions = {near: _Direction(), far: _Direction()}
        self._other = {near: far, far: near}

    def segment(self, sender: End, seq: int, payload: bytes, *, syn: bool = False) -> list[Message]:
        """The messages that a segment of `sender` completes; a `syn` begins the connection anew."""
        direction = self._directions[sender]
        if syn:
            direction.segments.begin(seq)
            direction.rest, direction.in_step, direction.open = b"", True, None
            return []
        if not payload:
            return []
        octets, lost = direction.segments.push(seq, payload)
        if lost:
            direction.rest, direction.in_step = b"", False
        cut = split(direction.rest + octets)
        direction.rest = cut.rest
        # Whoever has come in the middle has to look for a message first; from then on every octet belongs to one.
        wrong = [Unreadable(0, "octets that are no message")] if cut.skipped and direction.in_step else []
        direction.in_step = bool(cut.messages) or (direction.in_step and not cut.skipped)
        return [*wrong, *(self._read(sender, message) for message in cut.messages)]

    def opened(self, sender: End) -> Open | None:
        """The OPEN of one end, if it was seen."""
        return self._directions[sender].open

    def _read(self, sender: End, octets: bytes) -> Message:
        own = self._directions[sender]
        message = decode(octets, negotiate(own.open, self._directions[self._other[sender]].open))
        if isinstance(message, Open):
            own.open = message
        return message

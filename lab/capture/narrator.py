"""Frames to events: each frame is heard by every listener."""

from __future__ import annotations

from collections.abc import Iterator

from lab.capture.bfd import BfdChanges
from lab.capture.event import Event, Listener, Seen
from lab.capture.icmp import IcmpErrors
from lab.capture.neighbors import Neighbors
from lab.capture.place import Place
from lab.capture.sessions import Sessions
from lab.net.frames import decode
from lab.net.tap import Frame


def listeners() -> tuple[Listener, ...]:
    """One of each, new."""
    return Neighbors(), BfdChanges(), IcmpErrors(), Sessions()


class Narrator:
    """Remembers what it needs of the frames before."""

    def __init__(self) -> None:
        self._listeners = listeners()

    def frame(self, place: Place, frame: Frame) -> Iterator[Event]:
        """What a frame tells, and before it what silence had told until then."""
        yield from self.silence(frame.nanoseconds)
        seen = Seen(place, frame, decode(frame.data))
        for listener in self._listeners:
            yield from listener.hear(seen)

    def silence(self, nanoseconds: int) -> Iterator[Event]:
        """What is to be said when nothing more has come until then (nanoseconds since the epoch)."""
        for listener in self._listeners:
            yield from listener.silence(nanoseconds)

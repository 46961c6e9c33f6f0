"""An event as lines for people, and as an object for programs."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bgp.secret import hidden
from lab.capture.event import Event
from lab.capture.place import Place
from lab.circuit.models import Session
from lab.topology import Path

TAGS, FAMILY = 5, 4
CLOCK = len("20:47:03.123456")
BILLION = 1_000_000_000
Labels = Mapping[tuple[Path, frozenset[str]], Session]


class Lines:
    """Columns of the same width from the first line on. With `width`, in columns, what is too long for a line goes on
    below its words; without, every event is one line."""

    def __init__(self, places: Sequence[Place], width: int | None = None) -> None:
        self._width = width
        names = [f"{place.node} → {place.peer}" for place in places]
        self._names = max(map(len, names))
        paths = {place.path for place in places}
        self._path = max(map(len, paths)) + 2 if len(paths) > 1 else 0
        self._indent = CLOCK + 2 + self._path + self._names + 2 + TAGS + 2 + FAMILY + 2

    def text(self, event: Event) -> str:
        """`20:47:03.123456  ce1 → msee1  100    ipv4  KEEPALIVE`; tags that were not on the wire in parentheses."""
        tags = ".".join(map(str, event.tags)) or "-"
        head = "".join((
            f"{_clock(event.nanoseconds)}  ",
            f"{event.path:<{self._path}}" if self._path else "",
            f"{f'{event.sender} → {event.receiver}':<{self._names}}  ",
            f"{f'({tags})' if event.modelled else tags:<{TAGS}}  {event.family or '-':<{FAMILY}}  ",
        ))  # fmt: skip
        # Before it is broken into lines: half a key on each would pass.
        words = hidden(f"{event.kind} {event.text}".rstrip())
        if self._width is None:
            return head + words
        return head + ("\n" + " " * self._indent).join(textwrap.wrap(words, self._width - self._indent))


def labels(sessions: Sequence[Session]) -> Labels:
    """Which session a pair of addresses on a path belongs to; pairs that are several sessions' are left out."""
    found: dict[tuple[Path, frozenset[str]], Session] = {}
    twice: set[tuple[Path, frozenset[str]]] = set()
    for session in sessions:
        key = (session.path, frozenset((session.ce_address, session.msee_address)))
        if key in found:
            twice.add(key)
        found[key] = session
    return {key: session for key, session in found.items() if key not in twice}


def as_object(event: Event, known: Labels) -> dict[str, Any]:
    """The event with every field of its message. `time` is seconds since the epoch."""
    session = known.get((event.path, frozenset((event.source, event.target))))
    return {
        "time": float(f"{event.nanoseconds // BILLION}.{event.nanoseconds % BILLION:09}"),
        "path": event.path, "from": event.sender, "to": event.receiver, "tags": list(event.tags),
        "tagsOnWire": not event.modelled, "family": event.family or None,
        "circuit": session.circuit if session else None, "peering": session.peering if session else None,
        "source": event.source or None, "target": event.target or None, "type": event.kind, "text": event.text,
        **event.fields,
    }  # fmt: skip


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, BILLION)
    return f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{rest // 1000:06}"

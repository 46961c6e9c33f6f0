"""What is told of a capture, one value a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lab.capture.place import Place
from lab.net.frames import Packet
from lab.net.tap import Frame
from lab.topology import Path


@dataclass(frozen=True)
class Event:
    """`sender` and `receiver` are nodes, `source` and `target` addresses. `kind` is the word of the protocol (`OPEN`,
    `ARP`), `text` what follows it, and `fields` the same as JSON. `bad` is what an engineer looks for.

    `modelled` says that the tags were not on the wire.
    """

    nanoseconds: int
    path: Path
    sender: str
    receiver: str
    tags: tuple[int, ...]
    modelled: bool
    family: str
    source: str
    target: str
    kind: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    bad: bool = False
    bgp: bool = False


@dataclass(frozen=True)
class Seen:
    """A frame at a place, taken apart."""

    place: Place
    frame: Frame
    packet: Packet

    @property
    def nanoseconds(self) -> int:
        return self.frame.nanoseconds

    @property
    def tags(self) -> tuple[int, ...]:
        return self.place.tags + self.packet.tags

    @property
    def sender(self) -> str:
        return self.place.node if self.frame.outgoing else self.place.peer

    @property
    def receiver(self) -> str:
        return self.place.peer if self.frame.outgoing else self.place.node

    def event(
        self, kind: str, text: str, fields: Mapping[str, Any], *, family: str = "", source: str = "", target: str = "",
        bad: bool = False, bgp: bool = False, later: int = 0,
    ) -> Event:
        """What this frame says, or what its lack of an answer says `later` nanoseconds after it."""
        ip = self.packet.ip
        if ip is not None:
            family = family or f"ipv{ip.version}"
            source, target = source or ip.source, target or ip.target
        return Event(
            self.nanoseconds + later, self.place.path, self.sender, self.receiver, self.tags, bool(self.place.tags),
            family, source, target, kind, text, fields, bad, bgp,
        )  # fmt: skip


class Listener(Protocol):
    """Hears every frame and tells of those of its protocol. To add one, write a file and name it in `narrator`."""

    def hear(self, seen: Seen) -> Iterable[Event]: ...

    def silence(self, nanoseconds: int) -> Iterable[Event]:
        """What it has to say now that nothing more had come until then."""

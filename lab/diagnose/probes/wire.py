"""The window: what passes the ports of both ends, session by session.

With real tags the ports are looked at, where every tag is seen; where tags are only modelled, the sub-interfaces.
"""

from __future__ import annotations

import errno
import select
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bgp import wire
from bgp.tcpmd5 import BGP_PORT
from lab.diagnose.evidence import SIDES, Heard, OpenSeen, Side, Subject, Tags, Wire, other
from lab.diagnose.probes.syn import FROM_PORT
from lab.engine.base import Node
from lab.net.frames import Packet, Tcp, decode
from lab.net.tap import Tap

Spot = tuple[str, str, str]
"""(node, device, routing domain)"""
UNSPECIFIED = ("0.0.0.0", "::")
Way = tuple[int, Side, Side]
"""(session by number, who sent it, at whose port it was seen)"""


@dataclass
class _Tally:
    """`Heard` while it grows."""

    tags: Counter[Tags] = field(default_factory=Counter)
    count: Counter[str] = field(default_factory=Counter)
    ttls: set[int] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    segments: set[tuple[int, int, int]] = field(default_factory=set)
    opens: list[OpenSeen] = field(default_factory=list)
    notifications: list[tuple[int, int]] = field(default_factory=list)

    def heard(self) -> Heard:
        return Heard(
            tags=dict(self.tags), ttls=tuple(sorted(self.ttls)), sources=tuple(sorted(self.sources)),
            opens=tuple(self.opens), notifications=tuple(self.notifications), **self.count,
        )

    def take(self, packet: Packet, source: str, own: str) -> None:
        """Counts one frame of an end whose address is `own`; `source` is the one it spoke from."""
        self.count["frames"] += 1
        self.tags[packet.tags] += 1
        if source == own or source in UNSPECIFIED or source.startswith("fe80:"):
            self.count["own"] += 1
        else:
            self.sources.add(source)
        if packet.arp is not None:
            self.count["asks" if packet.arp.request else "answers"] += 1
        elif packet.nd is not None:
            self.count["asks" if packet.nd.request else "answers"] += 1
        else:
            self.count["ip"] += 1
        if packet.bfd is not None:
            self.count["bfd"] += 1
        if packet.tcp is not None and FROM_PORT in (packet.tcp.source, packet.tcp.target):
            self._call(packet.tcp)
        elif packet.tcp is not None and packet.ip is not None and BGP_PORT in (packet.tcp.source, packet.tcp.target):
            self.ttls.add(packet.ip.ttl)
            self._segment(packet.tcp)

    def _call(self, segment: Tcp) -> None:
        if segment.source == FROM_PORT:
            self.count["called"] += segment.syn
        else:
            self.count["call_reset"] += segment.rst
            self.count["call_taken"] += segment.syn and segment.acks

    def _segment(self, segment: Tcp) -> None:
        if segment.syn:
            self.count["syn_ack" if segment.acks else "syn"] += 1
            self.count["signed"] += segment.signed
        self.count["reset"] += segment.rst
        if segment.payload:
            key = (segment.source, segment.seq, len(segment.payload))
            self.count["data"] += 1
            self.count["again"] += key in self.segments
            if key not in self.segments:
                self._messages(segment.payload)
            self.segments.add(key)

    def _messages(self, octets: bytes) -> None:
        for message in map(wire.decode, wire.split(octets).messages):
            if isinstance(message, wire.Open):
                self.opens.append(OpenSeen(message.asn, message.hold_time, message.families))
            elif isinstance(message, wire.Notice):
                self.notifications.append((message.code, message.subcode))


class WireProbe:
    """A context manager; inside, frames are kept. `look` takes what has come, `wire` says what it was."""

    def __init__(self, nodes: Mapping[str, Node], subjects: Iterable[Subject]) -> None:
        self._nodes = nodes
        self._subjects = tuple(subjects)
        self._tallies: dict[Way, _Tally] = {}
        self._taps: dict[Spot, Tap] = {}
        self._at: dict[Spot, list[tuple[int, Side]]] = {}
        self._opened = ExitStack()
        for number, subject in enumerate(self._subjects):
            for side in SIDES:
                if subject.port(side) and (side == "msee" or subject.inspected):
                    self._at.setdefault(_spot(subject, side), []).append((number, side))
        self._numbers = {subject.session: number for number, subject in enumerate(self._subjects)}
        self._by_address = {spot: _addresses(self._subjects, there) for spot, there in self._at.items()}

    def __enter__(self) -> Self:
        for spot in self._at:
            node, device, vrf = spot
            try:
                self._taps[spot] = self._opened.enter_context(Tap(self._nodes[node].pid, device, vrf))
            except (FileNotFoundError, KeyError):
                continue
            except OSError as error:
                if error.errno != errno.ENODEV:
                    raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def look(self, seconds: float = 0.0) -> None:
        """Takes what has come, after waiting for it at most `seconds`."""
        if seconds and self._taps:
            select.select(list(self._taps.values()), (), (), seconds)
        for spot, tap in list(self._taps.items()):
            try:
                frames = tap.read()
            except OSError as error:
                if error.errno != errno.ENODEV:
                    raise
                del self._taps[spot]  # the device has gone: nothing more comes
                continue
            for frame in frames:
                self._take(spot, decode(frame.data), frame.outgoing)

    def wire(self, subject: Subject) -> Wire:
        """What was seen of a session so far."""
        number = self._numbers[subject.session]
        heard = {
            (sender, port): self._tallies[number, sender, port].heard()
            for sender in SIDES for port in SIDES if (number, sender, port) in self._tallies
        }
        nothing = Heard()
        return Wire(
            heard.get(("ce", "ce"), nothing), heard.get(("ce", "msee"), nothing),
            heard.get(("msee", "msee"), nothing), heard.get(("msee", "ce"), nothing),
        )

    def _take(self, spot: Spot, packet: Packet, outgoing: bool) -> None:
        addresses = _ends(packet)
        if addresses is None:
            return
        source, target = addresses
        for number, side in self._by_address[spot].get(target, []) or self._by_address[spot].get(source, []):
            subject = self._subjects[number]
            sender = side if outgoing else other(side)
            if target == subject.address(sender) or source == subject.address(other(sender)):
                continue  # two circuits may use the same addresses: this is the other's
            self._tallies.setdefault((number, sender, side), _Tally()).take(packet, source, subject.address(sender))


def _spot(subject: Subject, side: Side) -> Spot:
    if subject.tags_on_wire:
        return subject.node(side), subject.port(side), ""
    return subject.node(side), subject.interface(side), subject.vrf(side)


def _addresses(subjects: tuple[Subject, ...], there: list[tuple[int, Side]]) -> dict[str, list[tuple[int, Side]]]:
    """The sessions at a spot, by each of their addresses."""
    found: dict[str, list[tuple[int, Side]]] = {}
    for number, side in there:
        for end in SIDES:
            found.setdefault(subjects[number].address(end), []).append((number, side))
    return found


def _ends(packet: Packet) -> tuple[str, str] | None:
    """Who speaks to whom, as addresses. What an ARP or ND answer is about is its source, what a question asks for its
    target."""
    if packet.arp is not None:
        return packet.arp.sender, packet.arp.target
    if packet.nd is not None and packet.ip is not None:
        if packet.nd.request:
            return packet.ip.source, packet.nd.target
        return packet.nd.target, packet.ip.target
    if packet.ip is not None:
        return packet.ip.source, packet.ip.target
    return None

"""Echo requests from inside namespaces, many at once, each repeated until it is answered.

A lost first echo costs 10 ms here and a second with `ping -W1`. A path is forced on what is sent only: the answer may
come back over the other path and counts as well.
"""

from __future__ import annotations

import ipaddress
import os
import select
import socket
import struct
import time
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from lab.net.addresses import devices_by_address
from lab.net.inside import in_namespace

INTERVAL = 0.01
SOL_RAW, ICMP_FILTER, ICMPV6_FILTER = 255, 1, 1
IP_PKTINFO, IPV6_PKTINFO = 8, 50
IPV6_FREEBIND = 78
SO_BINDTOIFINDEX = 62
ECHO_REQUEST, ECHO_REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
ECHO = struct.Struct("!BBHHH")
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, NEVER_CUT = 10, 23, 3
HEADERS = {4: 20, 6: 40}
LATE_SECONDS = 1.0
Pinged = TypeVar("Pinged", bound="_Ping")


@dataclass(frozen=True)
class Echo:
    """One thing to ping: from the node whose PID 1 is `pid` (its VRF, or its own namespace), to `target`.

    `source` is the address it is sent from, `via_address` an address of the device it must leave by; without them the
    kernel chooses. `size` is that of the IP packet in bytes, which nobody on the way may cut up; None is the smallest.
    """

    pid: int
    target: str
    source: str | None = None
    via_address: str | None = None
    vrf: str = ""
    size: int | None = None

    @property
    def version(self) -> int:
        return ipaddress.ip_address(self.target).version


@dataclass(frozen=True)
class Answer:
    """What became of an echo. `seconds` is the round trip of the one that was answered, `lost` how many were before it.

    Without an answer `lost` is all of them, and `reason` why the last one could not be sent (empty when it was).
    """

    answered: bool
    seconds: float | None
    lost: int
    reason: str


def ping(echoes: Sequence[Echo], deadline: float, interval: float = INTERVAL) -> tuple[Answer, ...]:
    """Pings all of them, `interval` seconds apart, until each has answered or `deadline` seconds have passed.

    The answers are in the order of `echoes`. Raises nothing for a namespace or address that is not there: that is a
    reason.
    """
    end = time.monotonic() + deadline
    with ExitStack() as opened:
        pings = _numbered(_Ping, echoes)
        waiting = _open(pings, opened)
        ears = _Ears(waiting)
        while waiting and time.monotonic() < end:
            for each in waiting.values():
                each.send()
            ears.listen(waiting, min(time.monotonic() + interval, end))
    return tuple(each.answer() for each in pings)


@dataclass(frozen=True)
class Sample:
    """How many echo requests were sent, and how many of them nobody answered."""

    sent: int
    lost: int

    @property
    def share(self) -> float:
        return self.lost / self.sent if self.sent else 1.0


def sample(
    echoes: Sequence[Echo], count: int, interval: float = INTERVAL, late: float = LATE_SECONDS
) -> tuple[Sample, ...]:
    """Sends `count` requests for each of `echoes`, `interval` seconds apart, and counts answers until `late` seconds
    after the last. In the order of `echoes`; where nothing can be sent all are lost."""
    with ExitStack() as opened:
        pings = _numbered(_Counted, echoes)
        waiting = _open(pings, opened)
        ears = _Ears(waiting)
        for _ in range(count):
            for each in waiting.values():
                each.send()
            ears.listen(waiting, time.monotonic() + interval)
        end = time.monotonic() + late
        while time.monotonic() < end and any(len(each.answered) < count for each in pings if each.socket):
            ears.listen(waiting, min(time.monotonic() + interval, end))
    return tuple(Sample(count, count - len(each.answered)) for each in pings)


class _Ping:
    """An echo, the sockets of its namespace that hear and send it, and what has been sent."""

    def __init__(self, echo: Echo, identifier: int) -> None:
        self.echo = echo
        self.version = echo.version
        self.target = ipaddress.ip_address(echo.target)
        self.identifier = identifier
        self.socket: socket.socket | None = None
        self._sender: socket.socket | None = None
        self.reason = ""
        self._how: list[tuple[int, int, bytes]] = []
        self._sent: list[float] = []
        self._round_trip: float | None = None
        self._lost = 0

    def leave_by(self, place: _Place) -> None:
        """Sends from `place` from now on."""
        self.socket = self._sender = place.heard
        via = self.echo.via_address
        if via is None and self.echo.source is None:
            return
        index = place.indexes.get(str(ipaddress.ip_address(via)), 0) if via is not None else 0
        if via is not None and not index:
            self.reason, self.socket = f"no device has {via}", None
            return
        self._sender = place.senders.get(index, place.heard)
        source = ipaddress.ip_address(self.echo.source).packed if self.echo.source is not None else None
        if self.version == 4:
            self._how = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i4s4x", index, source or bytes(4)))]
        else:
            self._how = [(socket.IPPROTO_IPV6, IPV6_PKTINFO, struct.pack("=16si", source or bytes(16), index))]

    def send(self) -> None:
        assert self._sender is not None
        head = ECHO.pack(ECHO_REQUEST[self.version], 0, 0, self.identifier, len(self._sent) & 0xFFFF)
        # The kernel writes the checksum of ICMPv6 itself (RFC 3542 section 3.1).
        packet = head if self.version == 6 else head[:2] + _checksum(head) + head[4:]
        if self.echo.size is not None:
            packet += bytes(max(0, self.echo.size - HEADERS[self.version] - len(packet)))
        self._sent.append(time.monotonic())
        try:
            self._sender.sendmsg([packet], self._how, 0, (self.echo.target, 0))
            self.reason = ""
        except OSError as error:
            # Without a route, and while a neighbor does not answer: it is tried again until the deadline.
            self.reason = error.strerror or str(error)

    def is_answered_by(self, sender: str, sequence: int, now: float) -> bool:
        if ipaddress.ip_address(sender) != self.target or sequence >= len(self._sent):
            return False
        self._round_trip = now - self._sent[sequence]
        self._lost = sequence
        return True

    def answer(self) -> Answer:
        if self._round_trip is not None:
            return Answer(True, self._round_trip, self._lost, "")
        return Answer(False, None, len(self._sent), self.reason)


class _Counted(_Ping):
    """An echo of which every answer counts: it waits for ever."""

    def __init__(self, echo: Echo, identifier: int) -> None:
        super().__init__(echo, identifier)
        self.answered: set[int] = set()

    def is_answered_by(self, sender: str, sequence: int, now: float) -> bool:
        if super().is_answered_by(sender, sequence, now):
            self.answered.add(sequence)
        return False


def _numbered(kind: type[Pinged], echoes: Sequence[Echo]) -> list[Pinged]:
    first = int.from_bytes(os.urandom(2), "big")
    return [kind(echo, (first + number) & 0xFFFF) for number, echo in enumerate(echoes)]


class _Ears:
    """The sockets that hear answers."""

    def __init__(self, waiting: Mapping[int, _Ping]) -> None:
        self._poll = select.poll()
        self._sockets = {each.socket.fileno(): each.socket for each in waiting.values() if each.socket is not None}
        for number in self._sockets:
            self._poll.register(number, select.POLLIN)

    def listen(self, waiting: MutableMapping[int, Pinged], until: float) -> None:
        """Hears what comes until then; whoever is answered waits no longer."""
        while waiting and (left := until - time.monotonic()) > 0:
            # poll counts whole milliseconds: rounding down would spin
            for number, _ in self._poll.poll(max(1, round(left * 1000))):
                _receive(self._sockets[number], waiting)


@dataclass(frozen=True)
class _Place:
    """The sockets of a namespace and family: one hears all answers, one for each device (by index) sends out of it.

    A device asked for in a packet (IPV6_PKTINFO) is only a wish where the packet has a source, too: of several equal
    routes Linux then takes any. A bound socket sends out of its device, and would hear only what comes back there.
    """

    heard: socket.socket
    senders: dict[int, socket.socket]
    indexes: dict[str, int]

    def __enter__(self) -> _Place:
        return self

    def __exit__(self, *_: object) -> None:
        for made in (self.heard, *self.senders.values()):
            made.close()


def _open(pings: Sequence[Pinged], opened: ExitStack) -> dict[int, Pinged]:
    """Sockets for each namespace and family; returns the echoes that can be sent, by identifier."""
    places: dict[tuple[int, str, int], list[Pinged]] = {}
    for each in pings:
        places.setdefault((each.echo.pid, each.echo.vrf, each.version), []).append(each)
    for (pid, vrf, version), there in places.items():
        vias = {each.echo.via_address for each in there if each.echo.via_address is not None}
        try:
            whole = any(each.echo.size is not None for each in there)
            place = in_namespace(pid, vrf, partial(_prepared, version, vias, whole))
        except OSError as error:
            for each in there:
                each.reason = f"{vrf or 'the node'}: {error.strerror or error}"
            continue
        opened.enter_context(place)
        for each in there:
            each.leave_by(place)
    return {each.identifier: each for each in pings if each.socket is not None}


def _prepared(version: int, vias: set[str], whole: bool) -> _Place:
    indexes = _indexes()
    wanted = {indexes.get(str(ipaddress.ip_address(via)), 0) for via in vias} - {0}
    place = _Place(_socket(version), {index: _bound(version, index) for index in wanted}, indexes)
    for made in (place.heard, *place.senders.values()) if whole else ():
        if version == 4:
            made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, NEVER_CUT)
        else:
            made.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, NEVER_CUT)
    return place


def _bound(version: int, index: int) -> socket.socket:
    """A raw socket that sends out of one device, and hears nothing."""
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    if version == 4:
        made = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        made.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF))
    else:
        made = socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6)
        made.setsockopt(socket.IPPROTO_ICMPV6, ICMPV6_FILTER, struct.pack("=8I", *[0xFFFFFFFF] * 8))
        _from_any(made)
    made.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, index)
    return made


def _socket(version: int) -> socket.socket:
    """A raw socket that hears echo replies only."""
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    if version == 4:
        made = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        made.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF & ~(1 << ECHO_REPLY[4])))
        return made
    made = socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6)
    blocked = [0xFFFFFFFF] * 8
    blocked[ECHO_REPLY[6] // 32] &= ~(1 << ECHO_REPLY[6] % 32)
    made.setsockopt(socket.IPPROTO_ICMPV6, ICMPV6_FILTER, struct.pack("=8I", *blocked))
    _from_any(made)
    return made


def _from_any(made: socket.socket) -> None:
    """A namespace may answer for an address by a route of its table `local` alone, which IPv6 takes for no source."""
    made.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)


def _indexes() -> dict[str, int]:
    numbers = {name: index for index, name in socket.if_nameindex()}
    # An IPv4 alias is listed by its label; the device is what stands before the colon.
    return {address: numbers[name.partition(":")[0]] for address, name in devices_by_address().items()}


def _receive(made: socket.socket, waiting: MutableMapping[int, Pinged]) -> None:
    """Reads what has come; whoever is answered waits no longer."""
    now = time.monotonic()
    while True:
        try:
            data, sender = made.recvfrom(2048)
        except BlockingIOError:
            return
        message = data[(data[0] & 15) * 4 :] if made.family == socket.AF_INET else data
        if len(message) < ECHO.size:
            continue
        _, _, _, identifier, sequence = ECHO.unpack_from(message)
        each = waiting.get(identifier)
        if each is not None and each.socket is made and each.is_answered_by(sender[0], sequence, now):
            del waiting[identifier]


def _checksum(data: bytes) -> bytes:
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)

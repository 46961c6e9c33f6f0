"""Datagrams that flow from one namespace to another without a pause, each way counted by itself.

A process of its own sends and hears them, so that whoever asks may be busy meanwhile. The kernel hashes addresses and
ports to choose among equal routes: several ports a flow spread over all paths.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

from lab.errors import NotAsItShould
from lab.net.child import fork
from lab.net.inside import in_namespace

INTERVAL = 0.01
PORTS = 4
SETTLED_SECONDS = 0.1  # in a lab a datagram that takes longer is lost
_LENGTH = struct.Struct("!I")
_PACKET = struct.Struct("!II")


@dataclass(frozen=True)
class Flow:
    """From `source` in a namespace (`pid`, `vrf`) to `target` in another; `label` is what reports call it."""

    label: str
    pid: int
    vrf: str
    source: str
    to_pid: int
    to_vrf: str
    target: str

    @property
    def back(self) -> Flow:
        """The other way."""
        turned = " ← " if " → " in self.label else " → "
        label = self.label.replace(" → ", turned).replace(" ← ", turned)
        return Flow(label, self.to_pid, self.to_vrf, self.target, self.pid, self.vrf, self.source)


@dataclass(frozen=True)
class Gap:
    """`packets` in a row that did not arrive. Monotonic times of the first of them, and of the one that did again, None
    while none has."""

    label: str
    began: float
    ended: float | None
    packets: int

    def seconds(self, now: float) -> float:
        return (now if self.ended is None else self.ended) - self.began


@dataclass(frozen=True)
class Seen:
    """What has become of all datagrams sent before `until`, a monotonic time. `lost` counts, by flow and port."""

    until: float
    sent: int
    lost: Mapping[str, int]
    gaps: tuple[Gap, ...]

    @property
    def flowing(self) -> bool:
        """Whether nothing is being lost at the end of it."""
        return all(gap.ended is not None for gap in self.gaps)

    def still(self, seconds: float) -> bool:
        """Whether nothing was lost in its last `seconds`."""
        return self.sent > 0 and all(g.ended is not None and g.ended < self.until - seconds for g in self.gaps)

    def since(self, earlier: Seen) -> Seen:
        """What has happened after `earlier`, in which everything was flowing at the end."""
        lost = {label: count - earlier.lost.get(label, 0) for label, count in self.lost.items()}
        gaps = tuple(gap for gap in self.gaps if gap.began >= earlier.until)
        return Seen(self.until, self.sent - earlier.sent, lost, gaps)

    @property
    def worst(self) -> int:
        """How many the flow lost that lost most."""
        return max(self.lost.values(), default=0)


class Stream:
    """Sends from its making until it is closed; a context manager. Raises NotAsItShould where a flow cannot begin."""

    def __init__(self, flows: Sequence[Flow], interval: float = INTERVAL, ports: int = PORTS) -> None:
        lanes = [_Lane(number, flow, port) for number, (flow, port) in enumerate(
            (flow, port) for flow in flows for port in range(ports)
        )]
        ears = _ears(lanes)
        self._here, there = socket.socketpair()
        self._child = fork()
        if self._child == 0:
            self._here.close()
            status = 1
            try:
                _Sender(lanes, ears, there, interval).run()
                status = 0
            finally:
                os._exit(status)
        there.close()
        for made in (*ears.values(), *(lane.socket for lane in lanes)):
            made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def seen(self) -> Seen:
        """What has become of them until now. Raises NotAsItShould when the process has gone."""
        self._here.sendall(b"?")
        size = _LENGTH.unpack(self._read(_LENGTH.size))[0]
        answer: dict[str, Any] = json.loads(self._read(size))
        return Seen(answer["until"], answer["sent"], answer["lost"], tuple(Gap(*gap) for gap in answer["gaps"]))

    def close(self) -> None:
        """Ends the process."""
        self._here.close()
        os.waitpid(self._child, 0)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self._here.recv(size - len(data))
            if not chunk:
                raise NotAsItShould("the process that sends test traffic has ended", next="mseelab check again")
            data += chunk
        return data


@dataclass
class _Lane:
    """One flow on one port: its socket, when each datagram was sent, which ones arrived, what is known of them."""

    number: int
    flow: Flow
    port: int
    socket: socket.socket = field(init=False)
    to: int = 0
    sent: list[float] = field(default_factory=list)
    arrived: bytearray = field(default_factory=bytearray)
    judged: int = 0
    lost: int = 0
    gaps: list[Gap] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = _opened(self.flow.pid, self.flow.vrf, self.flow.source, self.flow.label)

    @property
    def label(self) -> str:
        return f"{self.flow.label} #{self.port + 1}"

    def send(self, now: float) -> None:
        packet = _PACKET.pack(self.number, len(self.sent))
        self.sent.append(now)
        self.arrived.append(0)
        try:
            self.socket.sendto(packet, (self.flow.target, self.to))
        except OSError:
            return  # no route for now: it counts as lost

    def judge(self, until: float) -> None:
        """Takes in every datagram sent before then."""
        while self.judged < len(self.sent) and self.sent[self.judged] < until:
            at, here = self.sent[self.judged], self.arrived[self.judged]
            last = self.gaps[-1] if self.gaps and self.gaps[-1].ended is None else None
            if not here:
                self.lost += 1
                if last is not None:
                    self.gaps[-1] = Gap(last.label, last.began, None, last.packets + 1)
                else:
                    self.gaps.append(Gap(self.flow.label, at, None, 1))
            elif last is not None:
                self.gaps[-1] = Gap(last.label, last.began, at, last.packets)
            self.judged += 1


class _Sender:
    """The process: sends a datagram a lane each interval, hears, and answers what has become of them."""

    def __init__(
        self, lanes: list[_Lane], ears: Mapping[tuple[int, str, str], socket.socket], there: socket.socket,
        interval: float,
    ) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked: the pipe ends then
        self._lanes, self._there, self._interval = lanes, there, interval
        self._poll = select.poll()
        self._ears = {made.fileno(): made for made in ears.values()}
        for number in (*self._ears, there.fileno()):
            self._poll.register(number, select.POLLIN)

    def run(self) -> None:
        while True:
            now = time.monotonic()
            for lane in self._lanes:
                lane.send(now)
            until = now + self._interval
            while (left := until - time.monotonic()) > 0:
                for number, _ in self._poll.poll(max(1, round(left * 1000))):
                    if number in self._ears:
                        self._hear(self._ears[number])
                    elif not self._answer():
                        return

    def _hear(self, made: socket.socket) -> None:
        while True:
            try:
                data = made.recv(64)
            except BlockingIOError:
                return
            if len(data) == _PACKET.size:
                lane, sequence = _PACKET.unpack(data)
                if lane < len(self._lanes) and sequence < len(self._lanes[lane].arrived):
                    self._lanes[lane].arrived[sequence] = 1

    def _answer(self) -> bool:
        """False when nobody asks any more."""
        if not self._there.recv(1):
            return False
        for made in self._ears.values():
            self._hear(made)
        until = time.monotonic() - SETTLED_SECONDS
        for lane in self._lanes:
            lane.judge(until)
        answer = {
            "until": until,
            "sent": sum(lane.judged for lane in self._lanes),
            "lost": {lane.label: lane.lost for lane in self._lanes},
            "gaps": [(g.label, g.began, g.ended, g.packets) for lane in self._lanes for g in lane.gaps],
        }
        data = json.dumps(answer).encode()
        try:
            self._there.sendall(_LENGTH.pack(len(data)) + data)
        except BrokenPipeError:
            return False
        return True


def _ears(lanes: Sequence[_Lane]) -> dict[tuple[int, str, str], socket.socket]:
    """A socket for each address that hears; tells the lanes its port."""
    found: dict[tuple[int, str, str], socket.socket] = {}
    for lane in lanes:
        place = lane.flow.to_pid, lane.flow.to_vrf, lane.flow.target
        if place not in found:
            found[place] = _opened(*place, lane.flow.label)
        lane.to = found[place].getsockname()[1]
    return found


def _opened(pid: int, vrf: str, address: str, label: str) -> socket.socket:
    try:
        return in_namespace(pid, vrf, partial(_bound, address))
    except OSError as error:
        raise NotAsItShould(f"no test traffic {label}: {address}: {error.strerror}") from error


def _bound(address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    made.bind((address, 0))
    return made

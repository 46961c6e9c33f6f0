"""The wiring process: a child that imports pyroute2 while its parent goes on, then wires when it is told to.

It enters the world once and works from there. It ends when its parent does, between two phases at the latest; a wiring
cut short is completed by running the same order again.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import pickle
import select
import signal
import socket
import struct
import sys
import time
import traceback
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from lab.errors import LabError, NotAsItShould, limit
from lab.net.child import fork
from lab.net.order import Wired, WireOrder

if TYPE_CHECKING:
    from lab.net.namespace import Indexes

_lifelines: weakref.WeakSet[socket.socket] = weakref.WeakSet()


class Wirer:
    """`start` early, `wire` later, `close` at the end (or use as a context manager)."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self._channel = channel
        self._ordered = False
        _lifelines.add(channel)

    @classmethod
    def start(cls) -> Wirer:
        """Forks the process; returns at once."""
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = fork()
        if pid:
            theirs.close()
            return cls(pid, ours)
        status = 1
        try:
            _close_all_but(theirs.fileno())
            _serve(theirs)
            status = 0
        finally:
            if status:
                traceback.print_exc()
            os._exit(status)

    def send(self, order: WireOrder) -> None:
        """Hands over an order without waiting for it."""
        self._ordered = True
        if not _put(self._channel, order):
            raise NotAsItShould("the wiring process has ended", next="mseelab up")

    def result(self) -> Wired:
        """Waits for the order's end. Raises what the wiring raised: Impossible, HostCannot, NotAsItShould."""
        answer = _get(self._channel)
        if answer is None:
            raise NotAsItShould("the wiring process has ended", next="mseelab up")
        if isinstance(answer, LabError):
            raise answer
        assert isinstance(answer, Wired)
        return answer

    def wire(self, order: WireOrder) -> Wired:
        self.send(order)
        return self.result()

    def close(self) -> None:
        """Ends the process and waits for it; one that never had an order may still be at its imports."""
        self._channel.close()
        if not self._ordered:
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _serve(channel: socket.socket) -> None:
    _spare("pyroute2")
    from lab.net import kernel, plan  # noqa: F401  (imported now, while the parent is busy)
    from lab.net.namespace import Indexes

    inside = False
    indexes = Indexes()
    while True:
        order = _get(channel)
        if order is None:
            return
        answer: Wired | LabError
        try:
            if order.world is not None and not inside:
                order.world.enter()
                inside = True
            answer = _wire(order, indexes, lambda: not _gone(channel))
        except LabError as error:
            answer = error
        except OSError as error:
            subject = f" {error.filename}" if error.filename else ""
            answer = limit(error) or NotAsItShould(f"wiring failed:{subject} {error.strerror}", next="mseelab up")
        if not _put(channel, answer):
            return


def _spare(package: str) -> None:
    """Lets this process import the modules of a package that it names, and no more: pyroute2's own `__init__` brings
    200 others, asyncio and ssl among them, which take longer than all the wiring."""
    found = importlib.util.find_spec(package)
    if package not in sys.modules and found is not None:
        sys.modules[package] = importlib.util.module_from_spec(found)


def _wire(order: WireOrder, indexes: Indexes, still_wanted: Callable[[], bool]) -> Wired:
    from lab.net import vlan
    from lab.net.kernel import Kernel
    from lab.net.plan import plan

    begun = time.perf_counter()
    name = order.attacher or vlan.choose(tags_on_wire=order.tags_on_wire).name
    steps = plan(dataclasses.replace(order, attacher=name))
    with Kernel(order.pids, indexes) as kernel:
        count = kernel.run(steps, still_wanted)
    return Wired(name, count, time.perf_counter() - begun)


def _put(channel: socket.socket, value: object) -> bool:
    """False when the other end is closed."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    try:
        channel.sendall(struct.pack("=Q", len(data)) + data)
    except BrokenPipeError:
        return False
    return True


def _get(channel: socket.socket) -> Any:
    """The next value; None when the other end is closed."""
    head = _exactly(channel, 8)
    data = _exactly(channel, struct.unpack("=Q", head)[0]) if head else b""
    return pickle.loads(data) if data else None


def _exactly(channel: socket.socket, length: int) -> bytes:
    """`length` octets, or none when the other end closes before."""
    parts = []
    while length:
        try:
            part = channel.recv(min(length, 1 << 20))
        except ConnectionResetError:
            return b""
        if not part:
            return b""
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _gone(channel: socket.socket) -> bool:
    """Whether the parent's end is closed: it sends nothing while it waits, so what can be read is the end."""
    readable, _, _ = select.select([channel], [], [], 0)
    return bool(readable)


def _close_all_but(keep: int) -> None:
    """A lock or a pipe of the parent must not live on here."""
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))


def _let_go() -> None:
    for lifeline in _lifelines:
        lifeline.close()


# Another child of the parent would hold the lifeline open when the parent is killed.
os.register_at_fork(after_in_child=_let_go)

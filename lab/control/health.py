"""Whether everything that should run in a lab answers: the one notion of a healthy lab that all verbs share.

All daemons are asked at once, so one that hangs costs a second and a healthy lab a few milliseconds. Who is silent is
not taken for hung while it has work or waits for a processor: a busy machine is no sick lab. Inside the lab's world.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.control.questions import NAMES, QUESTIONS, Question
from lab.engine.base import Minder, Node, World
from lab.engine.processes import Process, process, processes
from lab.errors import NotAsItShould

State = Literal["dead", "hung"]
Wanted = Mapping[str, Sequence[str]]
"""By node, the daemons that should run there, as `lab.control.questions` names them."""
ANSWER_SECONDS = 1.0
BUSY_SECONDS = 10.0
SOON_SECONDS = 0.1
AGAIN_SECONDS = 0.01
WATCHER, SUPERVISOR = "watcher", "supervisor"
ROUTERS = ("zebra", "mgmtd", "bgpd", "bfdd")
"""Whom the watcher asks: while one of them hangs it may wait for that one, and is not to blame."""


@dataclass(frozen=True)
class Sick:
    """A daemon that does not run (`dead`), or runs and does not answer (`hung`); `detail` is what shows it. `node` is
    empty for what serves the whole lab."""

    node: str
    daemon: str
    state: State
    detail: str

    @property
    def sentence(self) -> str:
        """`bgpd on msee1 does not answer`."""
        name = NAMES.get(self.daemon, self.daemon)
        who = f"{name} on {self.node}" if self.node else f"the lab's {name}"
        return f"{who} does not {'run' if self.state == 'dead' else 'answer'}"

    def as_object(self) -> dict[str, str]:
        """The shape others build on (`sick` in `status -o json`)."""
        return {"node": self.node, "daemon": self.daemon, "state": self.state, "detail": self.detail}


Look = Callable[[], tuple[Sick, ...]]


def look(world: World, wanted: Wanted) -> tuple[Sick, ...]:
    """What is not as it should be, in the order of the nodes, what serves the whole lab last."""
    nodes = world.nodes
    asked = [
        _Asked(nodes[node], name, QUESTIONS[name]) for node, names in wanted.items() if node in nodes for name in names
    ]
    minders = [_Minded(minder) for minder in world.minders()]
    _ask([*asked, *minders])
    found = [sick for one in asked for sick in one.judged()]
    waits = any(sick.state == "hung" and sick.daemon in ROUTERS for sick in found)
    return (*found, *(sick for one in minders for sick in one.judged(excused=waits)))


def at_work(minder: Minder) -> bool:
    """Whether a watcher answers at once."""
    one = _Minded(minder)
    poll = select.poll()
    if one.call.open and not one.call.waits:
        poll.register(one.call.socket, select.POLLIN)
        if poll.poll(SOON_SECONDS * 1000):
            one.call.read()
    one.call.socket.close()
    return one.call.answered


def nothing_asked() -> tuple[Sick, ...]:
    """The look of who judges without one."""
    return ()


def silent(found: Iterable[Sick]) -> frozenset[tuple[str, str]]:
    """Node and daemon of each, for `lab.control.observe.Daemons`."""
    return frozenset((sick.node, sick.daemon) for sick in found)


class _Call:
    """A question on its way. `problem` is why it could not be asked."""

    def __init__(self, path: str, says: bytes, ends: bytes) -> None:
        self.answered = False
        self.waits = False
        self.heard = b""
        self.problem: OSError | None = None
        self._path, self._says, self._ends = path, says, ends
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.connect()

    def connect(self) -> None:
        """Connects and asks. `waits` afterwards where as many wait for the daemon as it lets: to be tried again."""
        try:
            self.socket.connect(self._path)
            self.waits = False
            if self._says:  # who greets may have closed already, and takes nothing any more
                self.socket.sendall(self._says)
        except BlockingIOError:
            self.waits = True
        except OSError as error:
            self.problem = error
            self.socket.close()

    @property
    def open(self) -> bool:
        return self.problem is None and not self.answered

    def read(self) -> None:
        try:
            piece = self.socket.recv(1 << 12)
        except OSError as error:
            self.problem = error
            self.socket.close()
            return
        self.heard += piece
        if not piece:
            self.problem = ConnectionResetError(errno.ECONNRESET, "closed by the daemon")
        self.answered = bool(piece) and self._ends in self.heard
        if self.answered or not piece:
            self.socket.close()


class _Asked:
    """One daemon of a node."""

    def __init__(self, node: Node, name: str, question: Question) -> None:
        self._node, self._name, self._question = node, name, question
        self.call = None if question.command else _Call(node.root + question.socket, question.says, question.ends)

    def busy(self) -> bool:
        return any(found.busy for found in self._processes())

    def judged(self) -> tuple[Sick, ...]:
        if self._answers():
            needs = self._question.needs
            if not needs or os.path.exists(self._node.root + needs):
                return ()
            return (self._sick("hung", f"{needs} is gone: no other daemon can connect to it"),)
        found = self._processes()
        if not found:
            return (self._sick("dead", f"{self._node.name} has no process of it"),)
        return (self._sick("hung", _why(found, self.call, self._question.socket)),)

    def _answers(self) -> bool:
        if self.call is not None:
            return self.call.answered
        from lab.engine.run import run_in

        if any(found.stopped for found in self._processes()):
            return False
        try:
            return run_in(self._node, self._question.command, timeout=ANSWER_SECONDS).returncode == 0
        except NotAsItShould:
            return False

    def _processes(self) -> tuple[Process, ...]:
        return tuple(found for found in processes(self._node.root) if self._question.mine(found))

    def _sick(self, state: State, detail: str) -> Sick:
        return Sick(self._node.name, self._name, state, detail)


class _Minded:
    """A watcher, and the supervisor that starts it again."""

    def __init__(self, minder: Minder) -> None:
        self._minder = minder
        self.call = _Call(minder.socket, b"", b"\n")

    def busy(self) -> bool:
        return any(found.busy for found in self._watchers())

    def judged(self, *, excused: bool) -> tuple[Sick, ...]:
        supervisor = self._supervisor()
        if supervisor is None:
            return (self._sick(SUPERVISOR, "dead", "nothing would start the watcher again"),)
        if supervisor.stopped:
            return (self._sick(SUPERVISOR, "hung", _stopped(supervisor)),)
        if self.call.answered:
            return ()
        watchers = self._watchers()
        if not watchers:
            return (self._sick(WATCHER, "dead", "its supervisor has no watcher"),)
        if excused and not any(found.stopped for found in watchers):
            return ()
        return (self._sick(WATCHER, "hung", _why(watchers, self.call, self._minder.socket)),)

    def _supervisor(self) -> Process | None:
        if self._minder.supervisor is not None:
            return process(self._minder.root, self._minder.supervisor)
        if self.call.answered:
            return process(self._minder.root, int(self.call.heard.split()[1]))
        mine = self._minder.processes()
        pids = {found.pid for found in mine}
        return next((found for found in mine if found.parent not in pids), None)

    def _watchers(self) -> tuple[Process, ...]:
        mine = self._minder.processes()
        pids = {found.pid for found in mine} | {self._minder.supervisor}
        return tuple(found for found in mine if found.parent in pids)

    def _sick(self, daemon: str, state: State, detail: str) -> Sick:
        return Sick(self._minder.node, daemon, state, detail)


def _ask(asked: Sequence[_Asked | _Minded]) -> None:
    """Waits for the answers: a second for whoever sleeps, more for whoever is at work."""
    begun, limit = time.monotonic(), ANSWER_SECONDS
    while late := [(one, one.call) for one in asked if one.call is not None and one.call.open]:
        left = begun + limit - time.monotonic()
        if left <= 0:
            if limit == BUSY_SECONDS or not any(one.busy() for one, _ in late):
                break
            limit = min(limit + ANSWER_SECONDS, BUSY_SECONDS)
            continue
        calls = {call.socket.fileno(): call for _, call in late if not call.waits}
        poll = select.poll()
        for number in calls:
            poll.register(number, select.POLLIN)
        waiting = [call for _, call in late if call.waits]
        for number, _ in poll.poll(min(left, AGAIN_SECONDS if waiting else left) * 1000):
            calls[number].read()
        for call in waiting:
            call.connect()
    for _, call in late:
        call.socket.close()


def _why(found: Sequence[Process], call: _Call | None, path: str) -> str:
    stopped = next((one for one in found if one.stopped), None)
    if stopped is not None:
        return _stopped(stopped)
    problem = call.problem if call is not None else None
    if isinstance(problem, FileNotFoundError):
        return f"process {found[0].pid} runs, and its socket {path} is gone"
    if isinstance(problem, ConnectionRefusedError):
        return f"process {found[0].pid} runs and does not listen on {path}"
    return f"process {found[0].pid} runs (state {found[0].state}) and says nothing within {ANSWER_SECONDS:g} s"


def _stopped(found: Process) -> str:
    return f"process {found.pid} is stopped (state {found.state})"

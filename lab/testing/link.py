"""The process that is inside a lab for a program that stays outside, and how the two talk.

Entering a lab's world is for good and wants a process of one thread; a test runner has several. So every lab has an
agent: a process of its own, started without a fork of the runner, that makes the lab, is inside it, answers questions,
and ends with the lab when the runner does, by whatever death.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bgp import secret
from lab.errors import LabError, Mistake, Mistakes, NotAsItShould

AGENT = Path(__file__).with_name("agent.py")
SECONDS_TO_END = 60.0
__tracebackhide__ = True
"""For pytest: no frame of this module is shown."""


@dataclass(frozen=True)
class Call:
    """One question. `environment` is the caller's at that moment: a test may set a key. It is in no repr."""

    name: str
    arguments: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What came of a call: a value, or an error of the kind that users see. `keys` are those that the agent masks."""

    value: Any = None
    error: LabError | None = None
    mistakes: tuple[Mistake, ...] = ()
    keys: frozenset[str] = field(default=frozenset(), repr=False)


def answered(error: LabError) -> Answer:
    """An error as an answer; mistakes as they are, for an exception that holds a list does not survive pickling."""
    return Answer(mistakes=tuple(error.mistakes)) if isinstance(error, Mistakes) else Answer(error=error)


class Link:
    """The caller's end. `state` is the folder that records the agent's lab, `left` whether that is to live on."""

    def __init__(self, state: Path) -> None:
        self.state = state
        ours, theirs = socket.socketpair()
        self._said = os.memfd_create("agent")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(AGENT), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                start_new_session=True,
            )
        self._channel = Connection(ours.detach())
        self.left = False

    @property
    def alive(self) -> bool:
        return not self._channel.closed and self._process.poll() is None

    def ask(self, name: str, **arguments: Any) -> Any:
        """What the agent answers. Raises what it raised, and NotAsItShould when it has ended.

        A test runner may show every local of every frame: none here, and none below that is left, has the environment.
        """
        answer = self._answer(name, arguments)
        if answer is None:
            raise NotAsItShould(f"the process inside the lab has ended{self._last_words()}")
        if answer.mistakes:
            raise Mistakes(list(answer.mistakes))
        if answer.error is not None:
            raise answer.error
        return answer.value

    def _answer(self, name: str, arguments: Mapping[str, Any]) -> Answer | None:
        """None when it has ended: an error would hold the frames of the channel, and they the octets it sent."""
        try:
            self._channel.send(Call(name, arguments, {**os.environ, "MSEELAB_STATE": str(self.state)}))
            answer: Answer = self._channel.recv()
        except (EOFError, OSError):
            return None
        secret.remember(answer.keys)
        return answer

    def close(self) -> None:
        """Ends the agent, and waits until it has taken its lab down."""
        if self._channel.closed:
            return
        self._channel.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._said)

    def _last_words(self) -> str:
        """The end of what it wrote: it never writes unless it fails in a way that nobody foresaw."""
        said = os.pread(self._said, os.fstat(self._said).st_size, 0)
        lines = said.decode(errors="replace").strip().splitlines()
        return f": {secret.masked(lines[-1])}" if lines else ""

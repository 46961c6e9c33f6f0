"""The processes of a node, as the kernel shows them: for a daemon that is asked and does not answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

STOPPED = ("T", "t")
BUSY = ("R", "D")
_ENDED = ("Z", "X")


@dataclass(frozen=True)
class Process:
    """A process that has not ended. `state` is the kernel's letter; `pid` and `parent` are of the same /proc."""

    pid: int
    name: str
    state: str
    parent: int
    argv: tuple[str, ...]

    @property
    def stopped(self) -> bool:
        return self.state in STOPPED

    @property
    def busy(self) -> bool:
        """Whether it runs, or would if the machine had a processor for it, or waits for a disk."""
        return self.state in BUSY


def processes(root: str) -> tuple[Process, ...]:
    """Every process of the /proc of `root`, a node's file system or `""` for this one's; empty where it is gone."""
    try:
        names = os.listdir(f"{root}/proc")
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return tuple(found for name in names if name.isdigit() for found in _process(f"{root}/proc/{name}", int(name)))


def process(root: str, pid: int) -> Process | None:
    """One of them; None where it has ended."""
    return next(_process(f"{root}/proc/{pid}", pid), None)


def _process(folder: str, pid: int) -> Iterator[Process]:
    try:
        with open(f"{folder}/stat", encoding="utf-8", errors="replace") as file:
            before, _, after = file.read().rpartition(")")
        with open(f"{folder}/cmdline", encoding="utf-8", errors="replace") as file:
            argv = tuple(file.read().split("\0")[:-1])
    except (FileNotFoundError, ProcessLookupError):
        return
    state, parent = after.split()[:2]
    if state not in _ENDED:
        yield Process(pid, before.partition("(")[2], state, int(parent), argv)

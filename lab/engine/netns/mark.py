"""The mark of a world: a file in its own /run, which nobody outside can put there. It says which lab's a process is.

A pid, also with the time at which its process started, can be written into a record by anybody who may write there, and
named for any process. So a process is a world only when it looks like one itself: number 1 of a pid namespace just
below ours, this user's, with the secret word in its /run that the record has too.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from lab.net import ns

PLACE = "run/mseelab/world.json"
_LARGEST = 1 << 16
# What is there is no mark: it is not there, not a file, or another user's process.
_NO_MARK = (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError, IsADirectoryError)


@dataclass(frozen=True)
class Mark:
    """`folder` is where the lab is recorded, empty for a world that is not; `word` is drawn for this world alone."""

    lab: str
    folder: str
    word: str


def new(lab: str, folder: str) -> Mark:
    return Mark(lab, folder, os.urandom(16).hex())


def put(mark: dict[str, str]) -> None:
    """Marks the world that this process is the first of; `mark` is `Mark` as an object."""
    with open(f"/{PLACE}", "x", encoding="utf-8") as file:
        json.dump(mark, file)


def as_object(mark: Mark) -> dict[str, str]:
    return asdict(mark)


def of(pid: int) -> Mark | None:
    """The mark of a process that is a world of this user; None of any other."""
    try:
        if ns.user_of(pid) != os.geteuid() or not ns.is_first_below(pid):
            return None
        # Its /run is its own, and this user's: nobody else could have a link or a pipe wait there.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(f"/proc/{pid}/root/{PLACE}", flags)
    except _NO_MARK:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            return None
        return _read(file.read(_LARGEST))


def _read(data: bytes) -> Mark | None:
    try:
        value = json.loads(data)
        return Mark(str(value["lab"]), str(value["folder"]), str(value["word"]))
    except (ValueError, KeyError, TypeError):
        return None


def is_ending(pid: int) -> bool:
    """Whether a process is on its way out: it has no root any more, and waits for those that it takes with it."""
    try:
        os.stat(f"/proc/{pid}/root")
    except (FileNotFoundError, ProcessLookupError):
        return True
    except PermissionError:
        return False
    return False


def everywhere() -> Iterator[tuple[int, Mark]]:
    """Every world of this user on this host, by the pid of its first process."""
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        # Most are told apart by this, in microseconds.
        if os.access(f"/proc/{pid}/root/{PLACE}", os.R_OK) and (found := of(pid)) is not None:
            yield pid, found

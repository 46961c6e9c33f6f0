"""Errors as values: what went wrong, the rule, and the next step.

Libraries raise these, the command line prints them once, and nothing else prints. The class of an error is its exit
code: 1 the lab is not as it should be, 2 what was written or asked is not possible, 4 this host or engine cannot.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass


class LabError(Exception):
    """Base of every error a user sees. `message` is one line without a trailing period; `next` is what to type."""

    exit_code = 1

    def __init__(self, message: str, *, next: str | None = None, rule: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next = next
        self.rule = rule


class NotAsItShould(LabError):
    """The lab runs, and is not as it should be (exit 1)."""

    exit_code = 1


class Damaged(NotAsItShould):
    """A lab's record cannot be used: it is damaged, or of another version of mseelab (exit 1)."""


class DaemonGone(NotAsItShould, ConnectionError):
    """A daemon of a node does not run, or ended while it was asked (exit 1)."""


class DaemonSilent(NotAsItShould, TimeoutError):
    """A daemon of a node runs and does not answer (exit 1)."""


class Impossible(LabError):
    """What was written or asked is not possible (exit 2)."""

    exit_code = 2


class HostCannot(LabError):
    """This host or engine cannot (exit 4)."""

    exit_code = 4


_LIMITS: dict[int, tuple[str, str | None]] = {
    errno.EMFILE: ("this process may not open more files", "ulimit -n 1024"),
    errno.ENFILE: ("this host has no more open files to give", "sysctl fs.file-nr fs.file-max"),
    errno.ENOMEM: ("this host has no more memory to give", "mseelab list: labs that nobody needs take some"),
    errno.ENOSPC: ("no space is left on the device", "df -h"),
    errno.EDQUOT: ("this user's disk quota is used up", "quota"),
    errno.EROFS: ("the file system is read-only", None),
}
_OF_A_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def limit(error: OSError) -> HostCannot | None:
    """What the host has run out of, or does not allow at all, as a sentence; None where `error` may be our own defect.

    For the outermost place of a process: whoever knows what the call was for says more.
    """
    if error.errno not in _LIMITS:
        return None
    why, line = _LIMITS[error.errno]
    where = f" ({error.filename})" if error.errno in _OF_A_PLACE and isinstance(error.filename, str) else ""
    return HostCannot(f"{why}{where}", next=line)


def no_processes(why: str = "this user may not start more processes") -> HostCannot:
    """For a fork that the kernel refused: EAGAIN, which means other things elsewhere."""
    return HostCannot(why, next="ulimit -u, or mseelab down of a lab that nobody needs")


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake in a file: where, which rule, what was found and what is allowed.

    `line` and `column` count from 1, 0 for what was typed as an option; `rule` is an id that `mseelab explain` knows
    (`ER204`); `field` is the key as the file spells it; `message` replaces the found/allowed sentence where that form
    does not fit. A `warning` does not stop anything.
    """

    file: str
    line: int
    column: int
    rule: str
    field: str
    found: str = ""
    allowed: str = ""
    message: str = ""
    hint: str = ""
    warning: bool = False

    def sentence(self) -> str:
        """The mistake without its place: `ER204 peerASN: found 65515; allowed 1-4294967295 except …`."""
        text = self.message or f"found {self.found}; allowed {self.allowed}"
        subject = f"{self.rule} {self.field}" if self.field else self.rule
        return f"{subject}: {text}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence()}" if self.line else self.sentence()


class Mistakes(Impossible):
    """Every mistake of a set of files, together. Nothing was changed."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        count = len(mistakes)
        super().__init__(f"{count} mistake{'s' if count != 1 else ''}, nothing changed")
        self.mistakes = mistakes


def meant(word: str, known: Iterable[str]) -> str:
    """The one of `known` that was probably meant by `word`, or an empty text."""
    from difflib import get_close_matches  # needed only once something is wrong

    return next(iter(get_close_matches(word[:60], list(known), 1)), "")

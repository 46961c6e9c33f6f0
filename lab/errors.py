"""Errors as values: what went wrong, the rule, and the next step.

Libraries raise these, the command line prints them once, and nothing else prints. The class of an error is its exit
code: 1 the lab is not as it should be, 2 what was written or asked is not possible, 4 this host or engine cannot.
"""

from __future__ import annotations

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

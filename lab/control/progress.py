"""How a long verb tells what it does. Controllers call it; the command line decides how it looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """An observer. Every text is one line without a trailing period.

    `plain` is the wording for logs (CI) where it differs from that for a terminal. Seconds are wall clock.
    """

    def head(self, lab: str, text: str, *, plain: str | None = None) -> None:
        """First line: which lab, and where it comes from."""

    def working(self, text: str) -> None:
        """What the step at work waits for now (`sessions  4 of 6; waiting for …`). Called often; may be dropped."""

    def step(
        self, name: str, text: str, seconds: float | None = None, *, plain: str | None = None, ok: bool = True
    ) -> None:
        """A step that has ended."""

    def note(self, text: str) -> None:
        """Something worth knowing beside the steps."""

    def done(self, text: str) -> None:
        """Last line: `up in 0.8 s`."""


class Quiet:
    """Says nothing: for `-o json` and for callers that are not a command line."""

    def head(self, lab: str, text: str, *, plain: str | None = None) -> None:
        return

    def working(self, text: str) -> None:
        return

    def step(
        self, name: str, text: str, seconds: float | None = None, *, plain: str | None = None, ok: bool = True
    ) -> None:
        return

    def note(self, text: str) -> None:
        return

    def done(self, text: str) -> None:
        return


class Recorded(Quiet):
    """Says nothing and keeps the steps as they ended: for `-o json`."""

    def __init__(self) -> None:
        self.steps: list[dict[str, object]] = []

    def step(
        self, name: str, text: str, seconds: float | None = None, *, plain: str | None = None, ok: bool = True
    ) -> None:
        rounded = None if seconds is None else round(seconds, 3)
        self.steps.append({"name": name, "text": plain or text, "seconds": rounded, "ok": ok})

"""What an engine needs of its host, as `doctor` prints it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A line of `doctor`: what a lab needs, what was found, what was chosen for it, and what to do about a lack."""

    name: str
    ok: bool
    found: str
    chosen: str | None = None
    fix: str | None = None

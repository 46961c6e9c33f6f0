"""Faults that a killed command has left in a lab, lifted before another command looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lab.control.progress import Progress

if TYPE_CHECKING:
    from lab.control.running import Running


def lift_left_faults(labs: Iterable[Running], progress: Progress) -> list[Running]:
    """The running labs as they are then; `progress` hears of each fault that was lifted."""
    return [_lifted(running, progress) if running.document.get("faults") else running for running in labs]


def _lifted(running: Running, progress: Progress) -> Running:
    from lab.fault.orphans import lift_orphans

    return lift_orphans(running, progress.note)

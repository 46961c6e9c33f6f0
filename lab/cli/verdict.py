"""How `up` and `apply` end when something was late or is wrong: judged again, as `check` does.

What was missing at the deadline may have come since. So the exit code, the headline and the verdict are all taken from
the same last look, and never one of them from an earlier one. This process is inside the lab's world already.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lab.cli.output import seconds_text

if TYPE_CHECKING:
    from lab.check.result import Report
    from lab.control.converge import Converged
    from lab.control.progress import Progress
    from lab.control.record import Record

VERDICT_SECONDS = 2.5
"""The kernel's counters have to be seen growing: a refused segment is sent again every second."""


class Result(Protocol):
    """What `up` and `apply` leave behind."""

    @property
    def record(self) -> Record: ...

    @property
    def converged(self) -> Converged: ...

    @property
    def seconds(self) -> float: ...


def judged(result: Result) -> Report | None:
    """The checks of a lab that was not as it should be at its deadline; None for one that was."""
    from lab.check.expect import expectations
    from lab.check.run import run_checks
    from lab.control.record import to_document
    from lab.control.running import world_of
    from lab.control.sources import sources

    if result.converged.ok:
        return None
    applied = result.record.applied
    wanted = expectations(applied.spec, applied.topology, applied.sessions)
    world = world_of(to_document(result.record))
    return run_checks(result.record.lab, world.nodes, wanted, own=sources(applied), timeout=VERDICT_SECONDS)


def conclude(result: Result, report: Report | None, verb: str, progress: Progress) -> int:
    """Prints the verdict, if there had to be one, and the last line; returns the exit code."""
    from lab.check.report import kind_lines
    from lab.cli.check import paint

    if report is not None:
        sys.stdout.write("\n".join(kind_lines(report.results, paint=paint)) + "\n")
        sys.stdout.flush()
    seconds = result.seconds + (report.seconds if report is not None else 0.0)
    progress.done(f"{verb} in {seconds_text(seconds)}{ending(report)}")
    return exit_code(report)


def exit_code(report: Report | None) -> int:
    return 0 if report is None else report.exit_code()


def ending(report: Report | None) -> str:
    """What the last line says after the seconds."""
    if report is None:
        return ""
    return "; what was late has come" if report.ok else ", and not as it should be"


def missing(report: Report | None) -> Sequence[str]:
    """What is not as it should be, one sentence each, for `-o json`."""
    if report is None:
        return []
    failed = [result for result in report.results if result.result == "fail"]
    return [f"{r.circuit} {r.label} ({r.kind}): expected {r.expected}, got {r.got}" for r in failed]

"""How `up` and `apply` end when something was late or is wrong: judged again, as `check` does.

What was missing at the deadline may have come since. So the exit code, the headline and the verdict are all taken from
the same last look, and never one of them from an earlier one. This process is inside the lab's world already.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from lab.cli.output import seconds_text

if TYPE_CHECKING:
    from lab.check.result import CheckResult, Report
    from lab.circuit.models import Session
    from lab.control.converge import Converged
    from lab.control.progress import Progress
    from lab.control.record import Record
    from lab.diagnose.verdict import Diagnosis
    from lab.engine.base import World

VERDICT_SECONDS = 0.5
LATE_SECONDS = 1.5
"""What was missing at the deadline may have come just now. Why it has not, a diagnosis tells; and a session that comes
in the last look, or while the diagnosis is at work, is given time for its prefixes, too."""


class Result(Protocol):
    """What `up` and `apply` leave behind."""

    @property
    def record(self) -> Record: ...

    @property
    def converged(self) -> Converged: ...

    @property
    def seconds(self) -> float: ...


class Lasting:
    """Asked while sessions are late (`lab.control.converge.Hopeless`): whether what keeps them down stays until
    somebody changes it. `found` are then their diagnoses; nothing that diagnoses is imported before."""

    def __init__(self) -> None:
        self.found: tuple[Diagnosis, ...] = ()

    def __call__(self, record: Record, world: World, late: Collection[Session]) -> bool:
        from lab.control import health
        from lab.diagnose.lasting import lasting

        # What serves the whole lab, a watcher, starts last and keeps no session down.
        sick = [one for one in health.look(world, record.daemons) if one.node]
        self.found = lasting(record, world.nodes, late, sick=sick)
        return bool(self.found)


@dataclass(frozen=True)
class Judged:
    """The checks of a lab that was not as it should be at its deadline, and the diagnoses of sessions that are down.
    `early`: nobody waited for the deadline, as time would have mended nothing."""

    report: Report
    diagnoses: tuple[Diagnosis, ...] = ()
    early: bool = False


def judged(result: Result, known: tuple[Diagnosis, ...] = ()) -> Judged | None:
    """None for a lab that was as it should be. `known` are diagnoses with which the waiting has ended early."""
    if result.converged.ok:
        return None
    from bgp.session import ESTABLISHED
    from lab.check.diagnosed import explained, unwell
    from lab.check.expect import expectations
    from lab.check.run import run_checks
    from lab.circuit.store import state_home
    from lab.control import health
    from lab.control.record import to_document
    from lab.control.running import world_of
    from lab.control.sources import sources
    from lab.diagnose.diagnose import diagnose

    applied = result.record.applied
    wanted = expectations(applied.spec, applied.topology, applied.sessions, applied.slots)
    world = world_of(to_document(result.record), state_home() / result.record.lab)
    begun = time.monotonic()
    daemons = result.record.daemons
    health_of = partial(health.look, world, daemons)
    look = partial(
        run_checks, result.record.lab, world.nodes, wanted, own=sources(applied), look=health_of, daemons=daemons
    )
    report = look(timeout=0.0 if known else VERDICT_SECONDS, patient=not known)
    down = unwell(report.results, applied.sessions)
    early = bool(known) and {each.session for each in known} == set(down)
    found = known if early else diagnose(result.record, world.nodes, down, sick=health_of()) if down else ()
    if any(each.state == ESTABLISHED for each in found) or _lack_prefixes(report.results):
        report = look(timeout=LATE_SECONDS)
        still = set(unwell(report.results, applied.sessions))
        found = tuple(each for each in found if each.session in still)
    results = explained(report.results, found)
    return Judged(replace(report, results=results, seconds=time.monotonic() - begun), found, early)


def _lack_prefixes(results: Sequence[CheckResult]) -> bool:
    """Whether a session is up and does not carry what it should."""
    return any(r.result == "fail" and r.kind != "sessions" and not r.consequence for r in results)


def conclude(result: Result, verdict: Judged | None, verb: str, progress: Progress, started: float) -> int:
    """Prints the verdict, if there had to be one, and the last line; returns the exit code.
    `started` is the monotonic time from which the seconds count."""
    if verdict is not None:
        from lab.check.report import kind_lines
        from lab.cli.check import paint
        from lab.diagnose.report import verdict_lines

        ill = [each for each in verdict.diagnoses if not each.healthy]
        lines = kind_lines(_told_below(verdict.report.results, ill), paint=paint)
        if ill:
            lines += ["", *verdict_lines(ill)]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
    progress.done(f"{verb} in {seconds_text(time.monotonic() - started)}{ending(verdict)}")
    return exit_code(verdict)


def _told_below(results: Sequence[CheckResult], ill: Sequence[Diagnosis]) -> list[CheckResult]:
    """The results, those of sessions that have a verdict without their details."""
    told = {(each.session.circuit, each.session.label) for each in ill}
    return [
        replace(r, consequence=True) if r.kind == "sessions" and (r.circuit, r.label) in told else r for r in results
    ]


def exit_code(verdict: Judged | None) -> int:
    return 0 if verdict is None else verdict.report.exit_code()


def ending(verdict: Judged | None) -> str:
    """What the last line says after the seconds."""
    if verdict is None:
        return ""
    if verdict.report.ok:
        return "; what was late has come"
    return ", and not as it should be" + (": waiting longer would mend nothing" if verdict.early else "")


def missing(verdict: Judged | None) -> Sequence[str]:
    """What is not as it should be, one sentence each, for `-o json`."""
    if verdict is None:
        return []
    failed = [result for result in verdict.report.results if result.result == "fail"]
    return [f"{r.circuit} {r.label} ({r.kind}): expected {r.expected}, got {r.got}" for r in failed]

"""Runs the checks of a running lab: waits for convergence, then judges. Must run inside the lab's world.

What says why is imported only once something is wrong, and what judges the user's own checks only where there are any:
a green lab is told sooner so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bgp.frr import show
from lab.check import symmetry
from lab.check.daemons import results as daemon_results
from lab.check.daemons import settled
from lab.check.diagnosed import explained, unwell
from lab.check.evaluate import evaluate, warnings
from lab.check.evidence import Evidence
from lab.check.expect import Expectation
from lab.check.gather import Gatherer, ping_all
from lab.check.only import Only
from lab.check.raw import with_raw
from lab.check.result import CheckResult, Report
from lab.circuit.models import Session
from lab.control.health import Look, Sick, nothing_asked, silent
from lab.control.observe import Daemons, SessionView, observe
from lab.control.progress import Progress, Quiet
from lab.control.record import Record
from lab.control.sources import Sources
from lab.control.wait import wait
from lab.engine.base import Node

if TYPE_CHECKING:
    from lab.check.own.run import OwnChecks
    from lab.diagnose.verdict import Diagnosis

TIMEOUT_SECONDS = 10.0
PING_SECONDS = 3.0
SICK_PING_SECONDS = 0.5
SETTLED_SECONDS = 3.0
EVERYTHING = Only()
NO_DAEMONS: Mapping[str, Sequence[str]] = {}
PATIENCE_SECONDS, AGAIN_SECONDS = 0.3, 1.0
"""How long sessions may be late before somebody looks for a reason that lasts, and how soon again, then twice so."""
ENDED_SECONDS = 0.5
"""What may still come where sessions that are down are not waited for: all others are complete by then."""
WINDOW_SECONDS = 0.3
"""A table that has just filled may still get a prefix that nobody expects: it is watched."""


def run_checks(
    lab: str,
    nodes: Mapping[str, Node],
    expectations: Sequence[Expectation],
    concerns: Sequence[tuple[str, str]] = (),
    *,
    own: Sources | None = None,
    timeout: float = TIMEOUT_SECONDS,
    started: float | None = None,
    progress: Progress | None = None,
    asked: OwnChecks | None = None,
    only: Only = EVERYTHING,
    record: Record | None = None,
    look: Look = nothing_asked,
    daemons: Mapping[str, Sequence[str]] = NO_DAEMONS,
    patient: bool = True,
) -> Report:
    """The report on `expectations` and on the user's own checks, `asked`, as far as `only` wants them. A failure counts
    once it is still there after `timeout` seconds, or, unless `patient`, once no session that is late can come by
    waiting.

    `own` are the CEs' own files, where a line may be to blame. With `record`, the lab's, sessions that are down are
    diagnosed, which takes up to two seconds more. `look` is `lab.control.health`'s: who does not answer is a failure
    and is not asked, and nothing is waited for; `daemons` are those that should answer. `started` is the monotonic time
    from which the report's seconds count.
    """
    begun, at = time.monotonic(), time.time()
    sick = settled(look)
    judged = daemon_results(lab, daemons, sick, only, time.monotonic() - begun)
    with Daemons(nodes, silent(sick)) as open_:
        run = _Run(open_, expectations, own or {}, asked, only, begun, progress or Quiet(), record, sick, patient)
        results = (*judged, *run.results(timeout))
        version = _frr(open_, expectations)
        unwise = [*concerns, *_symmetry(open_, expectations, record, only)]
    seconds = time.monotonic() - (begun if started is None else started)
    unwise = [(kind, sentence) for kind, sentence in unwise if only.wants(kind, kind)]
    return Report(lab, (*results, *warnings(lab, unwise)), seconds, at, version)


Looked = tuple[tuple[CheckResult, ...], tuple[CheckResult, ...], Evidence]
"""What follows from the circuit, what the user asks, and what both were judged by."""


class _Run:
    """One run: waits for convergence, looks at tables until they are right, then at what is looked at once."""

    def __init__(
        self, daemons: Daemons, expectations: Sequence[Expectation], sources: Sources, asked: OwnChecks | None,
        only: Only, begun: float, tell: Progress, record: Record | None, sick: Sequence[Sick],
        patient: bool,
    ) -> None:
        self._record, self._sick, self._patient = record, sick, patient
        self._known: tuple[Diagnosis, ...] = ()
        self._daemons, self._sources, self._asked, self._begun, self._tell = daemons, sources, asked, begun, tell
        self._wanted = [e for e in expectations if only.wants(e.id, e.kind)]
        # What must not be there counts once everything has come that is to come.
        negative = asked is not None and bool(asked.negative)
        needed = {"sessions", *(e.kind for e in (expectations if negative else self._wanted))}
        self._awaited = [e for e in expectations if e.kind in needed]
        if asked is None:
            self._gatherer = Gatherer(daemons, expectations)
            return
        from lab.check.own.base import Scene

        self._gatherer = Gatherer(daemons, expectations, asked.detailed, asked.named())
        self._scene = Scene(
            asked.running, asked.record, daemons, self._gatherer.reads, self._gatherer.wanted, progress=tell
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    def results(self, timeout: float) -> tuple[CheckResult, ...]:
        if self._sick:
            timeout = 0.0  # only up mends it
        once: tuple[CheckResult, ...] = ()
        while True:
            (results, mine, evidence), complete = self._complete(timeout)
            looked = time.monotonic()
            patience = SICK_PING_SECONDS if self._sick or self._known else PING_SECONDS
            reached, evidence = _reached(self._daemons, self._wanted, evidence, self._begun, patience)
            if self._asked and not (once and _passed(once)):
                once = self._asked.once(self._scene, self._seconds)
            if not (complete and _youngest(evidence) < SETTLED_SECONDS) and not (self._asked and self._asked.negative):
                break
            held = self._held(mine, WINDOW_SECONDS - (time.monotonic() - looked))
            if held is None:
                break
            results, mine, again = held
            evidence = replace(evidence, sessions=again.sessions)
            # What was complete and has just broken may come back, as whatever is late may come.
            broken = complete and not _passed((*results, *mine)) and not _negative_failures(self._asked, mine)
            if not broken or self._seconds >= timeout:
                break
        results += reached
        if not _passed((*results, *mine)):
            from lab.check.blame import blamed

            results, mine = self._diagnosed(results, mine, evidence)
            results = blamed(results, self._wanted, evidence, self._sources)
            results = with_raw(self._daemons, results, evidence.sessions)
            mine = with_raw(self._daemons, mine, evidence.sessions)
        if self._asked is None:
            return results
        events = self._asked.events(self._scene, self._seconds)
        late = with_raw(self._daemons, (*once, *events), evidence.sessions)
        return (*results, *self._asked.in_order((*mine, *late)))

    def _complete(self, timeout: float) -> tuple[Looked, bool]:
        """The look at which the tables were as they should be, or the last one before `timeout`; and which it is."""
        useless = None if self._patient else self._useless()
        converge(self._daemons, self._awaited, max(0.0, timeout - self._seconds), self._tell, useless)
        if self._known:
            timeout = min(timeout, self._seconds + ENDED_SECONDS)
        outcome = wait(
            self._look,
            deadline=max(0.0, timeout - self._seconds),
            label="tables",
            every=0.05,
            longest=0.5,
            until=lambda seen: _passed((*seen[0], *seen[1])),
        )
        return outcome.last, outcome.ok

    def _look(self) -> Looked:
        self._marks = self._gatherer.reads.marks()
        evidence = Evidence(self._gatherer.sessions())
        tables = [e for e in self._wanted if e.session is not None]
        mine = self._asked.tables(self._scene, evidence.sessions, self._seconds) if self._asked else ()
        return evaluate(tables, evidence, self._seconds), mine, evidence

    def _diagnosed(
        self, results: tuple[CheckResult, ...], mine: tuple[CheckResult, ...], evidence: Evidence
    ) -> tuple[tuple[CheckResult, ...], tuple[CheckResult, ...]]:
        """Both with the reasons of sessions that are down."""
        sessions = unwell((*results, *mine), evidence.sessions)
        if self._record is None or not sessions:
            return results, mine
        if set(sessions) <= {each.session for each in self._known}:
            return explained(results, self._known), explained(mine, self._known)
        from lab.diagnose.diagnose import diagnose

        self._tell.working(f"diagnose  {len(sessions)} of {len(evidence.sessions)} sessions")
        found = diagnose(self._record, self._daemons.nodes, sessions, sick=self._sick)
        return explained(results, found), explained(mine, found)

    def _useless(self) -> Callable[[tuple[Session, ...]], bool] | None:
        """Whether none of the sessions that are late can come by waiting; None where nobody can diagnose them."""
        record = self._record
        if record is None:
            return None
        due, pause = time.monotonic() + PATIENCE_SECONDS, AGAIN_SECONDS

        def asked(late: tuple[Session, ...]) -> bool:
            nonlocal due, pause
            if time.monotonic() < due:
                return False
            from lab.diagnose.lasting import lasting

            self._tell.working(f"diagnose  {len(late)} sessions")
            self._known = lasting(record, self._daemons.nodes, late, sick=self._sick)
            due, pause = time.monotonic() + pause, 2 * pause
            return bool(self._known)

        return asked

    def _held(self, mine: tuple[CheckResult, ...], seconds: float) -> Looked | None:
        """Watches for `seconds` whether any table changes, and looks again whenever one does. What comes of it is the
        last look, but what must not be there and was once stays failed. None where nothing has changed."""
        failed = _negative_failures(self._asked, mine)
        last: Looked | None = None

        def watched() -> bool:
            nonlocal last
            if self._gatherer.reads.marks() != self._marks:
                last = self._look()
                failed.update(_negative_failures(self._asked, last[1]))
            return False

        wait(watched, deadline=max(0.0, seconds), label="what must not be there", every=0.05, longest=0.1)
        if last is None:
            return None
        return last[0], tuple(failed.get(result.id, result) for result in last[1]), last[2]


def _negative_failures(asked: OwnChecks | None, results: Sequence[CheckResult]) -> dict[str, CheckResult]:
    negative = {ask.id for ask in asked.negative} if asked else set()
    return {result.id: result for result in results if result.id in negative and result.result != "pass"}


def _frr(daemons: Daemons, expectations: Sequence[Expectation]) -> dict[str, str]:
    """The version of the MSEE's FRR; nothing where it does not run."""
    msee = next((e.session.msee for e in expectations if e.session is not None), None)
    return {"FRR": show.version(daemons.vty(msee))} if msee is not None and daemons.runs(msee) else {}


def converge(
    daemons: Daemons, expectations: Sequence[Expectation], timeout: float, tell: Progress,
    useless: Callable[[tuple[Session, ...]], bool] | None = None,
) -> None:
    """Waits until the summaries look right, one question per MSEE; the tables are read afterwards, whatever came.
    Where `useless` says so of the sessions that are late, the rest of the time is not waited for."""
    wanted = [(e.session, e) for e in expectations if e.kind == "sessions" and e.session is not None]
    sessions = {session: e for session, e in wanted if session.enabled}
    counts = {
        kind: {e.session: len(e.prefixes) for e in expectations if e.kind == kind} for kind in ("from-ce", "to-ce")
    }

    def right(view: SessionView) -> bool:
        session = view.session
        return (
            view.established
            and view.from_ce == counts["from-ce"].get(session, view.from_ce)
            and view.to_ce == counts["to-ce"].get(session, view.to_ce)
            and (view.bfd == "up" or (view.bfd == "-" and not sessions[session].bfd))
        )

    def told(views: tuple[SessionView, ...]) -> None:
        late = next(view for view in views if not right(view))
        done = sum(map(right, views))
        state = late.state if not late.established or late.bfd == "up" else f"BFD {late.bfd}"
        tell.working(f"sessions  {done} of {len(views)}; waiting for {late.session.label} ({state})")

    wait(
        lambda: observe(daemons, tuple(sessions)),
        deadline=timeout,
        label="sessions",
        every=0.02,
        longest=0.2,
        until=lambda views: all(map(right, views)),
        told=told,
        hopeless=None if useless is None else lambda views: useless(tuple(v.session for v in views if not right(v))),
    )


def _reached(
    daemons: Daemons, expectations: Sequence[Expectation], evidence: Evidence, begun: float, seconds: float
) -> tuple[tuple[CheckResult, ...], Evidence]:
    """The checks that send packets, and the evidence with their answers, for which they wait `seconds`."""
    wanted = [e for e in expectations if e.session is None]
    if not wanted:
        return (), evidence
    up = {(s.ce, s.ce_address) for s, seen in evidence.sessions.items() if seen.view.established}
    # Without its session a way has no route: asking would only cost the whole deadline.
    ways = [leg for e in wanted for leg in e.legs if (leg.ce, leg.ce_address) in up]
    evidence = Evidence(evidence.sessions, *ping_all(daemons, ways, seconds))
    return evaluate(wanted, evidence, time.monotonic() - begun), evidence


def _symmetry(
    daemons: Daemons, expectations: Sequence[Expectation], record: Record | None, only: Only
) -> list[tuple[str, str]]:
    """A warning where flows go there by one path and come back by another."""
    legs = [leg for e in expectations for leg in e.legs]
    if record is None or not legs or not only.wants(symmetry.KIND, symmetry.KIND):
        return []
    found = symmetry.apart(record.applied, daemons.nodes, legs)
    more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
    return [(symmetry.KIND, f"{found[0]}{more}")] if found else []


def _passed(results: Sequence[CheckResult]) -> bool:
    return all(result.result == "pass" for result in results)


def _youngest(evidence: Evidence) -> float:
    """Seconds since the last session came up."""
    return min((seen.view.uptime_seconds or 0.0 for seen in evidence.sessions.values()), default=SETTLED_SECONDS)

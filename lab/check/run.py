"""Runs the checks of a running lab: waits for convergence, then judges. Must run inside the lab's world."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from bgp.frr import show
from lab.check.blame import Sources, blamed
from lab.check.evaluate import evaluate, warnings
from lab.check.evidence import Evidence
from lab.check.expect import Expectation
from lab.check.gather import Gatherer, ping_all
from lab.check.raw import with_raw
from lab.check.result import CheckResult, Report
from lab.control.observe import Daemons, SessionView, observe
from lab.control.progress import Progress, Quiet
from lab.control.wait import pass_time, wait
from lab.engine.base import Node

TIMEOUT_SECONDS = 10.0
PING_SECONDS = 3.0
SETTLED_SECONDS = 3.0
WINDOW_SECONDS = 0.3
"""A table that has just filled may still get a prefix that nobody expects: it is looked at twice."""


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
) -> Report:
    """The report on `expectations`. A failure counts once it is still there after `timeout` seconds.

    `own` are the CEs' own files, where a line may be to blame. `started` is the monotonic time from which the report's
    seconds count.
    """
    begun, at = time.monotonic(), time.time()
    tell = progress or Quiet()
    with Daemons(nodes) as daemons:
        gatherer = Gatherer(daemons, expectations)
        _converge(daemons, expectations, timeout, tell)
        tables = [e for e in expectations if e.session is not None]

        def judged() -> tuple[tuple[CheckResult, ...], Evidence]:
            evidence = Evidence(gatherer.sessions())
            return evaluate(tables, evidence, time.monotonic() - begun), evidence

        outcome = wait(
            judged,
            deadline=max(0.0, timeout - (time.monotonic() - begun)),
            label="tables",
            every=0.05,
            longest=0.5,
            until=lambda seen: _passed(seen[0]),
        )
        results, evidence = outcome.last
        if outcome.ok and _youngest(evidence) < SETTLED_SECONDS:
            pass_time(WINDOW_SECONDS)
            results, evidence = judged()
        reached, evidence = _reached(daemons, expectations, evidence, begun)
        results += reached
        if not _passed(results):
            results = with_raw(daemons, blamed(results, expectations, evidence, own or {}), evidence.sessions)
        version = _frr(daemons, expectations)
    seconds = time.monotonic() - (begun if started is None else started)
    return Report(lab, (*results, *warnings(lab, concerns)), seconds, at, version)


def _frr(daemons: Daemons, expectations: Sequence[Expectation]) -> dict[str, str]:
    """The version of the MSEE's FRR; nothing where it does not run."""
    msee = next((e.session.msee for e in expectations if e.session is not None), None)
    return {"FRR": show.version(daemons.vty(msee))} if msee is not None and daemons.runs(msee) else {}


def _converge(daemons: Daemons, expectations: Sequence[Expectation], timeout: float, tell: Progress) -> None:
    """Waits until the summaries look right, one question per MSEE; the tables are read afterwards, whatever came."""
    wanted = [(e.session, e) for e in expectations if e.kind == "sessions" and e.session is not None]
    sessions = {session: e for session, e in wanted if session.enabled}
    counts = {
        kind: {e.session: len(e.prefixes) for e in expectations if e.kind == kind} for kind in ("from-ce", "to-ce")
    }

    def right(view: SessionView) -> bool:
        session = view.session
        return (
            view.established
            and view.from_ce == counts["from-ce"].get(session, 0)
            and view.to_ce == counts["to-ce"].get(session, 0)
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
    )


def _reached(
    daemons: Daemons, expectations: Sequence[Expectation], evidence: Evidence, begun: float
) -> tuple[tuple[CheckResult, ...], Evidence]:
    """The checks that send packets, and the evidence with their answers."""
    wanted = [e for e in expectations if e.session is None]
    if not wanted:
        return (), evidence
    up = {(s.ce, s.ce_address) for s, seen in evidence.sessions.items() if seen.view.established}
    # Without its session a way has no route: asking would only cost the whole deadline.
    ways = [leg for e in wanted for leg in e.legs if (leg.ce, leg.ce_address) in up]
    evidence = Evidence(evidence.sessions, ping_all(daemons, ways, PING_SECONDS))
    return evaluate(wanted, evidence, time.monotonic() - begun), evidence


def _passed(results: Sequence[CheckResult]) -> bool:
    return all(result.result == "pass" for result in results)


def _youngest(evidence: Evidence) -> float:
    """Seconds since the last session came up."""
    return min((seen.view.uptime_seconds or 0.0 for seen in evidence.sessions.values()), default=SETTLED_SECONDS)

"""Waiting for a lab that is held, judging it, and saying why it is not as it should be. Inside the lab's world."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bgp.frr import show
from lab.check.evaluate import evaluate
from lab.check.evidence import Evidence
from lab.check.expect import Expectation, concerns, expectations
from lab.check.gather import Gatherer
from lab.check.report import kind_lines
from lab.check.result import Report
from lab.check.run import run_checks
from lab.circuit.models import Session
from lab.control.observe import Daemons, SessionView
from lab.control.record import to_document
from lab.control.wait import wait
from lab.testing.held import Held
from lab.testing.ways import used

VERDICT_SECONDS = 2.5
"""The kernel's counters have to be seen growing: a refused segment is sent again every second."""


@dataclass(frozen=True)
class Waited:
    """How a wait ended: whether what was waited for came, after how many seconds, the changes of state that were seen
    on the way (seconds, in words), and else why not."""

    ok: bool
    seconds: float
    seen: tuple[tuple[float, str], ...]
    why: str = ""


@dataclass(frozen=True)
class State:
    """What a status page is made of: the lab's document, its sessions, nodes that have ended."""

    document: dict[str, Any]
    up_seconds: float
    views: tuple[SessionView, ...]
    lost: tuple[str, ...]


def wait_for(held: Held, sessions: Sequence[Session], *, up: bool, within: float) -> Waited:
    """Waits until all of `sessions` are Established, or with `up` False until none is and nobody sends over one."""
    begun = time.monotonic()
    states: dict[Session, str] = {}
    seen: list[tuple[float, str]] = []

    def look() -> tuple[tuple[SessionView, ...], list[str]]:
        views = held.observe(sessions, details=False)
        for view in views:
            if states.get(view.session, view.state) != view.state:
                seen.append((time.monotonic() - begun, f"{view.session.label} {view.state}"))
            states[view.session] = view.state
        down = not up and not any(view.established for view in views)
        return views, used(held, sessions) if down else []

    outcome = wait(
        look, deadline=within, label="sessions", every=0.005, longest=0.02,
        until=lambda seen: all(view.established == up for view in seen[0]) and not seen[1],
    )
    views, users = outcome.last
    late = [view.session for view in views if view.established != up]
    why = ""
    if not outcome.ok:
        why = _too_late(held, late, up, within) if late else "\n  ".join([f"down, yet after {within:g} s", *users])
    return Waited(outcome.ok, outcome.elapsed, tuple(seen), why)


def _too_late(held: Held, late: Sequence[Session], up: bool, within: float) -> str:
    names = ", ".join(session.label for session in late)
    verb = "is" if len(late) == 1 else "are"
    if up:
        wanted = [e for e in _expectations(held) if e.kind == "sessions" and e.session in late]
        return "\n".join([f"{names} {verb} not Established after {within:g} s", *_failures(held, wanted)])
    lines = [f"{names} {verb} still Established after {within:g} s"]
    for view in held.observe(late):
        bfd = {"up": "BFD is up: the path carries packets", "down": "BFD is down, and BGP does not follow it",
               "-": "BFD has not come up: only the hold time ends it (lab.settle() waits for BFD)"}[view.bfd]
        lines.append(f"  {view.session.label}   {view.state} for {view.uptime_seconds or 0:.1f} s   {bfd}")
    return "\n".join(lines)


def settle(held: Held, within: float) -> Waited:
    """Waits until BGP follows BFD wherever the CE arms it: then a silent path is noticed within a second."""
    known = {e.session for e in _expectations(held) if e.kind == "sessions" and e.bfd}

    def look() -> list[str]:
        with Daemons(held.world.nodes) as daemons:
            wanted = [s for s in held.sessions if s in known or _arms(daemons, s)]
            views = [view for view in held.observe(wanted) if view.established]
            armed = {
                (msee, neighbor.vrf, neighbor.address): neighbor.bfd
                for msee in dict.fromkeys(view.session.msee for view in views)
                for neighbor in show.neighbors(daemons.vty(msee))
            }
        return [
            f"{view.session.label}: BFD {view.bfd if view.bfd != 'up' else 'is up, and BGP does not follow it'}"
            for view in views
            if view.bfd != "up" or not armed.get((view.session.msee, view.session.vrf, view.session.ce_address))
        ]

    outcome = wait(look, deadline=within, label="BFD", every=0.02, longest=0.1, until=lambda late: not late)
    return Waited(outcome.ok, outcome.elapsed, (), "\n".join([f"not settled after {within:g} s", *outcome.last]))


def _arms(daemons: Daemons, session: Session) -> bool:
    """Whether the CE's own configuration has BFD for its neighbor."""
    if not daemons.runs(session.ce):
        return False
    neighbor = show.neighbor(daemons.vty(session.ce), "", session.msee_address)
    return neighbor is not None and neighbor.bfd


def verdict(held: Held) -> str:
    """Everything that is not as the files say, as `check` tells it; empty where all is."""
    return "\n".join(_failures(held, _expectations(held)))


def _failures(held: Held, wanted: Sequence[Expectation]) -> list[str]:
    report = run_checks(held.record.lab, held.world.nodes, wanted, timeout=VERDICT_SECONDS)
    return kind_lines([result for result in report.results if result.result == "fail"])


def _expectations(held: Held) -> tuple[Expectation, ...]:
    value = held.record.applied
    return expectations(value.spec, value.topology, value.sessions)


def check(held: Held, timeout: float) -> Report:
    """What `mseelab check` reports."""
    value = held.record.applied
    return run_checks(
        held.record.lab, held.world.nodes, _expectations(held),
        concerns(value.spec, value.topology, value.sessions, held.record.attacher), timeout=timeout,
    )


def explain(
    held: Held, identity: tuple[str, str, str, str], side: str, prefixes: Sequence[str]
) -> list[tuple[str, str]]:
    """Why a session does not carry exactly `prefixes`: `why` and `next`, where that is known."""
    mine = [e for e in _expectations(held) if e.session is not None and _identity(e.session) == identity]
    asked = [replace(e, prefixes=tuple(prefixes)) if e.kind == side else e for e in mine]
    if not any(e.kind == side for e in asked):
        return []
    with Daemons(held.world.nodes) as daemons:
        evidence = Evidence(Gatherer(daemons, asked).sessions())
    (result,) = evaluate([e for e in asked if e.kind == side], evidence, 0.0)
    return [(name, text) for name, text in (("why", result.why), ("next", result.next)) if text]


def _identity(session: Session) -> tuple[str, str, str, str]:
    return session.circuit, session.peering, session.path, session.family


def state(held: Held) -> State:
    """The lab as `mseelab status` shows it."""
    record = held.refresh()
    up = max(0.0, time.time() - record.since)
    return State(to_document(record), up, held.observe(held.sessions), held.world.lost)

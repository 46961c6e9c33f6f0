"""Waiting for a lab that is held, judging it, and saying why it is not as it should be. Inside the lab's world."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bgp.frr import show
from lab.asked.base import Ask
from lab.check.evaluate import evaluate
from lab.check.evidence import Evidence
from lab.check.expect import Expectation, concerns, expectations
from lab.check.gather import Gatherer
from lab.check.own.fit import refuse_unfit
from lab.check.own.run import OwnChecks
from lab.check.report import kind_lines
from lab.check.result import Report
from lab.check.run import run_checks
from lab.circuit.models import Session
from lab.control import health
from lab.control.observe import Daemons, SessionView
from lab.control.record import to_document
from lab.control.running import Running
from lab.control.sources import sources
from lab.control.wait import wait
from lab.diagnose.diagnose import diagnose
from lab.diagnose.report import verdict_lines
from lab.diagnose.verdict import Diagnosis
from lab.files.asked import read_in_circuit_file
from lab.files.reading import read_bytes
from lab.role import expect
from lab.testing.held import Held
from lab.testing.ways import used

VERDICT_SECONDS = 2.5
"""The kernel's counters have to be seen growing: a refused segment is sent again every second."""

CARRY_SECONDS = 2.0
"""How long prefixes may come after their session: an FRR as its owner configured it waits a second with its first."""


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
    """Waits until all of `sessions` are Established, or with `up` False until none is and nobody sends over one.

    Those that are up get a moment for their prefixes: what the files say is waited for, and its lack is no failure.
    """
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
    if up and outcome.ok:
        wait(
            lambda: _carry(held, sessions), deadline=min(CARRY_SECONDS, max(0.0, within - outcome.elapsed)),
            label="prefixes", every=0.005, longest=0.02,
        )
    views, users = outcome.last
    late = [view.session for view in views if view.established != up]
    why = ""
    if not outcome.ok:
        why = _too_late(held, late, up, within) if late else "\n  ".join([f"down, yet after {within:g} s", *users])
    return Waited(outcome.ok, outcome.elapsed, tuple(seen), why)


def _carry(held: Held, sessions: Sequence[Session]) -> bool:
    """Whether these sessions carry as many prefixes as the files say."""
    spec = held.record.applied.spec
    return all(
        view.to_ce == len(expect.to_ce(spec, view.session))
        and (view.from_ce == len(expect.from_ce(spec, view.session)) or not expect.says_from_ce(spec, view.session))
        for view in held.observe(sessions, details=False)
    )


def _too_late(held: Held, late: Sequence[Session], up: bool, within: float) -> str:
    names = ", ".join(session.label for session in late)
    verb = "is" if len(late) == 1 else "are"
    if up:
        said = verdict_lines(diagnosed(held, late)) or ["all is well by now: it took longer"]
        return "\n".join([f"{names} {verb} not Established after {within:g} s", *(f"  {line}" for line in said)])
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
    record = held.record
    report = run_checks(
        record.lab, held.world.nodes, _expectations(held), timeout=VERDICT_SECONDS, own=sources(record.applied),
        record=record, look=partial(health.look, held.world, record.daemons), daemons=record.daemons,
    )
    return "\n".join(kind_lines([result for result in report.results if result.result == "fail"]))


def _expectations(held: Held) -> tuple[Expectation, ...]:
    value = held.record.applied
    return expectations(value.spec, value.topology, value.sessions, value.slots)


def check(held: Held, timeout: float) -> Report:
    """What `mseelab check` reports, the checks of the circuit file included. Raises Mistakes in those."""
    record = held.refresh()
    value = record.applied
    asks = own_checks(held)
    running = Running(held.store, held.store.read() or {})
    return run_checks(
        record.lab, held.world.nodes, _expectations(held),
        concerns(value.spec, value.topology, value.sessions, record.attacher), timeout=timeout, own=sources(value),
        asked=OwnChecks(asks, running, record) if asks else None, record=record,
        look=partial(health.look, held.world, record.daemons), daemons=record.daemons,
    )


def own_checks(held: Held) -> tuple[Ask, ...]:
    """The `checks:` of the lab's circuit file as it is now."""
    file = Path(held.loaded.spec.files[0])
    asks = tuple(read_in_circuit_file(file, held.loaded.spec.file)) if b"checks" in read_bytes(file, str(file)) else ()
    if asks:
        refuse_unfit(asks, held.record.applied)
    return asks


def diagnosed(held: Held, sessions: Sequence[Session]) -> tuple[Diagnosis, ...]:
    record = held.refresh()
    return diagnose(record, held.world.nodes, sessions, sick=health.look(held.world, record.daemons))


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

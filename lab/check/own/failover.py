"""`failover`: makes the fault, watches what gets through meanwhile, lifts it and waits until all is as before."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from lab.asked.amounts import measured, seconds_text
from lab.asked.failover import KIND, Failover
from lab.check.own.base import Failure, Judged, Scene, nothing_fits
from lab.check.own.flows import flows
from lab.circuit.models import Family, Path, PeeringType, Session
from lab.control.observe import SessionView, observe
from lab.control.wait import wait
from lab.fault.base import Fault, Side
from lab.fault.inject import active, named
from lab.fault.scene import Scene as FaultScene
from lab.net.stream import INTERVAL, Seen, Stream

BASELINE_SECONDS = 0.2
SETTLED_SECONDS = 5.0
MARGIN_SECONDS = 0.5
BACK_SECONDS = 30.0
State = Mapping[Session, tuple[str, int, int, str]]


@dataclass(frozen=True)
class Measured:
    """What happened. `began` and `lifted` are when the fault was made and lifted, monotonic. `down` is how many seconds
    after it the path's sessions were down, None: they were not; `restored` the seconds from the lifting until all was
    as before, None: it is not, and `missing` says what. `idle` is why nothing could be measured."""

    began: float
    down: float | None
    seen: Seen
    lifted: float
    restored: float | None
    missing: str = ""
    idle: str = ""


def fault_of(value: Failover, sessions: tuple[Session, ...]) -> Fault:
    """The fault that is asked for. Raises Impossible where there is no such fault, session or side."""
    return named(
        sessions, value.fault, circuit=value.circuit, peering=cast("PeeringType | None", value.peering),
        path=cast("Path", value.path), family=cast("Family | None", value.family),
        side=cast("Side | None", value.side),
    )


def look(value: Failover, scene: Scene) -> Judged:
    fault = fault_of(value, scene.sessions)
    mine = [s for s in scene.sessions if fault.concerns(s) and s.enabled]
    whole = [s for s in scene.sessions if (s.circuit, s.peering) == (fault.circuit, fault.peering)
             and fault.family in (None, s.family)]
    others = [s for s in whole if s.path != fault.path and s.enabled]
    before = _state(scene)
    if not mine or not others:
        return Judged("", (nothing_fits(value, "path, and another that could carry"),))
    down = [s for s in (*mine, *others) if before[s][0] != "Established"]
    if down:
        failure = Failure(fault.label, "both paths up before the fault", f"{down[0].label} {before[down[0]][0]}",
                          "a session is down already", follows=True)
        return Judged(KIND.asks(value), (failure,))
    ways = flows(scene, whole)
    if not ways:
        return Judged("", (nothing_fits(value, "way into Azure"),))
    with Stream(ways) as stream:
        return judge(value, fault.label, _measured(value, scene, fault, mine, before, stream))


def _measured(
    value: Failover, scene: Scene, fault: Fault, mine: list[Session], before: State, stream: Stream
) -> Measured:
    # What happened just before may still be on its way into the kernels' tables.
    start = wait(stream.seen, deadline=SETTLED_SECONDS, label="test traffic",
                 until=lambda seen: seen.still(BASELINE_SECONDS))
    if not start.ok:
        now = time.monotonic()
        return Measured(now, None, start.last, now, 0.0, idle="test traffic is lost before any fault")
    scene.progress.working(f"own  {fault.label}: watching what gets through")
    began = time.monotonic()
    down: float | None = None
    with FaultScene(scene.running) as fault_scene, active(fault_scene, fault):
        def told() -> bool:
            nonlocal down
            if down is None and all(not view.established for view in observe(scene.daemons, mine, details=False)):
                down = time.monotonic() - began
            seen = stream.seen().since(start.last)
            return down is not None and seen.flowing and seen.until > began + down

        wait(told, deadline=value.within + MARGIN_SECONDS, label=fault.label, every=0.02, longest=0.05)
    lifted = time.monotonic()
    scene.progress.working(f"own  {fault.label} has gone: waiting for all to be as before")
    outcome = wait(lambda: _missing(scene, before), deadline=max(value.back or 0.0, BACK_SECONDS), label="as before",
                   every=0.02, longest=0.1, until=lambda text: not text)
    last = wait(stream.seen, deadline=2 * BASELINE_SECONDS, label="the last datagrams", every=0.05,
                until=lambda seen: seen.until > lifted + outcome.elapsed)
    restored = outcome.elapsed if outcome.ok else None
    return Measured(began, down, last.last.since(start.last), lifted, restored, outcome.last)


def judge(value: Failover, name: str, found: Measured) -> Judged:
    """Pure."""
    asked = KIND.asks(value)
    if found.idle:
        return Judged(asked, (Failure(name, asked, "nothing could be measured", found.idle),))
    outages = [gap for gap in found.seen.gaps if gap.began < found.lifted]
    longest = max(outages, key=lambda gap: gap.seconds(found.seen.until), default=None)
    outage = longest.seconds(found.seen.until) if longest else 0.0
    allowed = f"carried again within {seconds_text(value.within)}"
    failures = []
    if outage > value.within:
        assert longest is not None
        open_end = longest.ended is None or longest.ended > found.lifted
        got = f"nothing for {measured(outage)}" + (", until the fault had gone" if open_end else "")
        failures.append(Failure(name, allowed, got, _why_late(found, longest.label), None))
    elif found.down is None:
        got = f"its session is still Established {seconds_text(value.within + MARGIN_SECONDS)} after the fault"
        failures.append(Failure(name, allowed, got, "the router has not noticed: no BFD, and the hold time runs"))
    elif found.down > value.within:
        failures.append(Failure(name, allowed, f"the session went down after {measured(found.down)}"))
    if value.loss is not None and (over := _over(value, found)):
        failures.append(Failure(name, f"{value.loss} lost at most", over))
    if found.restored is None or (value.back is not None and found.restored > value.back):
        limit = value.back or BACK_SECONDS
        got = f"after {measured(found.restored)}" if found.restored is not None else f"not: {found.missing}"
        failures.append(Failure(name, f"all as before within {seconds_text(limit)} of the fault's end", got))
    said = f"back after {measured(outage)} (allowed {seconds_text(value.within)})"
    return Judged(asked, tuple(failures), said)


def _why_late(found: Measured, label: str) -> str:
    if found.down is None:
        return f"{label}: the session did not go down, so nothing moved to the other path"
    return f"{label}: the session went down {measured(found.down)} after the fault"


def _over(value: Failover, found: Measured) -> str:
    """What was lost beyond the budget; empty when it was kept."""
    worst = found.seen.worst
    assert value.loss is not None
    lost = f"{worst} packets ({measured(worst * INTERVAL)}) of one flow"
    if value.loss.packets is not None:
        return lost if worst > value.loss.packets else ""
    return lost if worst * INTERVAL > (value.loss.seconds or 0.0) else ""


def _state(scene: Scene) -> State:
    return {v.session: _essence(v) for v in observe(scene.daemons, scene.sessions)}


def _essence(view: SessionView) -> tuple[str, int, int, str]:
    return view.state, view.from_ce, view.to_ce, view.bfd


def _missing(scene: Scene, before: State) -> str:
    """What is not as before yet, in words; empty when all is."""
    for session, now in _state(scene).items():
        was = before[session]
        if now[0] != was[0] and was[0] == "Established":
            return f"{session.label} is {now[0]}"
        if now[1:3] != was[1:3]:
            return f"{session.label} has {now[1]} prefixes from CE and {now[2]} to CE, before {was[1]} and {was[2]}"
        if was[3] == "up" and now[3] != "up":
            return f"{session.label}: BFD is {now[3]}"
    return ""

"""Waiting until a lab is as its files say: sessions, prefixes, pings, one step each."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

from lab.circuit.models import FAMILIES, Session, Spec
from lab.control import health, surplus
from lab.control.observe import Daemons, SessionView, observe
from lab.control.progress import Progress
from lab.control.record import Record
from lab.control.wait import Outcome, wait
from lab.engine.base import World
from lab.net.ping import INTERVAL, Echo, ping
from lab.role import expect
from lab.role.msee import prefix_limit

SESSION_SECONDS = 10.0
SECONDS_A_SESSION = 0.1
FEW_SESSIONS = 16
DAEMON_SECONDS = 5.0
# A session of a healthy lab is up before; looking for reasons would take the processor from it.
LATE_SECONDS, LATE_SECONDS_A_SESSION = 0.6, 0.05
# A look that has found no lasting reason is not repeated at once: the next comes after so long, then twice as long.
AGAIN_SECONDS = 1.0
# A flood of echoes would take the processor from the gateways' BGP, which the answers wait for.
SECONDS_AN_ECHO = 0.001


Hopeless = Callable[[Record, World, Collection[Session]], bool]
"""Whether no session of those that are late can come by waiting. Takes up to two seconds, called in the world."""


@dataclass(frozen=True)
class Converged:
    """How it ended. `missing` are sentences about what is not as it should be, empty when all is."""

    views: tuple[SessionView, ...]
    missing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.missing


def converge(
    value: Record,
    world: World,
    progress: Progress,
    *,
    settled: Callable[[], None] = lambda: None,
    seconds: float = SESSION_SECONDS,
    circuits: Collection[str] | None = None,
    hopeless: Hopeless | None = None,
) -> Converged:
    """Waits for the sessions of `value`, then their prefixes, then pings; stops at the first step that fails.

    The time for sessions grows with their number: a hundred circuits share one machine. `settled` is called once,
    before the pings, when BGP needs the processor no more (or has used up its time): of few sessions once they are up,
    so that what it starts has begun to answer when the prefixes are there; and before a reason is looked for, as what
    is not started yet would be one. With `circuits`, only those are
    waited for. Where `hopeless` says of the sessions that are late that none can come, the rest of the time is not
    waited for. Must run inside the world.
    """
    spec = value.applied.spec
    wanted = tuple(s for s in value.applied.sessions if s.enabled and (circuits is None or s.circuit in circuits))
    budget = seconds + SECONDS_A_SESSION * len(wanted)
    with Daemons(world.nodes) as daemons:
        settled = _once(settled)
        useless = None
        if hopeless is not None:
            useless = _useless(partial(hopeless, value, world), len(wanted), settled, progress)
        views, missing = _sessions(daemons, wanted, budget, progress, useless)
        if len(wanted) <= FEW_SESSIONS:
            settled()
        if not missing:
            views, missing = _prefixes(daemons, spec, wanted, budget, progress)
    settled()
    if not missing:
        missing = _pings(world, spec, wanted, budget, progress)
    return Converged(views, missing or _daemons(value, world))


def _once(settled: Callable[[], None]) -> Callable[[], None]:
    done = False

    def first() -> None:
        nonlocal done
        if not done:
            done = True
            settled()

    return first


def _useless(
    hopeless: Callable[[Collection[Session]], bool], number: int, settled: Callable[[], None], progress: Progress
) -> Callable[[tuple[SessionView, ...]], bool]:
    """`hopeless`, asked not before sessions are late, and more and more seldom."""
    patience = LATE_SECONDS + LATE_SECONDS_A_SESSION * number
    due, pause = time.monotonic() + patience, AGAIN_SECONDS

    def asked(views: tuple[SessionView, ...]) -> bool:
        nonlocal due, pause
        if time.monotonic() < due:
            return False
        late = [view.session for view in views if not view.established]
        progress.working(f"diagnose  {len(late)} of {len(views)} sessions")
        settled()
        if hopeless(late):
            return True
        due, pause = time.monotonic() + pause, 2 * pause
        return False

    return asked


def _sessions(
    daemons: Daemons, wanted: tuple[Session, ...], seconds: float, progress: Progress,
    useless: Callable[[tuple[SessionView, ...]], bool] | None,
) -> tuple[tuple[SessionView, ...], tuple[str, ...]]:
    def told(views: tuple[SessionView, ...]) -> None:
        late = [v for v in views if not v.established]
        up = len(views) - len(late)
        progress.working(f"sessions  {up} of {len(views)}; waiting for {late[0].session.label} ({late[0].state})")

    outcome = wait(
        lambda: observe(daemons, wanted, details=False),
        deadline=seconds,
        label="sessions",
        every=0.005,
        longest=_pause(wanted),
        until=lambda views: all(v.established for v in views),
        told=told,
        hopeless=useless,
    )
    up = sum(v.established for v in outcome.last)
    keyed = " MD5 on both ends" if wanted and all(s.key for s in wanted) else " MD5 where there is a key"
    md5 = "," + keyed if any(s.key for s in wanted) else ""
    progress.step(
        "sessions",
        f"{up} of {len(wanted)} Established{md5 if outcome.ok else ''}",
        outcome.elapsed,
        plain=f"{up} of {len(wanted)} Established",
        ok=outcome.ok,
    )
    if outcome.ok:
        return outcome.last, ()
    views = observe(daemons, wanted)
    return views, tuple(_late(v) for v in views if not v.established)


def _late(view: SessionView) -> str:
    why = f", {view.last_error}" if view.last_error else ""
    return f"{view.session.circuit} {view.session.label} is {view.state}{why}"


def _pause(wanted: tuple[Session, ...]) -> float:
    """A look costs more with many sessions, and takes the processor from the daemons it waits for."""
    return min(0.5, max(0.02, 0.001 * len(wanted)))


def _prefixes(
    daemons: Daemons, spec: Spec, wanted: tuple[Session, ...], seconds: float, progress: Progress
) -> tuple[tuple[SessionView, ...], tuple[str, ...]]:
    counts = {s: (len(expect.from_ce(spec, s)), len(expect.to_ce(spec, s))) for s in wanted}
    limits = {s: prefix_limit(spec.circuit(s.circuit), s.peering, s.family) for s in wanted}

    def good(view: SessionView) -> bool:
        # Above its limit a session is about to fall, on FRR 8.4 a moment later.
        return (view.from_ce, view.to_ce) == counts[view.session] and view.from_ce <= limits[view.session]

    outcome = wait(
        lambda: observe(daemons, wanted, details=False),
        deadline=seconds,
        label="prefixes",
        every=0.005,
        longest=_pause(wanted),
        until=lambda views: all(map(good, views)),
        told=lambda views: progress.working(f"prefixes  {sum(map(good, views))} of {len(views)} sessions"),
    )
    if outcome.ok:
        outcome = _lasting(daemons, spec, outcome, good)
    number = sum(map(good, outcome.last))
    text, plain = _prefix_text(spec, wanted), f"as expected on {number} of {len(wanted)} sessions"
    progress.step("prefixes", text if outcome.ok and text else plain, outcome.elapsed, plain=plain, ok=outcome.ok)
    missing = tuple(
        f"{v.session.circuit} {v.session.label}: {v.from_ce} from the CE (expected {counts[v.session][0]}), "
        f"{v.to_ce} to it (expected {counts[v.session][1]})"
        for v in outcome.last
        if not good(v)
    )
    return outcome.last, missing


def _lasting(
    daemons: Daemons, spec: Spec, found: Outcome[tuple[SessionView, ...]], good: Callable[[SessionView], bool]
) -> Outcome[tuple[SessionView, ...]]:
    """`found`, or what has come of it meanwhile where a prefix too many may still be on its way."""
    doubtful = surplus.unproven(daemons, spec, found.last)
    young = [view.session for view in found.last if view.session in doubtful and not surplus.old_enough(view)]
    if not young:
        return found
    wanted = tuple(view.session for view in found.last)
    later = wait(
        lambda: observe(daemons, wanted, details=False),
        deadline=surplus.ANNOUNCED_SECONDS,
        label="prefixes too many",
        every=0.02,
        longest=_pause(wanted),
        until=lambda views: not all(map(good, views)) or all(
            surplus.old_enough(view) for view in views if view.session in doubtful
        ),
    )
    return replace(later, elapsed=found.elapsed + later.elapsed, ok=all(map(good, later.last)))


def _prefix_text(spec: Spec, wanted: tuple[Session, ...]) -> str:
    """The prefixes themselves, where all sessions of a family carry the same few."""
    parts = []
    for way, of in (("from CE", expect.from_ce), ("to CE", expect.to_ce)):
        sets = {f: {of(spec, s) for s in wanted if s.family == f} for f in FAMILIES}
        if any(len(found) > 1 for found in sets.values()):
            return ""
        listed = [str(p) for f in FAMILIES for found in sets[f] for p in found]
        parts.append(f"{way} {' '.join(listed) or 'none'}")
    text = ", ".join(parts)
    return text if len(text) <= 76 else ""


def _pings(
    world: World, spec: Spec, wanted: tuple[Session, ...], seconds: float, progress: Progress
) -> tuple[str, ...]:
    legs = expect.legs(spec, wanted)
    if not legs:
        return ()
    begun = time.monotonic()
    echoes = [
        Echo(pid=world.nodes[leg.ce].pid, source=leg.source, target=leg.target, via_address=leg.ce_address)
        for leg in legs
    ]
    interval = max(INTERVAL, SECONDS_AN_ECHO * len(echoes))
    answers = ping(echoes, deadline=seconds, interval=interval)
    silent = [leg for leg, answer in zip(legs, answers, strict=True) if not answer.answered]
    text, plain = _ping_text(spec, legs)
    shown = f"{len(legs) - len(silent)} of {len(legs)} answered"
    progress.step(
        "ping",
        shown if silent else text,
        time.monotonic() - begun,
        plain=shown if silent else plain,
        ok=not silent,
    )
    return tuple(f"{leg.ce} does not reach {leg.target} ({leg.place}) over {leg.path}" for leg in silent)


def _daemons(value: Record, world: World) -> tuple[str, ...]:
    """Who does not answer, after everything else was seen to work: bfdd and the watcher were started last."""
    outcome = wait(
        lambda: health.look(world, value.daemons), deadline=DAEMON_SECONDS, label="daemons", every=0.002, longest=0.02,
        until=lambda sick: not sick,
    )
    return tuple(sick.sentence for sick in outcome.last)


def _ping_text(spec: Spec, legs: tuple[expect.Leg, ...]) -> tuple[str, str]:
    ces = sorted({leg.ce for leg in legs})
    targets = list(dict.fromkeys((leg.place, leg.beyond, leg.family, leg.target) for leg in legs))
    both = len({leg.path for leg in legs}) == 2
    over = "each over both paths" if both else f"over {legs[0].path}"
    named = ", ".join(f"{beyond} {family}" for _, beyond, family, _ in targets)
    plain = f"{named if len(named) < 60 else f'{len(targets)} targets'}, {over}"
    if len({place for place, *_ in targets}) == 1 and len(ces) == 1:
        addresses = ", ".join(address for *_, address in targets)
        return f"{ces[0]} → {targets[0][0]} {addresses}, {over}", plain
    return plain, plain


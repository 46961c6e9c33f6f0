"""Waiting until a lab is as its files say: sessions, prefixes, pings, one step each."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bgp.frr import show
from lab.circuit.models import FAMILIES, Session, Spec
from lab.control import at_gateways, health, surplus, ways
from lab.control.hurry import announce
from lab.control.observe import Daemons, SessionView, observe
from lab.control.progress import Progress
from lab.control.record import Record
from lab.control.wait import Outcome, wait
from lab.engine.base import World
from lab.net.ping import INTERVAL, ping
from lab.role import expect
from lab.role.gateways import Behind, behind
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
# FRR's own `coalesce-time`, which its owner may have made longer.
COALESCE_SECONDS = 1.0


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
        ends = {s: behind(spec, value.applied.topology, value.applied.slots, s) for s in wanted}
        settled = _once(settled)
        useless = None
        if hopeless is not None:
            useless = _useless(partial(hopeless, value, world), len(wanted), settled, progress)
        views, missing = _sessions(daemons, wanted, budget, progress, useless)
        if len(wanted) <= FEW_SESSIONS:
            settled()
        if not missing:
            announce(world, _waiting(spec, views))
            views, missing = _prefixes(daemons, spec, ends, budget, progress)
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


def _waiting(spec: Spec, views: Collection[SessionView]) -> list[Session]:
    """The new sessions whose CE runs its owner's file: it waits `coalesce-time` with what it announces first."""
    owned = {edge.name for edge in spec.customer_edges if edge.config}
    return [
        view.session for view in views
        if view.session.ce in owned and (view.uptime_seconds or 0) < COALESCE_SECONDS
    ]


def _late(view: SessionView) -> str:
    why = f", {view.last_error}" if view.last_error else ""
    return f"{view.session.circuit} {view.session.label} is {view.state}{why}"


def _pause(wanted: tuple[Session, ...]) -> float:
    """A look costs more with many sessions, and takes the processor from the daemons it waits for."""
    return min(0.5, max(0.02, 0.001 * len(wanted)))


def _prefixes(
    daemons: Daemons, spec: Spec, ends: Mapping[Session, tuple[Behind, ...]], seconds: float, progress: Progress
) -> tuple[tuple[SessionView, ...], tuple[str, ...]]:
    wanted = tuple(ends)
    counts = {s: (len(expect.from_ce(spec, s)), len(expect.to_ce(spec, s))) for s in wanted}
    said = {s for s in wanted if expect.says_from_ce(spec, s)}
    limits = {s: prefix_limit(spec.circuit(s.circuit), s.peering, s.family) for s in wanted}

    def good(view: SessionView) -> bool:
        # Above its limit a session is about to fall, on FRR 8.4 a moment later.
        from_ce, to_ce = counts[view.session]
        as_said = view.from_ce == from_ce or view.session not in said
        return as_said and view.to_ce == to_ce and view.from_ce <= limits[view.session]

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
    lost: Mapping[Session, str] = {}
    if outcome.ok:
        arrived = _at_gateways(daemons, ends, outcome.last, seconds)
        lost = arrived.last
        outcome = replace(outcome, elapsed=outcome.elapsed + arrived.elapsed, ok=not lost)
    number = sum(good(view) and view.session not in lost for view in outcome.last)
    text, plain = _prefix_text(spec, wanted), f"as expected on {number} of {len(wanted)} sessions"
    progress.step("prefixes", text if outcome.ok and text else plain, outcome.elapsed, plain=plain, ok=outcome.ok)
    missing = tuple(
        f"{v.session.circuit} {v.session.label}: {v.from_ce} from the CE (expected {counts[v.session][0]}), "
        f"{v.to_ce} to it (expected {counts[v.session][1]})"
        for v in outcome.last
        if not good(v)
    )
    return outcome.last, (*missing, *lost.values())


def _at_gateways(
    daemons: Daemons, ends: Mapping[Session, tuple[Behind, ...]], views: tuple[SessionView, ...], seconds: float
) -> Outcome[dict[Session, str]]:
    """Waits until the gateways have what the MSEEs took, or refuse it; by session a sentence on what one lacks."""
    refused = False
    # An MSEE or a gateway whose daemon is gone is for `lab.control.health` to say.
    ends = {s: tuple(end for end in mine if daemons.runs(end.node)) for s, mine in ends.items()}

    def look() -> dict[Session, str]:
        nonlocal refused
        nodes = dict.fromkeys(end.node for mine in ends.values() for end in mine)
        known = {node: at_gateways.counts(show.summaries(daemons.vty(node))) for node in nodes}
        short = [
            (view, end) for view in views for end in ends[view.session]
            if not at_gateways.complete(known[end.node], end, view.session.family, view.from_ce)
        ]
        lacking = {v.session: found for v, end in short if (found := _not_there(daemons, v.session, end))}
        refused = bool(lacking) and all(one.refused for found in lacking.values() for one in found)
        return {session: f"{session.circuit} {session.label}: {found[0].why}" for session, found in lacking.items()}

    return wait(
        look, deadline=seconds, label="prefixes at the gateways", every=0.005, longest=0.1,
        until=lambda missing: not missing or refused,
    )


def _not_there(daemons: Daemons, session: Session, end: Behind) -> tuple[at_gateways.Lacking, ...]:
    routes = show.accepted_routes(daemons.vty(session.msee), session.vrf, session.family, session.ce_address)
    return at_gateways.lacking(daemons, end, session.family, [route.prefix for route in routes])


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
        if way == "from CE" and not any(expect.says_from_ce(spec, s) for s in wanted):
            continue
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
    flows = ways.flows(legs)
    echoes = [ways.over_path(world.nodes, leg) for leg in legs]
    echoes += [ways.as_routed(world.nodes, flow) for flow in flows]
    interval = max(INTERVAL, SECONDS_AN_ECHO * len(echoes))
    answers = ping(echoes, deadline=seconds, interval=interval)
    silent = [leg for leg, answer in zip(legs, answers, strict=False) if not answer.answered]
    unrouted = [flow for flow, answer in zip(flows, answers[len(legs) :], strict=True) if not answer.answered]
    text, plain = _ping_text(spec, legs)
    shown = f"{len(legs) - len(silent)} of {len(legs)} answered"
    progress.step(
        "ping",
        shown if silent or unrouted else text,
        time.monotonic() - begun,
        plain=shown if silent or unrouted else plain,
        ok=not silent and not unrouted,
    )
    missing = [f"{leg.ce} does not reach {leg.target} ({leg.place}) over {leg.path}" for leg in silent]
    lost = {leg.flow for leg in silent}
    missing += [f"{ce} does not reach {target} by its own routes" for ce, source, target in unrouted
                if (ce, source, target) not in lost]
    return tuple(missing)


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


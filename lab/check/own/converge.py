"""`converge`: something happens on purpose, and how long until both MSEEs and the gateways know. Undone afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr import show
from bgp.frr.clear import clear
from lab.asked.amounts import measured, seconds_text
from lab.asked.converge import KIND, Converge
from lab.check.own.base import Failure, Judged, Scene, nothing_fits
from lab.circuit.models import PRIVATE, CustomerEdge, Session
from lab.control import routers
from lab.control.observe import observe
from lab.control.wait import Outcome, wait
from lab.role import expect
from lab.role.gateways import gateways

BACK_SECONDS = 30.0


@dataclass(frozen=True)
class Measured:
    """`seconds` until everybody knew, None when somebody does not; `late` who, in words. `undone`: back as before."""

    seconds: float | None
    late: str = ""
    undone: str = ""


def look(value: Converge, scene: Scene) -> Judged:
    mine = scene.chosen(value, enabled=True)
    if not mine:
        return Judged("", (nothing_fits(value, "session that is wanted up"),))
    down = [v for v in observe(scene.daemons, mine, details=False) if not v.established]
    if down:
        failure = Failure(down[0].session.label, "Established before it", down[0].state, None, follows=True)
        return Judged(KIND.asks(value), (failure,))
    scene.progress.working(f"own  {value.event}: until everybody knows")
    if value.event == "clear":
        return judge(value, _cleared(value, scene, mine))
    return _of_prefix(value, scene, mine)


def judge(value: Converge, found: Measured) -> Judged:
    """Pure."""
    asked = KIND.asks(value)
    failures = []
    allowed = f"everybody knows within {seconds_text(value.within)}"
    if found.seconds is None:
        failures.append(Failure(value.event, allowed, f"not: {found.late}"))
    elif found.seconds > value.within:
        failures.append(Failure(value.event, allowed, f"after {measured(found.seconds)}", found.late or None))
    if found.undone:
        failures.append(Failure(value.event, "all as before afterwards", found.undone))
    said = f"known after {measured(found.seconds or 0.0)} (allowed {seconds_text(value.within)})"
    return Judged(asked, tuple(failures), said)


def _cleared(value: Converge, scene: Scene, mine: Sequence[Session]) -> Measured:
    before = {v.session: v for v in observe(scene.daemons, mine, details=False)}

    def missing() -> str:
        for view in observe(scene.daemons, mine, details=False):
            was = before[view.session]
            if view.dropped == was.dropped or not view.established:
                return f"{view.session.label} is {view.state}"
            if (view.from_ce, view.to_ce) != (was.from_ce, was.to_ce):
                return f"{view.session.label} has not its prefixes yet"
        return ""

    for session in mine:
        scene.daemons.vty(session.msee).command(clear(session.vrf, session.ce_address))
    return _timed(value, missing)


def _timed(value: Converge, missing: Callable[[], str]) -> Measured:
    """Waits for it beyond what is allowed, so that the lab is in order afterwards and the figure is known."""
    outcome: Outcome[str] = wait(
        missing, deadline=max(value.within, BACK_SECONDS), label=value.event, until=lambda text: not text
    )
    return Measured(outcome.elapsed if outcome.ok else None, outcome.last)


def _of_prefix(value: Converge, scene: Scene, mine: Sequence[Session]) -> Judged:
    family = "ipv6" if value.prefix is not None and value.prefix.version == 6 else mine[0].family
    alike = [s for s in mine if (s.family, s.peering, s.circuit) == (family, mine[0].peering, mine[0].circuit)]
    prefix = _prefix(value, scene, [s for s in alike if s.ce == mine[0].ce])
    if prefix is None:
        why = f"{mine[0].ce} announces {'no such' if value.prefix else 'no'} prefix"
        return Judged("", (nothing_fits(value, "prefix that a CE announces", why=why),))
    # CEs that are linked tell each other: as long as one announces it, the MSEE of the other has it, too.
    told = [s for s in alike if prefix in map(str, expect.from_ce(scene.applied.spec, s))]
    edges = [ce for ce in scene.applied.spec.customer_edges if any(s.ce == ce.name for s in told)]
    changes = []
    for edge in edges:
        change = _changer(scene, edge, next(s for s in told if s.ce == edge.name), prefix)
        if change is None:
            why = f"{edge.name} is {edge.kind or 'a router with a configuration of its own'}"
            return Judged("", (nothing_fits(value, "prefix that can be withdrawn for a while", why=why),))
        changes.append(change)
    here = _listeners(scene, told, prefix)
    with ExitStack() as withdrawn:
        for change in changes:
            withdrawn.enter_context(_withdrawn(change))
        begun = time.monotonic()
        gone = _timed(value, lambda: _first(here, present=True))
        gone = replace(gone, seconds=gone.seconds and time.monotonic() - begun)
    back = _timed(value, lambda: _first(here, present=False))
    measured = gone if value.event == "withdraw" else back
    if value.event == "withdraw" and back.seconds is None:
        measured = replace(measured, undone=back.late)
    return judge(value, measured)


def _prefix(value: Converge, scene: Scene, told: Sequence[Session]) -> str | None:
    known = expect.from_ce(scene.applied.spec, told[0]) if told else ()
    if value.prefix is not None:
        return str(value.prefix) if value.prefix in known else None
    return str(known[0]) if known else None


@contextmanager
def _withdrawn(change: Callable[[bool], None]) -> Iterator[None]:
    """Inside, the prefix is not announced."""
    try:
        change(False)
        yield
    finally:
        change(True)


def _changer(scene: Scene, edge: CustomerEdge, session: Session, prefix: str) -> Callable[[bool], None] | None:
    """Announces the prefix, or no longer; None where this CE cannot be told."""
    node = scene.daemons.nodes[edge.name]
    router = scene.applied.desired().nodes[edge.name].router
    if isinstance(router, ExaBgpConfig):
        announcements = tuple(
            replace(item, prefixes=tuple(p for p in item.prefixes if p != prefix)) for item in router.announcements
        )
        without = replace(router, announcements=announcements)

        def announce(here: bool) -> None:
            routers.announce(node, *((without, router) if here else (router, without)))

        return announce
    if not scene.daemons.runs(edge.name):
        return None
    bgpd = scene.daemons.vty(edge.name)
    own = show.neighbor(bgpd, "", session.msee_address)
    line = f"network {prefix}"
    running = {text.strip() for text in bgpd.command("show running-config").splitlines()}
    if own is None or line not in running:
        return None
    head = (f"router bgp {own.local_as}", f"address-family {session.family} unicast")

    def type_it(here: bool) -> None:
        bgpd.configure((*head, line if here else f"no {line}"))

    return type_it


def _listeners(scene: Scene, told: Sequence[Session], prefix: str) -> Mapping[str, Callable[[], bool]]:
    """Who has to know, and whether each has the prefix from this CE."""
    found: dict[str, Callable[[], bool]] = {}
    spec = scene.applied.spec
    for session in told:
        found[session.msee] = _has(scene, session.msee, session.vrf, session, prefix, session.ce_address)
        for name in spec.circuit(session.circuit).vnets if session.peering == PRIVATE else ():
            for gateway in gateways(spec, scene.applied.topology, scene.applied.slots, spec.vnet(name)):
                msee = gateway.msee_of(session.circuit, session.path)
                if msee is not None and session.family in msee.addresses:
                    label = f"gateway {gateway.instance} of {name} from {session.msee}"
                    address = msee.addresses[session.family]
                    found[label] = _has(scene, gateway.node, gateway.vrf, session, prefix, address)
    return found


def _has(scene: Scene, node: str, vrf: str, session: Session, prefix: str, peer: str) -> Callable[[], bool]:
    return lambda: any(
        route.peer == peer for route in show.routes_to(scene.daemons.vty(node), vrf, session.family, prefix)
    )


def _first(listeners: Mapping[str, Callable[[], bool]], *, present: bool) -> str:
    """Somebody who still has it (`present`) or still lacks it, in words; empty when nobody does."""
    for name, has in listeners.items():
        if has() == present:
            return f"{name} {'still has' if present else 'has not'} it"
    return ""

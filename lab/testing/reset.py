"""A lab between two tests: as its files say again, as fast as its daemons allow."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import partial

from lab.circuit.models import Session
from lab.control.apply import reconcile
from lab.control.converge import converge
from lab.control.hurry import announce, hurry
from lab.control.observe import SessionView
from lab.control.progress import Quiet
from lab.control.wait import wait
from lab.errors import NotAsItShould
from lab.testing import breaking, restore
from lab.testing.disturbed import close, disturbed
from lab.testing.held import Held
from lab.testing.shape import Shape, shapes
from lab.testing.values import Reset

SECONDS = 10.0
PATIENCE, LONGEST_PATIENCE = 0.25, 2.0
"""Until sessions that were hurried, and are not there, are hurried again: that a link is up is told late at times."""
COMING = ("OpenSent", "OpenConfirm")


def remember(held: Held) -> None:
    """Notes how the lab is, as what a reset goes back to. bfdd, which starts last, is waited for."""
    held.shapes = wait(
        lambda: shapes(held.world, held.record), deadline=SECONDS, label="bfdd",
        until=lambda seen: all("bfdd" in one.daemons or "zebra" not in one.daemons for one in seen.values()),
    ).last
    held.views = held.observe(held.sessions, details=False)
    held.touched = False
    held.lifted.clear()


def reset(held: Held, seconds: float = SECONDS) -> Reset:
    """Makes the lab what it was when it was right. `seconds` is how long sessions may take to come back.

    Raises NotAsItShould where that does not succeed: then it has to be built anew.
    """
    begun = time.monotonic()
    if not held.touched and as_before(held):
        return Reset((), time.monotonic() - begun)
    lifted = breaking.lift_all(held)
    done = [f"{fault.label} lifted" for fault in lifted]
    now = shapes(held.world, held.record)
    if _needs_healing(held, now):
        done += _heal(held)
        now = shapes(held.world, held.record)
    anew = disturbed(held, now)
    done += restore.restore(held, now)
    if done:
        now = shapes(held.world, held.record)
    for name, was in held.shapes.items():
        left = restore.differences(now.get(name), was)
        if left:
            raise NotAsItShould(f"{name}: {', '.join(left[:3])}")
    with restore.bfd_anew(held, anew) as told:
        done += told
        close(held, anew)
        if anew or not as_before(held):
            done.append(_back(held, seconds, anew))
    held.touched = False
    held.lifted.clear()
    return Reset(tuple(done), time.monotonic() - begun)


def as_before(held: Held) -> bool:
    """Whether every session is up or down, and carries as many prefixes, as when the lab was right."""
    if held.record.applied.sessions != tuple(view.session for view in held.views):
        return False
    return all(map(_alike, held.observe(held.sessions, details=False), held.views))


def _alike(view: SessionView, was: SessionView) -> bool:
    carries = (view.from_ce, view.to_ce) == (was.from_ce, was.to_ce)
    return view.established == was.established and (carries or not was.established)


def _needs_healing(held: Held, now: Mapping[str, Shape]) -> bool:
    """Whether the lab has other files than then, a node was lost, or a daemon."""
    return (
        held.record.applied != held.right
        or bool(held.world.lost)
        or any(name not in now or was.daemons.keys() - now[name].daemons.keys() for name, was in held.shapes.items())
    )


def _heal(held: Held) -> list[str]:
    """The files of then applied again; what is missing is started anew. Sessions are not waited for."""
    with held.store.locked():
        applying = reconcile(held.refresh(), held.loaded, held.store, held.wirer, progress=Quiet(), circuits=())
    held.record, held.world = applying.record, applying.world
    changed = [str(change.difference.target) for change in applying.plan.changes]
    return [*dict.fromkeys(changed)] or ["what had ended: started anew"]


def _back(held: Held, seconds: float, closed: Collection[Session]) -> str:
    """Waits for sessions and what they carry. Those that are down, or are just closed, are hurried, again if that has
    not helped."""
    begun = time.monotonic()
    missing: list[str] = []
    patience = PATIENCE
    while closed or not as_before(held):
        late, thin = _late(held, closed), _thin(held)
        closed = ()
        missing += [view.session.label for view in late if view.session.label not in missing]
        announce(held.world, [view.session for view in thin])
        if late:
            hurry(held.record, held.world, held.wirer, [v.session for v in late if v.state not in COMING])
        left = seconds - (time.monotonic() - begun)
        outcome = wait(
            partial(_moved, held, bool(late)),
            deadline=max(0.0, min(patience, left)), label="sessions", every=0.005, longest=0.02,
        )
        if not outcome.ok and left <= 0:
            raise NotAsItShould("; ".join(_wrong(held)[:3]))
        patience = min(2 * patience, LONGEST_PATIENCE)
    if held.healthy:
        wrong = converge(held.record, held.world, Quiet(), seconds=seconds).missing
        if wrong:
            raise NotAsItShould("; ".join(wrong[:3]))
    return f"sessions back: {', '.join(missing)}" if missing else "prefixes back"


def _moved(held: Held, were_late: bool) -> bool:
    return as_before(held) or (were_late and not _late(held))


def _late(held: Held, closed: Collection[Session] = ()) -> list[SessionView]:
    """Sessions that were up, and are not, or will not be in a moment."""
    pairs = zip(_now(held), held.views, strict=True)
    return [v for v, was in pairs if was.established and (not v.established or v.session in closed)]


def _thin(held: Held) -> list[SessionView]:
    """Sessions that are up, and the CE does not announce as much as it did."""
    return [
        v for v, was in zip(_now(held), held.views, strict=True)
        if was.established and v.established and v.from_ce != was.from_ce
    ]


def _now(held: Held) -> tuple[SessionView, ...]:
    return held.observe(held.sessions, details=False)


def _wrong(held: Held) -> list[str]:
    return [
        f"{view.session.label} is {view.state}, {view.from_ce} from the CE, {view.to_ce} to it"
        for view, was in zip(held.observe(held.sessions), held.views, strict=True)
        if not _alike(view, was)
    ]

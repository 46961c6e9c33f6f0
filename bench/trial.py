"""One draw of the benchmark of verdicts: the fault made, seen, diagnosed and lifted, and the lab green again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bench.draws import Case
from bench.plants import Plants
from bgp.frr import show
from bgp.session import ESTABLISHED
from lab.circuit.models import Session
from lab.control.observe import SessionView, observe
from lab.control.running import find, in_child
from lab.control.wait import wait
from lab.fault.base import Fault
from lab.fault.inject import inject, lift, named
from lab.fault.kinds.next_hop_unreachable import NOWHERE
from lab.fault.scene import Scene

EFFECT_SECONDS, BACK_SECONDS = 30.0, 60.0
WHOLE_INSTANCE = {"hold-time"}
Outcome = Literal["right", "wrong", "ambiguous", "nothing", "no effect", "not back"]


@dataclass(frozen=True)
class Trial:
    """What became of a case. `seconds` are those that `diagnose` says it took, `waited` those of the command line,
    `checked` those of a `check` on the same fault, 0 where none was typed; `said` is the whole answer where it is not
    right."""

    case: Case
    outcome: Outcome
    seconds: float = 0.0
    waited: float = 0.0
    said: str = ""
    checked: float = 0.0


def run(case: Case, plants: Plants, *, check: bool = False) -> Trial:
    """With `check` that verb is typed, too. Raises RuntimeError when a lab does not come up."""
    lab = plants.lab(case.engine, case.plant)
    ill = in_child(lambda: _made(lab, case))
    if ill:
        trial = Trial(case, "no effect", said=ill)
    else:
        ran = plants.type("diagnose", "--lab", lab)
        outcome, said = judged(case, ran.json)
        checked = plants.type("check", "--lab", lab).seconds if check else 0.0
        trial = Trial(case, outcome, ran.json["seconds"], ran.seconds, said, checked)
    left = in_child(lambda: _lifted(lab, case))
    if left:
        plants.forget(case.engine, case.plant)
        return Trial(case, "not back", trial.seconds, trial.waited, f"{left}\n{trial.said}")
    return trial


def judged(case: Case, answer: dict[str, Any]) -> tuple[Outcome, str]:
    """The worst of its sessions: a verdict on one that is well, or another than the right one alone, is wrong.

    What is set for a whole BGP instance concerns whatever session of it happens to begin anew.
    """
    found: list[tuple[Outcome, str]] = []
    whole = case.kind == "not-provisioned"
    for session in answer["sessions"]:
        codes = [verdict["code"] for verdict in session["verdicts"]]
        anew = case.kind in WHOLE_INSTANCE and session["state"] != ESTABLISHED
        concerned = whole or anew or (
            session["peering"] == case.peering and case.path in (None, session["path"])
            and case.family in (None, session["family"])
        )
        right = case.right(session["family"]) if concerned else ()
        found.append((_outcome(codes, right), _said(session)))
    order: list[Outcome] = ["wrong", "nothing", "ambiguous", "right"]
    worst: Outcome = "nothing" if not found else order[min(order.index(outcome) for outcome, _ in found)]
    return worst, "\n".join(said for outcome, said in found if outcome != "right")


def _outcome(codes: list[str], right: tuple[str, ...]) -> Outcome:
    if not right:
        return "right" if not codes else "wrong"
    if not codes or codes == ["UNKNOWN"]:
        return "nothing"
    if set(codes) <= set(right):
        return "right"
    return "ambiguous" if set(codes) & set(right) else "wrong"


def _said(session: dict[str, Any]) -> str:
    verdicts = "; or ".join(f"{v['code']}: {v['sentence']}" for v in session["verdicts"]) or "healthy"
    layers = " ".join(f"{layer['name']} {layer['state']}" for layer in session["layers"])
    name = f"{session['peering']} {session['path']} {session['family']} {session['state']}"
    return f"{name}\n  {layers}\n  {verdicts}\n  {json.dumps(session['raw'])}"


def _fault(scene: Scene, case: Case) -> Fault:
    circuit = scene.record.applied.spec.circuits[0].name
    options = dict(case.options)
    if not scene.all_sessions:
        return Fault(case.kind, circuit, case.peering, case.path, case.family, case.side, case.options)
    return named(
        scene.all_sessions, case.kind, circuit=circuit, peering=case.peering, path=case.path, family=case.family,
        side=case.side, options=options,
    )


def _made(lab: str, case: Case) -> str:
    """Makes the fault and returns when it shows; what was seen instead where it does not."""
    with Scene.of(find(lab)) as scene:
        fault = _fault(scene, case)
        concerned = [s for s in scene.all_sessions if fault.concerns(s) or case.kind == "not-provisioned"]
        inject(scene, fault)
        shows = _effect(scene, case, concerned)
        outcome = wait(shows, deadline=EFFECT_SECONDS, label=case.kind, every=0.05, longest=0.2)
        return "" if outcome.ok else _words(scene)


def _lifted(lab: str, case: Case) -> str:
    """Lifts the fault and returns when all is as it was, BFD included; what is not where it does not."""
    with Scene.of(find(lab)) as scene:
        lift(scene, _fault(scene, case))
    with Scene.of(find(lab)) as scene:
        sessions = scene.all_sessions
        wanted = {s: s.enabled for s in sessions}

        def green() -> bool:
            return all(_well(view) for view in observe(scene.daemons, sessions) if wanted[view.session])

        outcome = wait(green, deadline=BACK_SECONDS, label="green", every=0.05, longest=0.3)
        return "" if outcome.ok else _words(scene)


def _well(view: SessionView) -> bool:
    return view.established and view.from_ce > 0 and view.to_ce > 0 and view.bfd == "up"


def _effect(scene: Scene, case: Case, sessions: list[Session]) -> Callable[[], bool]:
    """Whether the fault shows on every session that it concerns."""

    def views() -> list[SessionView]:
        return list(observe(scene.daemons, sessions))

    if case.kind == "next-hop-unreachable":
        return lambda: all(_nowhere(scene, session) for session in sessions)
    if case.kind == "bfd-down":
        return lambda: all(view.bfd != "up" for view in views())
    if case.kind in ("deny-all", "one-path", "no-connection", "no-route-filter", "mtu", "ttl"):
        return lambda: all(not v.established or 0 in (v.from_ce, v.to_ce) or _denied_inside(scene, case, v.session)
                           for v in views())
    return lambda: all(not view.established for view in views())


def _nowhere(scene: Scene, session: Session) -> bool:
    bgpd = scene.daemons.vty(session.msee)
    routes = show.accepted_routes(bgpd, session.vrf, session.family, session.ce_address)
    return any(route.next_hop in NOWHERE[session.family] for route in routes)


def _denied_inside(scene: Scene, case: Case, session: Session) -> bool:
    """What an inbound policy lets through is not told by the other end's counts."""
    if dict(case.options).get("direction") != "in":
        return False
    side = case.side
    bgpd = scene.daemons.vty(scene.node(session, side).name)
    found = show.neighbor(bgpd, scene.vrf(session, side), scene.peer(session, side))
    mine = [detail.accepted for family, detail in found.families if family == session.family] if found else [1]
    return not any(mine)


def _words(scene: Scene) -> str:
    views = observe(scene.daemons, scene.all_sessions)
    return "; ".join(f"{v.session.label} {v.state} {v.from_ce}/{v.to_ce} bfd {v.bfd} {v.last_error}" for v in views)



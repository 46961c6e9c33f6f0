"""Explains the sessions of a running lab. Must run inside the lab's world; changes nothing and resets nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from lab.circuit.models import Session
from lab.control.health import Sick, silent
from lab.control.observe import Daemons
from lab.control.record import Record
from lab.control.sources import sources
from lab.diagnose.blame import blamed
from lab.diagnose.evidence import Echoes, Evidence, Subject
from lab.diagnose.observer import Observer
from lab.diagnose.probes.echoes import Wanted, first_echoes
from lab.diagnose.raw import raw
from lab.diagnose.rules.policy import too_young
from lab.diagnose.subjects import subjects
from lab.diagnose.verdict import Diagnosis, judge
from lab.diagnose.window import Window
from lab.engine.base import Node

WINDOW_SECONDS = 2.0
FIRST_LOOK_SECONDS = 0.15


def diagnose(
    record: Record, nodes: Mapping[str, Node], sessions: Iterable[Session] | None = None, *,
    sick: Sequence[Sick] = (), seconds: float = WINDOW_SECONDS, steady: float = 0.0,
) -> tuple[Diagnosis, ...]:
    """One diagnosis a session, in the order of the files; without `sessions`, of every session that they ask for.

    `sick` is what `lab.control.health` has seen of the lab: those daemons are not asked.

    Takes a moment where all is well; else everything that is not is watched at once, `seconds` at most, and with
    `steady` until the verdicts have stayed the same for so long.
    """
    begun = time.monotonic()
    every = subjects(record.applied, record.attacher)
    wanted = None if sessions is None else {_name(session) for session in sessions}
    chosen = [subject for subject in every if wanted is None or _name(subject.session) in wanted]
    with Daemons(nodes, silent(sick)) as daemons:
        found = _explained(Observer(nodes, daemons, every, sick), nodes, chosen, seconds, steady)
    own = sources(record.applied)
    return tuple(blamed(_diagnosis(each, time.monotonic() - begun), own) for each in found)


def _explained(
    observer: Observer, nodes: Mapping[str, Node], chosen: Sequence[Subject], seconds: float,
    steady: float,
) -> tuple[Evidence, ...]:
    observer.refresh()
    answers = first_echoes(nodes, [Wanted(s, observer.faces(s)) for s in chosen], FIRST_LOOK_SECONDS)
    found = [observer.evidence(subject, answers.get(number, Echoes())) for number, subject in enumerate(chosen)]
    ill = [number for number, evidence in enumerate(found) if not _well(evidence)]
    if ill:
        watched = Window(nodes, observer, [chosen[number] for number in ill], seconds, steady).watch()
        for number, evidence in zip(ill, watched, strict=True):
            found[number] = evidence
    return tuple(found)


def _well(evidence: Evidence) -> bool:
    return not judge(evidence)[1] and bool(evidence.echoes.msee_full) and not too_young(evidence)


def _diagnosis(evidence: Evidence, seconds: float) -> Diagnosis:
    layers, verdicts = judge(evidence)
    told = raw(evidence) if verdicts else {}
    return Diagnosis(evidence.session, evidence.state, layers, verdicts, told, seconds)


def _name(session: Session) -> tuple[str, str, str, str]:
    return session.circuit, session.peering, session.path, session.family

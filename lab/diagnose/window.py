"""The window in which the sessions that are not well are watched, all at once, for as long as one needs it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.diagnose.evidence import SIDES, Echoes, Evidence, Refused, Side, Subject
from lab.diagnose.observer import Observer
from lab.diagnose.probes.echoes import Wanted, echoes
from lab.diagnose.probes.sockets import Place, refused, since
from lab.diagnose.probes.syn import call
from lab.diagnose.probes.wire import WireProbe
from lab.diagnose.settled import settled
from lab.diagnose.verdict import judge
from lab.engine.base import Node

ROUND, PAUSE = 0.12, 0.08


class Window:
    """Watches `subjects`; what their ends send and refuse is counted from its beginning.

    With `steady` the verdicts have to stay the same for so many seconds, and a session that comes up ends it at once.
    """

    def __init__(
        self, nodes: Mapping[str, Node], observer: Observer, subjects: Sequence[Subject], seconds: float,
        steady: float = 0.0,
    ) -> None:
        self._nodes = nodes
        self._observer = observer
        self._subjects = subjects
        self._seconds, self._steady = seconds, steady
        self._echoes = dict.fromkeys(range(len(subjects)), Echoes())
        self._begun = time.monotonic()

    def watch(self) -> tuple[Evidence, ...]:
        """The evidence, in the order of the subjects, once it says enough about each or time is up."""
        before = self._counters()
        with WireProbe(self._nodes, self._subjects) as wire:
            self._begun = since = time.monotonic()
            said: tuple[object, ...] = ()
            while True:
                self._ping()
                self._call()
                wire.look(PAUSE)
                late = time.monotonic() - self._begun >= self._seconds
                found = self._evidence(wire, before)
                if late or (self._steady and any(each.established for each in found)):
                    return found
                if not all(settled(each) for each in found):
                    said = ()
                    continue
                again = tuple(_said(each) for each in found)
                if again != said:
                    said, since = again, time.monotonic()
                if time.monotonic() - since >= self._steady:
                    return found

    def _evidence(self, wire: WireProbe, before: Mapping[Place, Refused]) -> tuple[Evidence, ...]:
        self._observer.refresh()
        now = self._counters()
        found = [
            self._observer.evidence(
                subject, self._echoes[number],
                {side: since(before[at], now[at]) for side, at in _places(subject).items() if at in now},
            )
            for number, subject in enumerate(self._subjects)
        ]
        # The wire comes last: what a socket or a daemon says it has sent must be seen there, or be lost.
        wire.look()
        passed = time.monotonic() - self._begun
        return tuple(replace(each, wire=wire.wire(each.subject), seconds=passed) for each in found)

    def _counters(self) -> dict[Place, Refused]:
        return refused(self._nodes, {place for subject in self._subjects for place in _places(subject).values()})

    def _ping(self) -> None:
        """Whoever was not answered yet is tried again."""
        open_ = [number for number in self._echoes if not _complete(self._echoes[number])]
        wanted = [Wanted(self._subjects[n], self._observer.faces(self._subjects[n])) for n in open_]
        for place, answer in echoes(self._nodes, wanted, ROUND).items():
            self._echoes[open_[place]] = _joined(self._echoes[open_[place]], answer)

    def _call(self) -> None:
        """CEs that are not ours, once a round, where the path is good: what their kernels say to an unsigned SYN."""
        numbers = [n for n, subject in enumerate(self._subjects) if not subject.inspected and self._echoes[n].msee]
        call(self._nodes, [self._subjects[n] for n in numbers if not self._observer.established(self._subjects[n])])


def _said(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    return tuple((verdict.code, verdict.sentence) for verdict in judge(evidence)[1])


def _places(subject: Subject) -> dict[Side, Place]:
    sides: list[Side] = [side for side in SIDES if side == "msee" or subject.inspected]
    return {side: (subject.node(side), subject.vrf(side)) for side in sides}


def _complete(found: Echoes) -> bool:
    return bool(found.msee and found.msee_full and found.ce is not False and found.ce_full is not False)


def _joined(before: Echoes, now: Echoes) -> Echoes:
    """One answer is enough."""
    def best(name: str) -> bool | None:
        answers = [a for a in (getattr(before, name), getattr(now, name)) if a is not None]
        return any(answers) if answers else None

    return replace(
        now, ce=best("ce"), msee=best("msee"), ce_full=best("ce_full"), msee_full=best("msee_full"),
        mtu=now.mtu or before.mtu,
    )

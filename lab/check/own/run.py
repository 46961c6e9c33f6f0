"""The user's own checks in the course of one `check`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lab.asked.base import Ask
from lab.asked.prefixes import Prefixes
from lab.check.evidence import SessionEvidence
from lab.check.own.base import Scene, result_of
from lab.check.own.registry import EVENTS, ONCE, TABLES, look
from lab.check.result import CheckResult
from lab.circuit.models import Session
from lab.control.record import Record
from lab.control.running import Running


@dataclass(frozen=True)
class OwnChecks:
    """The checks of one run, and the lab that they are of."""

    asks: tuple[Ask, ...]
    running: Running
    record: Record

    @property
    def detailed(self) -> frozenset[str]:
        """The nodes whose tables are needed with communities."""
        if not any(isinstance(a.value, Prefixes) and a.value.communities is not None for a in self.asks):
            return frozenset()
        return frozenset(node.name for node in self.record.applied.topology.nodes)

    def named(self) -> Mapping[Session, frozenset[str]]:
        """The prefixes that a session's CE has to send because a check says so."""
        found: dict[Session, set[str]] = {}
        for ask in self.asks:
            value = ask.value
            if isinstance(value, Prefixes) and value.from_ == "ce":
                for session in self.record.applied.sessions:
                    if value.selects(session):
                        mine = (*(value.exactly or ()), *(value.contains or ()))
                        family = 6 if session.family == "ipv6" else 4
                        found.setdefault(session, set()).update(str(p) for p in mine if p.version == family)
        return {session: frozenset(prefixes) for session, prefixes in found.items()}

    @property
    def negative(self) -> tuple[Ask, ...]:
        """Those that are true too early as well: they have to hold over a window."""
        return tuple(a for a in self.asks if isinstance(a.value, Prefixes) and a.value.negative)

    def tables(self, scene: Scene, seen: Mapping[Session, SessionEvidence], seconds: float) -> tuple[CheckResult, ...]:
        """One look at all that tables answer."""
        scene.seen = seen
        return self._looked(TABLES, scene, seconds)

    def once(self, scene: Scene, seconds: float) -> tuple[CheckResult, ...]:
        return self._looked(ONCE, scene, seconds)

    def events(self, scene: Scene, seconds: float) -> tuple[CheckResult, ...]:
        """One after another, each on the lab as it was."""
        return self._looked(EVENTS, scene, seconds)

    def in_order(self, results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
        """As the files have them."""
        order = [ask.id for ask in self.asks]
        return tuple(sorted(results, key=lambda result: order.index(result.id)))

    def _looked(self, kinds: Collection[str], scene: Scene, seconds: float) -> tuple[CheckResult, ...]:
        return self._results([ask for ask in self.asks if ask.kind in kinds], scene, seconds)

    def _results(self, asks: Iterable[Ask], scene: Scene, seconds: float) -> tuple[CheckResult, ...]:
        circuits = [circuit.name for circuit in self.record.applied.spec.circuits]
        return tuple(result_of(ask, look(ask, scene), self.running.lab, circuits, seconds) for ask in asks)

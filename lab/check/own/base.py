"""What every kind of own check works with: the scene it looks at, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.asked.base import Ask, Selection
from lab.check.evidence import SessionEvidence
from lab.check.expect import Expectation
from lab.check.reads import Reads
from lab.check.result import CheckResult
from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.control.progress import Progress, Quiet
from lab.control.record import Applied, Record
from lab.control.running import Running

SHOWN = 6


@dataclass(frozen=True)
class Failure:
    """One subject of a check that is not as asked. `follows`: because its session is down, which is said elsewhere."""

    subject: str
    expected: str
    got: str
    why: str | None = None
    next: str | None = None
    follows: bool = False
    session: Session | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Judged:
    """What came of a check: nothing in `failures` is green. `said` is a word on what was measured."""

    expected: str
    failures: tuple[Failure, ...] = ()
    said: str = ""


@dataclass
class Scene:
    """A running lab under check. Only inside its world. `seen` is the evidence of the last look at its sessions."""

    running: Running
    record: Record
    daemons: Daemons
    reads: Reads
    wanted: Mapping[Session, Expectation]
    seen: Mapping[Session, SessionEvidence] = field(default_factory=dict)
    progress: Progress = field(default_factory=Quiet)

    @property
    def applied(self) -> Applied:
        return self.record.applied

    @property
    def sessions(self) -> tuple[Session, ...]:
        return self.applied.sessions

    def chosen(self, selection: Selection, *, enabled: bool = False) -> list[Session]:
        """The sessions of a selection; with `enabled` those alone that the circuit wants up."""
        return [s for s in self.sessions if selection.selects(s) and (s.enabled or not enabled)]


def nothing_fits(selection: Selection, what: str, *, why: str = "") -> Failure:
    """An empty selection: a check that looks at nothing must not be green."""
    reason = why or f"the lab has no {what} that fits{f': {selection.where}' if selection.where else ''}"
    return Failure("", f"a {what} to look at", "none", reason)


def result_of(ask: Ask, judged: Judged, lab: str, circuits: Sequence[str], seconds: float) -> CheckResult:
    """One result a check, by its first failure; how many more subjects fail stands in its label."""
    failures = judged.failures
    first = failures[0] if failures else None
    label = ask.id
    if first is not None and first.subject:
        more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
        label = f"{ask.id}: {first.subject}{more}"
    elif judged.said:
        label = f"{ask.id}: {judged.said}"
    value = ask.value
    at = first.session if first is not None and first.session is not None else value
    missed: Literal["fail", "warn"] = "fail" if ask.severity == "error" else "warn"
    return CheckResult(
        id=ask.id,
        kind=ask.kind,
        circuit=at.circuit or (circuits[0] if len(circuits) == 1 else lab),
        peering=at.peering,
        path=at.path,
        family=at.family,
        result="pass" if first is None else missed,
        label=label,
        expected=first.expected if first else judged.expected,
        got=first.got if first else (judged.said or judged.expected),
        why=first.why if first else None,
        next=first.next if first else None,
        source=ask.source,
        seconds=seconds,
        own=True,
        consequence=bool(failures) and all(failure.follows for failure in failures),
        severity=ask.severity,
        message=ask.message,
        evidence=dict(first.evidence) if first else {},
    )


def listed(items: Iterable[object]) -> str:
    """Some of them, and how many there are."""
    texts = [str(item) for item in items]
    if len(texts) <= SHOWN:
        return ", ".join(texts) or "none"
    return f"{', '.join(texts[:SHOWN])} … ({len(texts):,} in all)"

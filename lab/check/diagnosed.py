"""The why of sessions that are down, from their diagnoses: made once, of failures only, after the deadline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lab.check.result import CheckResult
from lab.circuit.models import Session

if TYPE_CHECKING:
    from lab.diagnose.verdict import Diagnosis

KIND = "sessions"
Key = tuple[str | None, str | None, str | None, str | None]


def unwell(results: Iterable[CheckResult], sessions: Iterable[Session]) -> tuple[Session, ...]:
    """The sessions that a failed check is about because they are not up, or their BFD is not."""
    failed = {_of(result) for result in results if _asks(result)}
    return tuple(session for session in sessions if _key(session) in failed)


def explained(results: Iterable[CheckResult], found: Sequence[Diagnosis]) -> tuple[CheckResult, ...]:
    """`results` with the verdict as why and next; what was looked at is evidence."""
    by_session = {_key(each.session): each for each in found if not each.healthy}
    return tuple(
        _explained(result, by_session[_of(result)]) if _asks(result) and _of(result) in by_session else result
        for result in results
    )


def _explained(result: CheckResult, found: Diagnosis) -> CheckResult:
    codes = [verdict.code for verdict in found.verdicts]
    raw = {"diagnose": {"verdicts": codes, "layers": [str(layer) for layer in found.layers], **found.raw}}
    where = next((verdict.where for verdict in found.verdicts if verdict.where), None)
    return replace(
        result, why=found.sentence, next=found.verdicts[0].next, where=where, evidence={**result.evidence, **raw}
    )


def _asks(result: CheckResult) -> bool:
    """Whether it failed because a session is not up, or its BFD."""
    asked = result.expected == "Established" or (result.expected or "").startswith("BFD")
    return result.kind == KIND and result.result != "pass" and asked


def _of(result: CheckResult) -> Key:
    return result.circuit, result.peering, result.path, result.family


def _key(session: Session) -> Key:
    return session.circuit, session.peering, session.path, session.family

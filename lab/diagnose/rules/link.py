"""The cable: ports and sub-interfaces that are down, or not there at all."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import SIDES, Evidence, Face, Side
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import mend, port


def link(e: Evidence) -> Iterator[Verdict]:
    """An end that was put down, before a port that is only dark."""
    if not e.session.ce:
        return
    if e.session.why.endswith("is Disabled"):
        yield _down(e, f"adminState: {e.session.why}", "the light is off at the MSEE's port", "mseelab port enable")
        return
    ends: list[Side] = [side for side in SIDES if e.end(side).seen]
    for side in ends:
        for face in (e.end(side).port, e.end(side).face):
            if face is not None and not face.up:
                yield _down(
                    e, f"{face.name} on {e.end(side).node} is administratively down", _flags(e, ends),
                    mend(side, e, f"interface {face.name}; no shutdown"),
                )
                return
    for side in ends:
        if e.end(side).port is None:
            yield _down(e, f"{port(e, side)} is not there: no cable", _flags(e, ends), "mseelab up")
            return
    dark = [side for side in ends if not _lit(e.end(side).port)]
    if dark:
        where = " and ".join(port(e, side) for side in dark)
        yield _down(e, f"no carrier at {where}", _flags(e, ends), f"look at the cable of {where}, or mseelab up")


def _lit(face: Face | None) -> bool:
    return face is not None and face.carrier


def _flags(e: Evidence, ends: list[Side]) -> str:
    return "; ".join(f"{port(e, side)} {_state(e.end(side).port)}" for side in ends)


def _state(face: Face | None) -> str:
    if face is None:
        return "absent"
    return ("up" if face.up else "administratively down") + (", carrier" if face.carrier else ", no carrier")


def _down(e: Evidence, sentence: str, proof: str, next_step: str) -> Verdict:
    return Verdict("LINK-DOWN", sentence, (proof,), next_step)


LINK = Rule("link", link)

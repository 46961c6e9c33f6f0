"""`sessions`: judged by what both ends say of each session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.asked.sessions import DOWN, KIND, Sessions
from lab.check.evidence import SessionEvidence
from lab.check.own.base import Failure, Judged, Scene, nothing_fits


def look(value: Sessions, scene: Scene) -> Judged:
    seen = [scene.seen[session] for session in scene.chosen(value) if session in scene.seen]
    return judge(value, seen)


def judge(value: Sessions, seen: Sequence[SessionEvidence]) -> Judged:
    """Pure."""
    if not seen:
        return Judged("", (nothing_fits(value, "session"),))
    failures = tuple(f for each in seen if (f := _failure(value, each)) is not None)
    return Judged(KIND.asks(value), failures)


def _failure(value: Sessions, seen: SessionEvidence) -> Failure | None:
    for expected, got, why, step in _findings(value, seen):
        return Failure(seen.view.session.label, expected, got, why, step, session=seen.view.session)
    return None


def _findings(value: Sessions, seen: SessionEvidence) -> Iterator[tuple[str, str, str | None, str | None]]:
    view, session = seen.view, seen.view.session
    if value.state == DOWN:
        if view.established:
            yield "not Established", view.state, None, None
    elif view.state.split()[0] != value.state:
        yield value.state, view.state, session.why or None, None
    if value.hold_time is not None and not value.hold_time.holds(seen.hold_time):
        got = f"{seen.hold_time:g} s" if view.established else view.state
        why = "the smaller of both ends' hold times counts (RFC 4271, 4.2)"
        yield f"hold time {value.hold_time.of('s')}", got, why, None
    if value.md5 is not None:
        yield from _md5(value.md5, seen)
    if value.bfd is not None and value.bfd != (view.bfd if view.bfd != "-" else "none"):
        got = f"BFD {view.bfd if view.bfd != '-' else 'none'}"
        yield f"BFD {value.bfd}", got, _why_bfd(seen), f"mseelab exec {session.ce} show bfd peers"


def _md5(wanted: bool, seen: SessionEvidence) -> Iterator[tuple[str, str, str | None, str | None]]:
    session = seen.view.session
    if wanted and session.key is None:
        yield "MD5", "no key", f"{session.peering} has no sharedKey", None
    elif wanted and seen.md5.listener is False:
        why = f"{session.msee} would take {session.ce_address} without a key"
        yield "MD5", "no key on the listener", why, "mseelab apply"
    elif wanted and seen.md5.connection is False:
        yield "MD5", "an unsigned connection", None, "mseelab apply"
    elif wanted and not seen.view.established:
        yield "MD5", seen.view.state, "there is no connection that could be signed", None
    elif not wanted and session.key is not None:
        yield "no MD5", "MD5", f"{session.peering} has a sharedKey", None


def _why_bfd(seen: SessionEvidence) -> str | None:
    session = seen.view.session
    if seen.view.bfd == "-":
        return f"{session.ce} has not armed BFD towards {session.msee_address}"
    return f"{session.ce} and {session.msee} exchange no BFD packets" if seen.view.bfd == DOWN else None

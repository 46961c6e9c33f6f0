"""Small packets pass and such as fill the MTU do not: OPEN and KEEPALIVE go through, UPDATE never does."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import SIDES, Evidence, Side, other
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import port, times, window


def mtu(e: Evidence) -> Iterator[Verdict]:
    lost: list[Side] = [s for s in SIDES if e.echoes.of(s) and e.echoes.full_of(s) is False]
    if not lost:
        return
    session, size = e.session, e.echoes.mtu
    lines = [
        f"echo from {e.subject.node(side)} to {e.subject.address(other(side))}, not to be cut: small ones are "
        f"answered, full ones are not"
        for side in lost
    ]
    sizes = {f"{port(e, s)} {face.mtu}" for s in SIDES if (face := e.end(s).port)}
    sizes |= {f"{face.name} on {e.subject.node(s)} {face.mtu}" for s in SIDES if (face := e.end(s).face)}
    lines.append(f"MTU: {', '.join(sorted(sizes))}")
    again = [(s, e.wire.left(s).again) for s in SIDES if e.wire.left(s).again]
    lines += [f"{window(e)}: {e.subject.node(s)} sent {times(count, 'segment')} again" for s, count in again]
    yield Verdict(
        "MTU", f"packets of {size} octets do not pass between {session.ce} and {session.msee}; small ones do",
        tuple(lines), f"let {size} octets pass on the path (MTU {size} at both ends, no filter on size)",
    )


MTU = Rule("policy", mtu)

"""Phrases that rules share."""

from __future__ import annotations

from lab.diagnose.evidence import SIDES, Evidence, Heard, Side, Tags, other

Code = tuple[int, int]
BAD_PEER_AS: Code = (2, 2)


def dotted(tags: Tags) -> str:
    """`100`, `8.100`, `none`."""
    return ".".join(map(str, tags)) or "none"


def times(count: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("x") else f"{word}s"
    return f"{count} {word if count == 1 else plural}"


def window(e: Evidence) -> str:
    """`1.2 s`: how long the wire was watched."""
    return f"{e.seconds:.1f} s"


def port(e: Evidence, side: Side) -> str:
    """`ce1:eth1`."""
    return f"{e.subject.node(side)}:{e.subject.port(side)}"


def protocol(e: Evidence) -> str:
    return "ARP" if e.session.family == "ipv4" else "ND"


def spelled(family: str) -> str:
    return "IPv4" if family == "ipv4" else "IPv6"


def mend(side: Side, e: Evidence, ce: str, msee: str = "mseelab up") -> str:
    """The next step at the end that is wrong: what to type on the CE, or that the lab puts its MSEE right."""
    return f"on {e.session.ce}: {ce}" if side == "ce" else f"{msee}: {e.session.msee} is not as the circuit says"


def tags_seen(heard: Heard) -> str:
    """`tag 101 3 frames, tag 100 1 frame`."""
    found = [f"tag {dotted(tags)} {times(count, 'frame')}" for tags, count in sorted(heard.tags.items())]
    return ", ".join(found) or "no frame"


def told(e: Evidence, code: Code) -> Side | None:
    """Which end sent a NOTIFICATION of that code, on the wire or by what a daemon remembers."""
    for side in SIDES:
        if code in (*e.wire.left(side).notifications, *e.wire.arrived(other(side)).notifications):
            return side
    for side in SIDES:
        bgp = e.end(side).bgp
        note = bgp.neighbor.notification if bgp and bgp.neighbor else None
        if note is not None and (note.code, note.subcode) == code and note.sent is not None:
            return side if note.sent else other(side)
    return None

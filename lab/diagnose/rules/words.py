"""Phrases that rules share."""

from __future__ import annotations

from lab.diagnose.evidence import Evidence, Heard, Side, Tags


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

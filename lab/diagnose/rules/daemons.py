"""A daemon that does not run or does not answer: nothing above it can be judged, and `up` mends it."""

from __future__ import annotations

from collections.abc import Iterator

from lab.control.health import SUPERVISOR, WATCHER, Sick
from lab.diagnose.evidence import Evidence
from lab.diagnose.rules.base import Rule, Verdict

SPEAKERS = ("bgpd", "exabgp", "bird", "gobgp", "openbgpd")
BFD = ("bfdd", WATCHER, SUPERVISOR)
NEXT = "mseelab up"


def speakers(e: Evidence) -> Iterator[Verdict]:
    """Who speaks BGP at one of the two ends."""
    ends = (e.session.ce, e.session.msee)
    yield from _verdict([sick for sick in e.sick if sick.daemon in SPEAKERS and sick.node in ends])


def followers_of_bfd(e: Evidence) -> Iterator[Verdict]:
    """bfdd, and what takes BFD into BGP."""
    yield from _verdict([sick for sick in e.sick if sick.daemon in BFD])


def others(e: Evidence) -> Iterator[Verdict]:
    """The kernel's routes, and whatever is behind the MSEEs."""
    yield from _verdict(list(e.sick))


def _verdict(found: list[Sick]) -> Iterator[Verdict]:
    if not found:
        return
    code = "DAEMON-DEAD" if all(sick.state == "dead" for sick in found) else "DAEMON-HUNG"
    said = ", ".join(sick.sentence for sick in found)
    yield Verdict(code, said, tuple(sick.detail for sick in found), NEXT)


SPEAKER = Rule("tcp", speakers)
FOLLOWER = Rule("bfd", followers_of_bfd)
OTHER = Rule("policy", others)

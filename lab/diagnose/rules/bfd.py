"""BFD that does not come up, or takes the session down, where the path is good."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import SIDES, Evidence, Side, other
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import port, times, window

CEASE_BFD = (6, 10)
YOUNG_SECONDS, COMING_SECONDS = 5.0, 15.0
"""BFD sends once a second until it is up, so it comes after BGP; while packets pass both ways it may take longer."""


def bfd(e: Evidence) -> Iterator[Verdict]:
    """The MSEE is always armed and waits; so it is the CE, where it is armed, that makes a BFD session."""
    armed = bool(e.ce.bfd) if e.subject.frr else e.msee.bfd == "down"
    if not armed or e.msee.bfd == "up" or not e.echoes.passes:
        return
    if not _took_it_down(e) and (not e.established or _up_for(e) < YOUNG_SECONDS):
        return
    if e.wire.arrived("ce").bfd and e.wire.arrived("msee").bfd and _up_for(e) < COMING_SECONDS:
        return
    effect = "the session stands without it" if e.established else "and BGP follows it"
    lines = [f"BFD at {e.session.msee} {e.msee.bfd or '-'}, at {e.session.ce} {e.ce.bfd or '-'}; echoes are answered"]
    if e.seconds:
        lines += [_packets(e, side) for side in SIDES if e.end(side).seen]
    if _took_it_down(e):
        lines.append("the last session ended with Cease/BFD Down")
    yield Verdict(
        "BFD-DOWN",
        f"{e.session.ce} and {e.session.msee} exchange no BFD packets, or too few of them; {effect}",
        tuple(lines),
        f"let UDP port 3784 pass on the path; mseelab exec {e.session.ce} show bfd peers",
    )


def _up_for(e: Evidence) -> float:
    """Seconds since the session came up, 0 while it is not."""
    return e.msee.bgp.neighbor.uptime_seconds if e.msee.bgp and e.msee.bgp.neighbor else 0.0


def _took_it_down(e: Evidence) -> bool:
    """Whether BFD ended the session, and nothing has ended another one since."""
    notes = [n.notification for end in (e.msee, e.ce) if end.bgp and (n := end.bgp.neighbor)]
    words = [n.last_reset or "" for end in (e.msee, e.ce) if end.bgp and (n := end.bgp.neighbor)]
    told = any(note and (note.code, note.subcode) == CEASE_BFD for note in notes)
    return told or any("BFD" in text for text in words)


def _packets(e: Evidence, side: Side) -> str:
    sent, came = e.wire.left(side).bfd, e.wire.arrived(side).bfd
    return f"{port(e, side)}, {window(e)}: {times(sent, 'BFD packet')} sent, {came} from {e.subject.node(other(side))}"


BFD = Rule("bfd", bfd)

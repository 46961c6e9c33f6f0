"""Whether frames pass between the ends at all: neighbors that do not answer, and paths that swallow everything.

Both look alike from one end. What leaves a port and what arrives at the other tells them apart: an end that speaks IP
and answers no question is silent about its address alone; where nothing leaves, or nothing arrives, it is the path.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import SIDES, Evidence, Side, other
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.tcp import or_the_key
from lab.diagnose.rules.words import mend, port, protocol, times, window


def unanswered(e: Evidence) -> Iterator[Verdict]:
    """ARP-UNANSWERED and ND-UNANSWERED; with PATH-SILENT where the evidence does not tell them apart."""
    if not _broken(e) or _nothing_passes(e):
        return
    for side in SIDES:
        verdicts = tuple(_silent_about_itself(e, side))
        if verdicts:
            yield from verdicts
            return


def silent(e: Evidence) -> Iterator[Verdict]:
    if not _broken(e):
        return
    proof = _nothing_passes(e) or _swallowed(e)
    if proof:
        sentence = f"the link is up and frames between {e.session.ce} and {e.session.msee} vanish"
        yield Verdict("PATH-SILENT", sentence, (*proof, _echo_line(e)), _look(e))
        if not e.ce.seen and e.msee.resolved == "ok":
            # A firewall that answers ARP and nothing else looks the same from here.
            line = f"{e.session.ce} answers {protocol(e)}, no echo and no SYN"
            step = f"on {e.session.ce}: let TCP port 179 pass to and from {e.session.msee_address}"
            yield Verdict("TCP-FILTERED", f"{e.session.ce} may drop TCP port 179, and echoes too", (line,), step)
            yield or_the_key(e, line)


def _broken(e: Evidence) -> bool:
    """Whether nothing shows that IP passes both ways. An answer to a SYN does, whatever the answer; so does BFD."""
    if e.msee.bfd == "up":
        return False
    tried = e.echoes.msee is not None or e.echoes.ce is not None
    answered = any(h.syn_ack or h.reset or h.data for h in (e.wire.arrived("ce"), e.wire.arrived("msee")))
    return tried and not e.echoes.passes and not answered and e.seconds > 0


def _nothing_passes(e: Evidence) -> tuple[str, ...]:
    """The proof that not even questions pass: nothing leaves either end, or what leaves does not arrive."""
    if not e.ce.seen:
        return ()
    left = {side: e.wire.left(side).frames for side in SIDES}
    if not any(left.values()):
        return (f"{window(e)}: both ends send, and nothing leaves {port(e, 'ce')} or {port(e, 'msee')}",)
    lost = [side for side in SIDES if left[side] and not e.wire.arrived(other(side)).frames]
    return tuple(
        f"{window(e)}: {times(left[side], 'frame')} left {port(e, side)}, none arrived at {port(e, other(side))}"
        for side in lost
    )


def _silent_about_itself(e: Evidence, side: Side) -> Iterator[Verdict]:
    """`side` is asked for its address and does not answer."""
    asker, node = other(side), e.subject.node(side)
    questions = e.wire.arrived(side).asks if e.end(side).seen else e.wire.left(asker).asks
    own = e.wire.left(side) if e.end(side).seen else e.wire.arrived(asker)
    face = e.end(side).face
    off = face is not None and not face.arp
    if off:
        yield _unanswered(e, side, f"{face.name if face else ''} on {node} neither asks nor answers (ARP is off)")
        return
    if not questions or own.answers:
        return
    asked = f"{port(e, side if e.end(side).seen else asker)}, {window(e)}: {times(questions, 'question')} for "
    line = f"{asked}{e.subject.address(side)}, no answer"
    speaks = own.ip or own.asks
    if not e.end(side).seen:
        more = f", and {times(own.frames, 'other frame')} from {node}" if own.frames else f", nothing from {node}"
        yield _unanswered(e, side, line + more)
    elif speaks:
        yield _unanswered(e, side, f"{line}, and {times(own.frames, 'other frame')} from {node}")
    else:
        yield _unanswered(e, side, line)
        sentence = f"nothing at all leaves {node} towards {e.subject.node(asker)}: the path out of it may be silent"
        yield Verdict("PATH-SILENT", sentence, (f"{port(e, side)}, {window(e)}: no frame of this session left",),
                      _look(e))


def _unanswered(e: Evidence, side: Side, proof: str) -> Verdict:
    name, node, own = protocol(e), e.subject.node(side), e.subject.address(side)
    sentence = f"{name} for {own} gets no answer from {node}"
    asks = e.subject.node(other(side))
    kernel = f"{asks} has no MAC for {own}" if e.end(other(side)).resolved != "ok" else f"{asks} remembers {own}"
    if e.end(side).seen:
        step = mend(side, e, f"see what keeps {e.subject.interface(side)} from answering {name} (filter, noarp)")
    else:
        wanted = f"tag {e.subject.tags[-1]}, address {own}/{e.subject.length}"
        step = f"on {node}: interface up, {wanted}, no filter on {name}"
    return Verdict(f"{name}-UNANSWERED", sentence, (proof, kernel), step)


def _swallowed(e: Evidence) -> tuple[str, ...]:
    """Neighbors are known, IP packets leave, and none is answered."""
    lines = []
    for side in SIDES:
        if not e.end(side).seen:
            continue
        sent, came = e.wire.left(side).ip, e.wire.arrived(side).ip
        lines.append(f"{port(e, side)}, {window(e)}: {times(sent, 'packet')} sent, {came} came")
    return tuple(lines) if any(e.wire.left(side).frames for side in SIDES) else ()


def _echo_line(e: Evidence) -> str:
    return f"no echo between {e.session.ce_address} and {e.session.msee_address} is answered"


def _look(e: Evidence) -> str:
    return f"look for a filter or a fault between {port(e, 'ce')} and {port(e, 'msee')}; both ports are up"


UNANSWERED = Rule("arp", unanswered)
SILENT = Rule("bfd", silent)

"""Port 179: nobody there, refused, filtered, or out of reach by its TTL."""

from __future__ import annotations

from collections.abc import Iterator

from lab.circuit.models import AZURE_ASN
from lab.diagnose.evidence import SIDES, Evidence, Side, other
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import BAD_PEER_AS, mend, port, times, told, window

GTSM = 255
SECONDS_TO_TRY_AGAIN = 1.5
"""An MSEE connects once a second; other routers may wait for minutes, and a kernel repeats a SYN ever more seldom."""


def nobody(e: Evidence) -> Iterator[Verdict]:
    """An end whose router does not run, does not listen, or does not know the other."""
    if e.established:
        return
    for side in SIDES:
        bgp, node, peer = e.end(side).bgp, e.subject.node(side), e.subject.address(other(side))
        if bgp is None:
            if not _closed(e, side):
                continue
            what, step = f"nobody listens on TCP port 179 of {node}", "start its router"
        elif bgp.neighbor is not None or told(e, BAD_PEER_AS) == side:
            continue  # one of a listen range is there for as long as its connection
        elif not bgp.runs:
            what, step = f"no bgpd runs on {node}", "start FRR"
        else:
            what, step = f"the router of {node} has no neighbor {peer}", f"neighbor {peer} remote-as {AZURE_ASN}"
        line = f"{node} takes no connection from {peer} on port 179"
        if not e.end(side).seen:
            line = f"{node} answers a SYN without a signature with a reset; no kernel does so to one that is signed"
        yield Verdict("TCP-REFUSED", what, (line,), mend(side, e, step))
        return


def _closed(e: Evidence, side: Side) -> bool:
    """Whether an end without FRR is called and has nobody there. A kernel sends no reset for a signed SYN."""
    end = e.end(side)
    if not end.seen:
        return bool(e.wire.arrived(other(side)).call_reset)
    waits = side == "msee" or e.subject.ce_listens
    return waits and e.wire.arrived(side).syn > 0 and not end.keys.listens and not e.wire.left(side).syn


def ttl(e: Evidence) -> Iterator[Verdict]:
    """One end takes only segments that no router has forwarded (GTSM, RFC 5082), the other sends with a TTL of 1."""
    if e.established:
        return
    guarded: list[Side] = [side for side in SIDES if _guards(e, side)]
    if len(guarded) != 1:
        return
    (side,) = guarded
    far = other(side)
    if _guards(e, far) is None and not e.end(side).refused.ttl:
        return
    bgp, node = e.end(side).bgp, e.subject.node(side)
    hops = bgp.settings.ttl_security if bgp else None
    lines = [f"{node} has ttl-security hops {hops}, {e.subject.node(far)} has not"]
    if e.end(side).refused.ttl:
        lines.append(f"{window(e)}: {node} refused {times(e.end(side).refused.ttl, 'segment')} (TCPMinTTLDrop)")
    sent = [value for value in e.wire.left(far).ttls or e.wire.arrived(side).ttls if value < GTSM]
    if sent:
        lines.append(f"{e.subject.node(far)} sends segments with TTL {', '.join(map(str, sent))}")
    yield Verdict(
        "TTL",
        f"{node} takes only segments with a TTL of {GTSM + 1 - (hops or 1)} or more, {e.subject.node(far)} sends less",
        tuple(lines),
        mend(side, e, f"no neighbor {e.subject.address(far)} ttl-security hops {hops}"),
    )


def _guards(e: Evidence, side: Side) -> bool | None:
    """Whether an end asks for a high TTL; None where nobody can tell."""
    bgp = e.end(side).bgp
    if bgp is not None and bgp.neighbor is not None:
        return bgp.settings.ttl_security is not None
    return None


def refused(e: Evidence) -> Iterator[Verdict]:
    """A reset answers what comes to the port, or a SYN-ACK that came from it."""
    if e.established or _talks(e):
        return
    for side in SIDES:
        own = e.wire.left(side) if e.end(side).seen else e.wire.arrived(other(side))
        called = e.wire.arrived(side) if e.end(side).seen else e.wire.left(other(side))
        if own.reset and (called.syn or called.syn_ack):
            node = e.subject.node(side)
            what = "SYN" if called.syn else "SYN-ACK"
            count = called.syn or called.syn_ack
            where = port(e, side if e.end(side).seen else other(side))
            yield Verdict(
                "TCP-REFUSED",
                f"{node} answers TCP port 179 with a reset",
                (f"{where}, {window(e)}: {times(count, what)} to {node}, {times(own.reset, 'RST')} from it",
                 f"{node} {'listens' if e.end(side).keys.listens else 'does not listen'} on port 179")
                if e.end(side).seen
                else (f"{where}, {window(e)}: {times(count, what)} to {node}, {times(own.reset, 'RST')} from it",),
                mend(side, e, f"let bgpd listen, and accept TCP port 179 from {e.subject.address(other(side))}"),
            )
            return


def filtered(e: Evidence) -> Iterator[Verdict]:
    """A SYN that nothing answers, while the path is good and the keys agree."""
    if e.established or _talks(e) or not e.echoes.passes:
        return
    for side in SIDES:
        proof = _swallows(e, side)
        if proof:
            node = e.subject.node(side)
            yield Verdict(
                "TCP-FILTERED", f"{node} drops TCP port 179; echoes pass", (proof,),
                mend(side, e, f"let TCP port 179 pass to and from {e.subject.address(other(side))}"),
            )
            if not e.end(side).seen or _refuses_signatures(e, side):
                yield or_the_key(e, proof)
            return


def _refuses_signatures(e: Evidence, side: Side) -> bool:
    """Whether an end's kernel refuses segments for their signature, while nobody can tell whose key it holds: with
    hundreds of keys a kernel does not show them."""
    refused = e.end(side).refused
    return e.same_key is None and bool(refused.failure or refused.not_found or refused.unexpected)


def or_the_key(e: Evidence, proof: str) -> Verdict:
    """The other cause that fits where a CE is not ours to look into and answers no SYN at all: its kernel wants a
    signature, and drops whatever has none or another."""
    ce, msee = e.session.ce, e.session.msee
    if e.msee.keys.key:
        step = f"on {ce}: neighbor {e.session.msee_address} password KEY, or change sharedKey and mseelab apply"
        return Verdict("MD5-DIFFERENT", f"{ce} may have another key", (proof, f"{msee} signs what it sends"), step)
    step = f"set sharedKey and mseelab apply, or on {ce}: no neighbor {e.session.msee_address} password"
    return Verdict("MD5-MISSING-AT-MSEE", f"{ce} may have a key", (proof, f"{msee} signs nothing"), step)


def _swallows(e: Evidence, side: Side) -> str:
    """The proof that `side` drops BGP's segments: what comes to it gets no answer, or what it sends does not leave."""
    far = other(side)
    seen, node = e.end(side).seen, e.subject.node(side)
    came = e.wire.arrived(side) if seen else e.wire.left(far)
    own = e.wire.left(side) if seen else e.wire.arrived(far)
    where = port(e, side if seen else far)
    if side == "msee" and e.msee.keys.trying and not own.syn and e.seconds >= SECONDS_TO_TRY_AGAIN:
        return f"{where}, {window(e)}: the kernel of {node} tries to connect, and no SYN leaves the port"
    # A kernel without a listener answers no signed SYN either.
    there = not seen or e.end(side).keys.listens or e.end(side).bgp is not None
    if there and came.syn and not own.syn_ack and not own.reset:
        return f"{where}, {window(e)}: {times(came.syn, 'SYN')} to {node}, no answer"
    if seen and own.syn and came.syn_ack and not own.data:
        return f"{where}, {window(e)}: {times(came.syn_ack, 'SYN-ACK')} to {node}, which goes on with SYN"
    return ""


def _talks(e: Evidence) -> bool:
    """Whether an OPEN came through: then TCP is good. Other messages may be the last ones of a connection before."""
    return bool(e.wire.arrived("ce").opens or e.wire.arrived("msee").opens)


NOBODY = Rule("tcp", nobody)
TTL = Rule("tcp", ttl)
REFUSED = Rule("tcp", refused)
FILTERED = Rule("tcp", filtered)

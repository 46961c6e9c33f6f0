"""OPEN: AS numbers, hold time, families; and neighbors that are shut down or above their prefix limit."""

from __future__ import annotations

from collections.abc import Iterator

from bgp.session import PREFIX_LIMIT
from lab.circuit.models import AZURE_ASN
from lab.diagnose.evidence import SIDES, Evidence, Side, other
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import BAD_PEER_AS, Code, mend, spelled, told, window

HOLD_TIME, CAPABILITY = (2, 6), (2, 7)
PREFIXES, SHUTDOWN = (6, 1), (6, 2)


def shut_down(e: Evidence) -> Iterator[Verdict]:
    if e.established:
        return
    for side in SIDES:
        bgp, node, peer = e.end(side).bgp, e.subject.node(side), e.subject.address(other(side))
        if bgp is None or bgp.neighbor is None:
            continue
        if bgp.neighbor.administratively_down or "Admin" in bgp.reason or bgp.settings.bgp_shutdown:
            whole = bgp.settings.bgp_shutdown and not bgp.neighbor.administratively_down
            what = "its whole router" if whole else f"neighbor {peer}"
            step = "no bgp shutdown" if whole else f"no neighbor {peer} shutdown"
            lines = (f"{node}: {peer} is {bgp.neighbor.state} ({bgp.reason or 'Admin'})",)
            yield Verdict("ADMIN-DOWN", f"{node} has {what} shut down", lines, mend(side, e, step))
            return
    gone = e.wire.arrived("msee").call_reset or (e.ce.seen and not e.ce.keys.listens)
    if not e.subject.frr and not gone and told(e, SHUTDOWN) == "ce":
        yield Verdict(
            "ADMIN-DOWN", f"{e.session.ce} closed the session: Cease/Administrative Shutdown",
            (f"{e.session.msee} received NOTIFICATION 6/2",), f"on {e.session.ce}: enable the neighbor",
        )


def limit(e: Evidence) -> Iterator[Verdict]:
    """Above the limit the session is closed, and stays so until a timer or somebody tries again."""
    if e.established:
        return
    by = next((side for side in SIDES if (bgp := e.end(side).bgp) and PREFIX_LIMIT in bgp.reason), None)
    by = by or told(e, PREFIXES)
    if by is None:
        return
    closer, sender = e.subject.node(by), e.subject.node(other(by))
    bgp = e.end(by).bgp
    counts = bgp.neighbor.family(e.session.family) if bgp and bgp.neighbor else None
    allowed = f" {counts.limit:,}" if counts and counts.limit else ""
    step = (
        f"send fewer from {sender}; {closer} tries again a minute later" if by == "msee"
        else mend("ce", e, f"raise neighbor {e.session.msee_address} maximum-prefix, or send fewer")
    )
    what = f"more {spelled(e.session.family)} prefixes than the{allowed} that {closer} takes"
    yield Verdict(
        "PREFIX-LIMIT", f"{sender} sent {what}",
        (f"{closer} closed the session (Cease 6/1, Maximum Number of Prefixes Reached)",), step,
    )


def as_numbers(e: Evidence) -> Iterator[Verdict]:
    if e.established:
        return
    yield from _peer_asn(e) or _remote_asn(e)


def _peer_asn(e: Evidence) -> list[Verdict]:
    """What the CE is against what the MSEE waits for."""
    ce, msee = e.ce.bgp, e.msee.bgp
    waits = msee.neighbor.remote_as if msee and msee.neighbor else e.subject.peer_asn
    opens = [o.asn for o in (e.wire.arrived("msee").opens or e.wire.left("ce").opens)]
    is_ = ce.neighbor.local_as if ce and ce.neighbor else opens[-1] if opens else None
    if is_ is None or is_ == waits:
        return []
    session, lines = e.session, []
    if ce and ce.neighbor:
        lines.append(f"{session.ce} is AS {is_}, {session.msee} has remote-as {waits}")
    lines += _opens(e, "ce") + _notes(e, BAD_PEER_AS)
    if is_ == e.subject.peer_asn:
        sentence = f"{session.msee} waits for AS {waits}, peerASN is {is_} and {session.ce} opens as that"
        return [Verdict("PEER-ASN", sentence, tuple(lines), mend("msee", e, ""))]
    sentence = f"{session.ce} opens as AS {is_}, peerASN is {e.subject.peer_asn}"
    step = mend("ce", e, f"router bgp {e.subject.peer_asn}, or change peerASN and mseelab apply")
    return [Verdict("PEER-ASN", sentence, tuple(lines), step)]


def _remote_asn(e: Evidence) -> list[Verdict]:
    """What the CE waits for against what the MSEE is."""
    ce, session = e.ce.bgp, e.session
    waits = ce.neighbor.remote_as if ce and ce.neighbor else None
    opens = [o.asn for o in (e.wire.arrived("ce").opens or e.wire.left("msee").opens)]
    msee = e.msee.bgp.neighbor.local_as if e.msee.bgp and e.msee.bgp.neighbor else None
    is_ = opens[-1] if opens else msee or AZURE_ASN
    lines = _opens(e, "msee") + _notes(e, BAD_PEER_AS)
    if waits is not None and waits != is_:
        lines.insert(0, f"{session.ce} has neighbor {session.msee_address} remote-as {waits}")
        side: Side = "ce" if waits != AZURE_ASN else "msee"
        sentence = f"{session.ce} waits for AS {waits}, {session.msee} is AS {is_}"
    elif waits is None and told(e, BAD_PEER_AS) == "ce":
        side, sentence = "ce", f"{session.ce} does not take AS {is_}, which {session.msee} is"
    else:
        return []
    step = mend(side, e, f"neighbor {session.msee_address} remote-as {AZURE_ASN}")
    return [Verdict("REMOTE-ASN", sentence, tuple(lines), step)]


def hold_time(e: Evidence) -> Iterator[Verdict]:
    """Refused by the end that sent NOTIFICATION 2/6."""
    by = None if e.established else _least_hold(e) or told(e, HOLD_TIME)
    if by is None:
        return
    refuser, offerer = e.subject.node(by), e.subject.node(other(by))
    offered = [o.hold_time for o in (e.wire.arrived(by).opens or e.wire.left(other(by)).opens)]
    bgp = e.end(by).bgp
    least = bgp.settings.minimum_hold if bgp else None
    what = f" {offered[-1]} s" if offered else ""
    lines = [f"{refuser} has bgp minimum-holdtime {least}"] if least else []
    step = f"bgp minimum-holdtime {min(least, 180)}" if least else "timers bgp 60 180"
    yield Verdict(
        "HOLD-TIME", f"{refuser} does not take the hold time{what} that {offerer} offers",
        (*lines, *_opens(e, other(by)), *_notes(e, HOLD_TIME)), mend(by if least else other(by), e, step),
    )


def _least_hold(e: Evidence) -> Side | None:
    """The end whose least hold time is above what the other's configuration offers."""
    for side in SIDES:
        bgp, far = e.end(side).bgp, e.end(other(side)).bgp
        least = bgp.settings.minimum_hold if bgp and bgp.neighbor else None
        offers = far.neighbor.configured_hold_time if far and far.neighbor else None
        if least and offers and offers < least:
            return side
    return None


def families(e: Evidence) -> Iterator[Verdict]:
    """One end has the neighbor, and not this family of it."""
    family = e.session.family
    for side in SIDES:
        bgp, node, peer = e.end(side).bgp, e.subject.node(side), e.subject.address(other(side))
        if bgp is not None and bgp.neighbor is not None and not bgp.active:
            lines = [f"{node} has no {spelled(family)} activated for {peer}", *_opens(e, side), *_notes(e, CAPABILITY)]
            step = mend(side, e, f"address-family {family} unicast; neighbor {peer} activate")
            yield Verdict("FAMILY-MISSING", f"{node} does not offer {spelled(family)} to {peer}", tuple(lines), step)
            return
    opens = e.wire.arrived("msee").opens
    if not e.established and not e.subject.frr and opens and family not in opens[-1].families:
        step = f"on {e.session.ce}: activate {spelled(family)} towards {e.session.msee_address}"
        sentence = f"{e.session.ce} does not offer {spelled(family)}"
        yield Verdict("FAMILY-MISSING", sentence, tuple(_opens(e, "ce")), step)


def _opens(e: Evidence, side: Side) -> list[str]:
    """The OPENs of an end, in a line."""
    found = e.wire.left(side).opens or e.wire.arrived(other(side)).opens
    if not found:
        return []
    last = found[-1]
    offers = f"AS {last.asn}, hold time {last.hold_time} s, {' '.join(last.families)}"
    return [f"{window(e)}: {e.subject.node(side)} sent {len(found)} OPEN{'s'[: len(found) != 1]}, the last: {offers}"]


def _notes(e: Evidence, code: Code) -> list[str]:
    """A NOTIFICATION of that code, as the daemons remember it."""
    by = told(e, code)
    for end in (e.msee, e.ce):
        note = end.bgp.neighbor.notification if end.bgp and end.bgp.neighbor else None
        if by is not None and note is not None and (note.code, note.subcode) == code:
            return [f"{e.subject.node(by)} sent NOTIFICATION {note}"]
    return [f"{e.subject.node(by)} sent NOTIFICATION {code[0]}/{code[1]}"] if by is not None else []


SHUT_DOWN = Rule("open", shut_down)
LIMIT = Rule("policy", limit)
AS_NUMBERS = Rule("open", as_numbers)
HOLD = Rule("open", hold_time)
FAMILIES = Rule("open", families)

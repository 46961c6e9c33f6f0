"""Sessions that are up and carry nothing: policies, next hops, circuits that lead nowhere, and one path only."""

from __future__ import annotations

from collections.abc import Iterator

from lab.circuit.models import MICROSOFT
from lab.control.observe import YOUNG_SECONDS
from lab.diagnose.evidence import Evidence
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import times

HOW_MANY = 3


def next_hop(e: Evidence) -> Iterator[Verdict]:
    if not e.established:
        return
    for near, far in ((e.msee, e.ce), (e.ce, e.msee)):
        if near.bgp is None or not near.bgp.unreachable:
            continue
        hops = near.bgp.unreachable
        some = ", ".join(hops[:HOW_MANY]) + (f" and {len(hops) - HOW_MANY} more" if len(hops) > HOW_MANY else "")
        if near is e.msee:
            step = f"on {e.session.ce}: announce with its own address {e.session.ce_address} as next hop"
        else:
            step = f"on {e.session.ce}: a route to {some}, or take off the next hop that a route-map sets"
        yield Verdict(
            "NEXT-HOP-UNREACHABLE",
            f"{near.node} cannot resolve next hop {some} of what {far.node} announces",
            (f"{near.node} has these routes and marks them not valid: they go nowhere",), step,
        )
        return


def denied(e: Evidence) -> Iterator[Verdict]:
    """The lower end of each direction first: what is not received is not for the other's policy."""
    if e.established and not _young(e):
        verdict = _from_ce(e) or _to_ce(e)
        if verdict is not None:
            yield verdict


def _from_ce(e: Evidence) -> Verdict | None:
    ce, msee, session = e.ce.bgp, e.msee.bgp, e.session
    if not e.subject.from_ce or msee is None or msee.accepted:
        return None
    if msee.received:
        whose = _named(msee.policies_in) or "the inbound policy"
        step = "mseelab up"
        if session.peering == MICROSOFT:
            step = f"announce what advertisedPublicPrefixes has; mseelab show prefixes --path {session.path}"
        return Verdict(
            "POLICY-DENIES-ALL", f"{session.msee} receives {times(msee.received, 'prefix')} and accepts none: {whose}",
            (f"{session.msee}: received {msee.received}, accepted 0 of {session.ce_address}",), step,
        )
    if ce is None or ce.neighbor is None or ce.sent or not ce.has:
        return None
    whose = _named(ce.policies_out) or "no outbound policy, which bgp ebgp-requires-policy asks for"
    return Verdict(
        "POLICY-DENIES-ALL",
        f"{session.ce} has {times(ce.has, 'prefix')} to announce and sends none to {session.msee_address}: {whose}",
        (f"{session.ce}: sent 0 to {session.msee_address}; {session.msee}: received 0",),
        f"on {session.ce}: permit its prefixes in {_named(ce.policies_out) or 'a route-map out'}",
    )


def _to_ce(e: Evidence) -> Verdict | None:
    ce, msee, session = e.ce.bgp, e.msee.bgp, e.session
    if not e.subject.to_ce or msee is None:
        return None
    if not msee.sent and msee.has:
        whose = _named(msee.policies_out) or "its outbound policy"
        return Verdict(
            "POLICY-DENIES-ALL", f"{session.msee} has {times(msee.has, 'prefix')} and sends {session.ce} none: {whose}",
            (f"{session.msee}: sent 0 to {session.ce_address}",), "mseelab up",
        )
    if not msee.sent or ce is None or ce.neighbor is None or ce.accepted:
        return None
    whose = _named(ce.policies_in) or "no inbound policy, which bgp ebgp-requires-policy asks for"
    return Verdict(
        "POLICY-DENIES-ALL", f"{session.ce} receives {times(msee.sent, 'prefix')} and accepts none: {whose}",
        (f"{session.msee}: sent {msee.sent} to {session.ce_address}; {session.ce}: accepted 0",),
        f"on {session.ce}: permit what the circuit leads to in {_named(ce.policies_in) or 'a route-map in'}",
    )


def leads_nowhere(e: Evidence) -> Iterator[Verdict]:
    """Established, and the MSEE has nothing to send by design."""
    subject, session, bgp = e.subject, e.session, e.msee.bgp
    if not e.established or subject.beyond or bgp is None or bgp.sent:
        return
    line = (f"{session.msee} sends no prefix to {session.ce_address}, as it should",)
    if session.peering == MICROSOFT:
        yield Verdict(
            "NO-ROUTE-FILTER", f"no route filter is attached to {session.peering}: nothing is advertised", line,
            "routeFilter in the circuit file and mseelab apply",
        )
    else:
        yield Verdict(
            "NO-CONNECTION", f"no VNet is connected to {session.circuit}: nothing is advertised", line,
            "mseelab connection create",
        )


def one_path(e: Evidence) -> Iterator[Verdict]:
    """The circuit has two paths, and one of them carries all there is."""
    session, bgp = e.session, e.msee.bgp
    if not e.subject.provisioned:
        return
    if not session.ce:
        yield Verdict(
            "ONE-PATH", f"no CE is cabled to {session.msee}: {session.circuit} has no {session.path} path",
            (f"{session.msee} has no cable to a CE that serves {session.circuit}",),
            f"cable a CE to {session.msee} in the topology file, and mseelab up",
        )
    elif e.established and not _young(e) and bgp and not bgp.accepted and e.subject.from_ce and e.other_path:
        yield Verdict(
            "ONE-PATH", f"{session.ce} announces nothing over the {session.path} path",
            (f"accepted here 0, on the other path {times(e.other_path, 'prefix')}",),
            f"on {session.ce}: announce the same prefixes to {session.msee_address}",
        )


def nothing_announced(e: Evidence) -> Iterator[Verdict]:
    """No policy denies anything: the CE's own BGP table has nothing to send."""
    if e.established and not _young(e) and _has_nothing(e):
        session = e.session
        yield Verdict(
            "NOTHING-ANNOUNCED", f"{session.ce} announces nothing of its own to {session.msee_address}",
            (f"{session.ce}: no valid path of its own in BGP; {session.msee}: received 0 of {session.ce_address}",),
            f"mseelab exec {session.ce} show bgp {session.family} unicast",
        )


def _has_nothing(e: Evidence) -> bool:
    ce, msee = e.ce.bgp, e.msee.bgp
    if not e.subject.from_ce or ce is None or ce.neighbor is None or ce.has:
        return False
    return msee is not None and not msee.accepted and msee.received == 0


def too_young(e: Evidence) -> bool:
    """Whether a session carries nothing in one direction, and is not up for long enough to say why."""
    return e.established and _young(e) and (_has_nothing(e) or (_from_ce(e) or _to_ce(e)) is not None)


def _young(e: Evidence) -> bool:
    neighbor = e.msee.bgp.neighbor if e.msee.bgp else None
    return neighbor is None or neighbor.uptime_seconds < YOUNG_SECONDS


def _named(policies: tuple[str, ...]) -> str:
    return ", ".join(policies)


NEXT_HOP = Rule("policy", next_hop)
DENIED = Rule("policy", denied)
NOWHERE = Rule("policy", leads_nowhere)
ONE_PATH = Rule("policy", one_path)
NOTHING = Rule("policy", nothing_announced)

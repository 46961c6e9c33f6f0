"""Why a check failed, where the evidence says so. Facts only: nothing here is a guess, and None is an answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lab.check.evidence import SessionEvidence
from lab.check.expect import Expectation
from lab.circuit.models import AZURE_ASN, MICROSOFT
from lab.circuit.validation import DOCUMENTATION_ASNS

BAD_PEER_AS = (2, 2)
PREFIXES = (6, 1)
Why = tuple[str | None, str | None]
"""(why, next)"""


def why_down(wanted: Expectation, seen: SessionEvidence) -> Why:
    """Bottom layer first; the first one that is broken explains the rest."""
    session = seen.view.session
    state = seen.view.state
    if state == "Absent":
        return f"{session.msee} has no neighbor {session.ce_address}", "mseelab apply"
    if "Admin" in state:
        return f"{session.ce_address} is shut down on {session.msee}", "mseelab apply"
    if "PfxCt" in state:
        why = f"{session.ce} sent more prefixes than the circuit may: {session.msee} closed the session (Cease 6/1)"
        return why, f"send fewer from {session.ce}; the MSEE tries again a minute later"
    if seen.resolution in ("incomplete", "none"):
        return _unanswered(wanted, seen)
    return _refused(seen) or _closed(wanted, seen) or (seen.view.last_error and f"last: {seen.view.last_error}", None)


def _unanswered(wanted: Expectation, seen: SessionEvidence) -> Why:
    """No ARP or ND answer: the tag, if the CE has another one there; else its address or the link."""
    session = seen.view.session
    silent = f"{'ARP' if session.family == 'ipv4' else 'ND'} for {session.ce_address} gets no answer at {session.msee}"
    have = seen.ce_interfaces
    if have is not None and wanted.ce_interface not in have:
        has = f"{session.ce} has {' '.join(have)}" if have else f"{session.ce} has no sub-interface there"
        next_step = f"on {session.ce} use {wanted.ce_interface}, or change vlanId and mseelab apply"
        return f"{silent}: the peering asks for {wanted.ce_interface}, {has}", next_step
    why = f"{silent} on {wanted.ce_interface}" if have is not None else silent
    return why, f"mseelab exec {session.ce} ip addr show {wanted.ce_interface}".rstrip()


def _refused(seen: SessionEvidence) -> Why | None:
    """The kernel's MD5 counters, which say what FRR cannot see."""
    session = seen.view.session
    other, unsigned, unexpected = seen.md5.refused
    next_step = f"on {session.ce}: neighbor {session.msee_address} password KEY, or change sharedKey and mseelab apply"
    if other:
        return f"MD5: both ends sign, with different keys; {session.msee} refused {other} signed segments", next_step
    if unsigned:
        why = f"MD5: {session.ce} does not sign, the peering has a key; {session.msee} refused {unsigned} segments"
        return why, next_step
    if unexpected:
        why = f"MD5: {session.ce} signs, the peering has no key; {session.msee} refused {unexpected} segments"
        return why, f"on {session.ce}: no neighbor {session.msee_address} password, or set sharedKey and mseelab apply"
    return None


def _closed(wanted: Expectation, seen: SessionEvidence) -> Why | None:
    """The last NOTIFICATION, and who sent it."""
    session = seen.view.session
    note = seen.notification
    if note is None:
        return None
    code = note.code, note.subcode
    if code == BAD_PEER_AS and note.sent is False:
        why = f"{session.ce} sent NOTIFICATION {note}: its neighbor {session.msee_address} is not AS {AZURE_ASN}"
        return why, f"on {session.ce}: neighbor {session.msee_address} remote-as {AZURE_ASN}"
    if code == BAD_PEER_AS:
        opens = f"AS {seen.ce_asn}" if seen.ce_asn not in (None, wanted.peer_asn) else "another AS"
        why = f"{session.ce} opens as {opens}, peerASN is {wanted.peer_asn}: {session.msee} sent NOTIFICATION {note}"
        return why, f"on {session.ce}: router bgp {wanted.peer_asn}, or change peerASN and mseelab apply"
    who = "one end" if note.sent is None else session.msee if note.sent else session.ce
    return f"the last session ended with NOTIFICATION {note}, sent by {who}", None


def why_not_from_ce(wanted: Expectation, seen: SessionEvidence) -> Why:
    """Where a missing prefix got stuck, or that one is there that nobody announced."""
    session = seen.view.session
    table = f"mseelab exec {session.ce} show bgp {session.family} unicast"
    missing = [prefix for prefix in wanted.prefixes if prefix not in seen.accepted]
    if not missing:
        expected = set(wanted.prefixes)
        extra = next(prefix for prefix in seen.accepted if prefix not in expected)
        return f"{session.ce} advertises {extra} too", f"filter it on {session.ce}, or add it to advertise"
    prefix = missing[0]
    if prefix in seen.refused:
        reason, rule = _why_refused(wanted, seen.refused[prefix])
        next_step = f"mseelab explain {rule}" if rule else None
        return f"{session.msee} received {prefix} and did not accept it: {reason}", next_step
    if seen.ce_sends is None or seen.ce_has is None:
        return f"{session.msee} did not receive {prefix}", None
    if prefix in seen.ce_sends:
        return f"{session.ce} advertises {prefix} and {session.msee} did not receive it", None
    if prefix in seen.ce_has:
        why = f"{session.ce} has {prefix} and keeps it: its policy towards {session.msee_address} does not send it"
        return why, f"{table} neighbors {session.msee_address} advertised-routes"
    return f"{session.ce} does not have {prefix} in its BGP table", table


def _why_refused(wanted: Expectation, as_path: Sequence[int]) -> tuple[str, str]:
    """The reason and its rule, as far as the AS path tells them."""
    path = " ".join(map(str, as_path))
    if AZURE_ASN in as_path:
        return f"AS path {path} holds {AZURE_ASN}, the MSEE's own", "ER218"
    if wanted.session is not None and wanted.session.peering == MICROSOFT:
        if any(asn in DOCUMENTATION_ASNS for asn in as_path):
            return f"AS path {path} holds a number for documents", "ER315"
        return "it is in none of the declared prefixes", "ER312"
    return f"AS path {path}", ""


def why_not_to_ce(wanted: Expectation, seen: SessionEvidence) -> Why:
    session = seen.view.session
    missing = [prefix for prefix in wanted.prefixes if prefix not in seen.advertised]
    summary = f"mseelab show route-table-summary --path {session.path}"
    if missing:
        return f"{session.msee} does not advertise {missing[0]}", summary
    expected = set(wanted.prefixes)
    extra = next(prefix for prefix in seen.advertised if prefix not in expected)
    if session.peering == MICROSOFT:
        return f"{session.msee} advertises {extra}, which the route filter does not let through", summary
    return f"{session.msee} advertises {extra}, which no connected VNet has", summary

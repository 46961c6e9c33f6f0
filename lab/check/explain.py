"""Why prefixes are not as they should be, where the evidence says so; why a session is down is for `lab.diagnose`.

Facts only: nothing here is a guess, and None is an answer. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.check.evidence import SessionEvidence
from lab.check.expect import Expectation
from lab.circuit.models import AZURE_ASN, MICROSOFT
from lab.circuit.validation import DOCUMENTATION_ASNS
from lab.control.observe import YOUNG_SECONDS

Why = tuple[str | None, str | None]
"""(why, next)"""


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
    sends, has, uptime = seen.ce_sends, seen.ce_has, seen.view.uptime_seconds
    if sends is not None and has is not None and prefix not in sends | has:
        return f"{session.ce} has no valid path to {prefix} in its BGP table", table
    if uptime is not None and uptime < YOUNG_SECONDS:
        return f"{session.msee} has not received {prefix} yet: the session is up for {uptime:.1f} s", None
    if sends is None or has is None:
        return f"{session.msee} did not receive {prefix}", None
    if prefix in sends:
        return f"{session.ce} advertises {prefix} and {session.msee} did not receive it", None
    why = f"{session.ce} has {prefix} and keeps it: its policy towards {session.msee_address} does not send it"
    return why, f"{table} neighbors {session.msee_address} advertised-routes"


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

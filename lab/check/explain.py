"""Why prefixes are not as they should be, where the evidence says so; why a session is down is for `lab.diagnose`.

Facts only: nothing here is a guess, and None is an answer. Pure.
"""

from __future__ import annotations

from functools import partial

from lab.check.evidence import SessionEvidence
from lab.check.expect import Expectation
from lab.check.missing import missing, reason, some, together
from lab.circuit.models import MICROSOFT

Why = tuple[str | None, str | None]
"""(why, next)"""


def why_not_from_ce(wanted: Expectation, seen: SessionEvidence) -> Why:
    """Where missing prefixes got stuck, or which are there that nobody announced."""
    lacking = missing(wanted, seen)
    if lacking:
        found = together(lacking, partial(reason, wanted, seen))
        return found.why, found.next
    session, expected = seen.view.session, set(wanted.prefixes)
    extra = some([prefix for prefix in seen.accepted if prefix not in expected])
    return f"{session.ce} advertises {extra} too", f"filter it on {session.ce}, or add it to advertise"


def why_not_to_ce(wanted: Expectation, seen: SessionEvidence) -> Why:
    session = seen.view.session
    lacking = [prefix for prefix in wanted.prefixes if prefix not in seen.advertised]
    summary = f"mseelab show route-table-summary --path {session.path}"
    if lacking:
        return f"{session.msee} does not advertise {some(lacking)}", summary
    expected = set(wanted.prefixes)
    extra = some([prefix for prefix in seen.advertised if prefix not in expected])
    if session.peering == MICROSOFT:
        return f"{session.msee} advertises {extra}, which the route filter does not let through", summary
    return f"{session.msee} advertises {extra}, which no connected VNet has", summary

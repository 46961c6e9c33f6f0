"""Why prefixes that a CE should announce are missing: every one is explained, those with one reason together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lab.check.evidence import SessionEvidence
from lab.check.expect import Expectation
from lab.circuit.models import AZURE_ASN, MICROSOFT
from lab.circuit.validation import DOCUMENTATION_ASNS
from lab.control.observe import YOUNG_SECONDS

REASONS, LIKEWISE = 4, 6
"""How many of each are shown; the others are counted."""


@dataclass(frozen=True)
class Reason:
    """Why a prefix is missing, as far as the evidence says so; `where` is `ce1.conf:14`."""

    why: str
    next: str | None = None
    where: str | None = None


def missing(wanted: Expectation, seen: SessionEvidence) -> list[str]:
    return [prefix for prefix in wanted.prefixes if prefix not in seen.accepted]


def together(prefixes: Iterable[str], of: Callable[[str], Reason]) -> Reason:
    """One reason for all of them; the first's next step and place, and whatever else is wrong behind it."""
    groups: dict[str, list[tuple[str, Reason]]] = {}
    for prefix in prefixes:
        reason = of(prefix)
        groups.setdefault(reason.why.replace(prefix, "{}"), []).append((prefix, reason))
    told = [_sentence(group) for group in groups.values()]
    more = f"; and {len(told) - REASONS} reasons more" if len(told) > REASONS else ""
    first = next(iter(groups.values()))[0][1]
    return Reason("; ".join(told[:REASONS]) + more, first.next, first.where)


def _sentence(group: Sequence[tuple[str, Reason]]) -> str:
    (_, reason), *others = group
    return f"{reason.why}, likewise {some([prefix for prefix, _ in others])}" if others else reason.why


def some(prefixes: Sequence[str]) -> str:
    """`10.1.0.0/16, 10.2.0.0/16 and 93 more`."""
    more = f" and {len(prefixes) - LIKEWISE} more" if len(prefixes) > LIKEWISE else ""
    return f"{', '.join(prefixes[:LIKEWISE])}{more}"


def reason(wanted: Expectation, seen: SessionEvidence, prefix: str) -> Reason:
    """Where a missing prefix got stuck, by the tables of both ends alone."""
    session = seen.view.session
    table = f"mseelab exec {session.ce} show bgp {session.family} unicast"
    if prefix in seen.refused:
        why, rule = _refused(wanted, seen.refused[prefix])
        text = f"{session.msee} received {prefix} and did not accept it: {why}"
        return Reason(text, f"mseelab explain {rule}" if rule else None)
    sends, has, uptime = seen.ce_sends, seen.ce_has, seen.view.uptime_seconds
    if sends is not None and has is not None and prefix not in sends | has:
        return Reason(f"{session.ce} has no valid path to {prefix} in its BGP table", table)
    if uptime is not None and uptime < YOUNG_SECONDS:
        return Reason(f"{session.msee} has not received {prefix} yet: the session is up for {uptime:.1f} s")
    if sends is None or has is None:
        return Reason(f"{session.msee} did not receive {prefix}")
    if prefix in sends:
        return Reason(f"{session.ce} advertises {prefix} and {session.msee} did not receive it")
    why = f"{session.ce} has {prefix} and does not send it to {session.msee_address}"
    return Reason(why, f"{table} neighbors {session.msee_address} advertised-routes")


def _refused(wanted: Expectation, as_path: Sequence[int]) -> tuple[str, str]:
    """The reason and its rule, as far as the AS path tells them."""
    path = " ".join(map(str, as_path))
    if AZURE_ASN in as_path:
        return f"AS path {path} holds {AZURE_ASN}, the MSEE's own", "ER218"
    if wanted.session is not None and wanted.session.peering == MICROSOFT:
        if any(asn in DOCUMENTATION_ASNS for asn in as_path):
            return f"AS path {path} holds a number for documents", "ER315"
        return "it is in none of the declared prefixes", "ER312"
    return f"AS path {path}", ""

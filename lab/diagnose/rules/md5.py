"""The shared key: which end holds one, whether it is the same, and what the kernels refused."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import Evidence, Refused
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import times, window


def md5(e: Evidence) -> Iterator[Verdict]:
    if e.established or not e.session.ce:
        return
    told = e.ce.seen and (e.ce.keys.listens or e.ce.keys.key)
    code = _by_keys(e) if told else _by_wire(e)
    if code is None:
        return
    session = e.session
    sentence, lines, step = {
        "MD5-DIFFERENT": (
            "both ends sign, with different keys", _both_sign(e),
            f"on {session.ce}: neighbor {session.msee_address} password KEY, or change sharedKey and mseelab apply",
        ),
        "MD5-MISSING-AT-CE": (
            f"{session.msee} has a key, {session.ce} has none", _missing_at_ce(e),
            f"on {session.ce}: neighbor {session.msee_address} password KEY, or remove sharedKey and mseelab apply",
        ),
        "MD5-MISSING-AT-MSEE": (
            f"{session.ce} has a key, {session.msee} has none", _missing_at_msee(e),
            f"mseelab up: the peering has a sharedKey and {session.msee} lacks it" if session.key
            else f"set sharedKey and mseelab apply, or on {session.ce}: no neighbor {session.msee_address} password",
        ),
    }[code]
    yield Verdict(code, sentence, lines, step)


def _by_keys(e: Evidence) -> str | None:
    """Both kernels tell whether they hold a key for the other end."""
    if not e.msee.keys.listens:
        return None
    if e.ce.keys.key and e.msee.keys.key:
        return "MD5-DIFFERENT" if e.same_key is False else None
    if e.msee.keys.key:
        return "MD5-MISSING-AT-CE"
    return "MD5-MISSING-AT-MSEE" if e.ce.keys.key else None


def _by_wire(e: Evidence) -> str | None:
    """The CE's own SYNs tell whether it signs, and the MSEE's kernel what it thinks of them."""
    came, refused = e.wire.arrived("msee"), e.msee.refused
    if e.msee.keys.key and came.call_taken:
        return "MD5-MISSING-AT-CE"
    if not came.syn or e.wire.left("msee").syn_ack:
        return None
    if e.msee.keys.key:
        if not came.signed and refused.not_found:
            return "MD5-MISSING-AT-CE"
        return "MD5-DIFFERENT" if came.signed and refused.failure else None
    return "MD5-MISSING-AT-MSEE" if came.signed and refused.unexpected else None


def _both_sign(e: Evidence) -> tuple[str, ...]:
    held = ("both kernels hold a key for the other end, and not the same",) if e.same_key is False else ()
    return (*held, *_counted(e, "failure", "signed segment", "TCPMD5Failure"))


def _missing_at_ce(e: Evidence) -> tuple[str, ...]:
    held = _held(e.session.msee, e.session.ce, e) if e.ce.seen else ()
    if e.wire.arrived("msee").call_taken:
        held = (f"{e.session.ce} answers a SYN without a signature, and none of those that {e.session.msee} signs",)
    refused = _count(e.msee.refused, e.session.msee, "not_found", "unsigned segment", "TCPMD5NotFound", e)
    more = _count(e.ce.refused, e.session.ce, "unexpected", "signed segment", "TCPMD5Unexpected", e)
    return (*held, *refused, *more)


def _missing_at_msee(e: Evidence) -> tuple[str, ...]:
    held = _held(e.session.ce, e.session.msee, e) if e.ce.seen else ()
    refused = _count(e.msee.refused, e.session.msee, "unexpected", "signed segment", "TCPMD5Unexpected", e)
    more = _count(e.ce.refused, e.session.ce, "not_found", "unsigned segment", "TCPMD5NotFound", e)
    return (*held, *refused, *more)


def _held(who: str, who_not: str, e: Evidence) -> tuple[str, ...]:
    return (f"the kernel of {who} holds a key for the other end, that of {who_not} holds none",)


def _counted(e: Evidence, name: str, what: str, counter: str) -> tuple[str, ...]:
    found = (
        _count(end.refused, node, name, what, counter, e)
        for node, end in ((e.session.msee, e.msee), (e.session.ce, e.ce))
    )
    return tuple(line for lines in found for line in lines)


def _count(refused: Refused, node: str, name: str, what: str, counter: str, e: Evidence) -> tuple[str, ...]:
    count: int = getattr(refused, name)
    return (f"{window(e)}: {node} refused {times(count, what)} ({counter} +{count})",) if count else ()


MD5 = Rule("tcp", md5)

"""From expectations and evidence to results. Pure: a test can hand it any evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from lab.check.evidence import AsPath, Evidence, SessionEvidence
from lab.check.expect import MAX_HOLD_SECONDS, Expectation
from lab.check.explain import why_not_from_ce, why_not_to_ce
from lab.check.result import NOT_UP, CheckResult
from lab.circuit.models import AZURE_ASN, Session
from lab.role.expect import Leg

LISTED = 6
Finding = tuple[str | None, str | None, str | None, str | None]
"""(expected, got, why, next) of a failure."""


def evaluate(expectations: Iterable[Expectation], evidence: Evidence, seconds: float) -> tuple[CheckResult, ...]:
    """One result per expectation, in their order. `seconds` is when the evidence was complete."""
    return tuple(_judge(expectation, evidence, seconds) for expectation in expectations)


def warnings(lab: str, concerns: Iterable[tuple[str, str]]) -> tuple[CheckResult, ...]:
    """What is allowed and unwise, as results."""
    return tuple(
        CheckResult(f"{lab}/{kind}", kind, lab, None, None, None, "warn", why=sentence, severity="warning")
        for kind, sentence in concerns
    )


def _judge(wanted: Expectation, evidence: Evidence, seconds: float) -> CheckResult:
    if wanted.session is None:
        finding = _reach(wanted, evidence)
    else:
        seen = evidence.sessions[wanted.session]
        finding = {"sessions": _session, "from-ce": _from_ce, "to-ce": _to_ce}[wanted.kind](wanted, seen)
    expected, got, why, next_step = finding if finding else (promise(wanted), promise(wanted), None, None)
    session = wanted.session
    consequence = finding is not None and _follows(wanted, evidence)
    return CheckResult(
        wanted.id, wanted.kind, wanted.circuit, session.peering if session else None,
        session.path if session else None, wanted.family, "fail" if finding else "pass", wanted.label,
        expected, got, why, next_step, wanted.source, wanted.about, seconds,
        consequence=consequence, evidence=_tried(wanted, evidence) if finding else {},
    )


def _tried(wanted: Expectation, evidence: Evidence) -> dict[str, Any]:
    """What the check itself has done, for the evidence of a failure: its pings."""
    words = {True: "answered", False: "no answer", None: "not asked: no session"}
    pings = [
        {"path": leg.path, "from": leg.ce, "source": leg.source, "to": leg.target,
         "result": words[evidence.answered.get(leg)]}
        for leg in wanted.legs
    ]
    pings += [
        {"path": "as routed", "from": leg.ce, "source": leg.source, "to": leg.target, "result": words[False]}
        for leg in wanted.legs if evidence.routed.get(leg.flow) is False
    ]
    return {"check": {"ping": pings}} if pings else {}


def _follows(wanted: Expectation, evidence: Evidence) -> bool:
    """Whether the check had to fail because a session is down."""
    if wanted.kind == "sessions":
        return False
    if wanted.session is not None:
        return not evidence.sessions[wanted.session].view.established
    silent = [leg for leg in wanted.legs if not evidence.answered.get(leg, False)]
    return bool(silent) and all(_down_sessions(evidence, [leg]) for leg in silent)


def _down_sessions(evidence: Evidence, legs: Sequence[Leg]) -> list[Session]:
    """The sessions of these ways that are not Established."""
    ends = {(leg.ce, leg.ce_address) for leg in legs}
    views = [seen.view for seen in evidence.sessions.values()]
    return [v.session for v in views if not v.established and (v.session.ce, v.session.ce_address) in ends]


def _session(wanted: Expectation, seen: SessionEvidence) -> Finding | None:
    view = seen.view
    session = view.session
    if not session.enabled:
        reason = session.why or "the peering is Disabled"
        return None if not view.established else (f"{NOT_UP}: {reason}", view.state, None, None)
    if not view.established:
        return "Established", view.state, view.last_error and f"last: {view.last_error}", None
    if session.key is not None and seen.md5.listener is False:
        why = f"the listener of {session.msee} holds no key for {session.ce_address}: a CE without a key would come up"
        return "a key on the listener", "none", why, "mseelab apply"
    if session.key is not None and seen.md5.connection is False:
        why = f"{session.msee} accepted the connection of {session.ce_address} without a key"
        return "a signed connection", "an unsigned one", why, "mseelab apply"
    if seen.hold_time > MAX_HOLD_SECONDS:
        return f"hold time {MAX_HOLD_SECONDS} s or less", f"{seen.hold_time:.0f} s", None, None
    if view.bfd == "down" or (wanted.bfd and view.bfd != "up"):
        why = f"{session.ce} and {session.msee} exchange no BFD packets, or too few of them"
        got = "BFD down" if view.bfd == "down" else "BFD not up"
        return "BFD up", got, why, f"mseelab exec {session.ce} show bfd peers"
    return None


def _from_ce(wanted: Expectation, seen: SessionEvidence) -> Finding | None:
    if not seen.view.established:
        return _listed(wanted.prefixes), "none", f"the session is {seen.view.state}", None
    if set(seen.accepted) != set(wanted.prefixes):
        why, next_step = why_not_from_ce(wanted, seen)
        return _listed(wanted.prefixes), _got(wanted.prefixes, seen.accepted), why, next_step
    foreign = {prefix: path for prefix, path in seen.accepted.items() if path[:1] != (wanted.peer_asn,)}
    if foreign:
        prefix, path = next(iter(foreign.items()))
        return f"AS path starting with {wanted.peer_asn}", f"{prefix} with {as_text(path)}", None, None
    if seen.lacking:
        gone = {lacking.prefix for lacking in seen.lacking}
        arrived = _listed([prefix for prefix in wanted.prefixes if prefix not in gone])
        return f"{_listed(wanted.prefixes)} at the gateways", arrived, seen.lacking[0].why, None
    return None


def _to_ce(wanted: Expectation, seen: SessionEvidence) -> Finding | None:
    if not seen.view.established:
        return _listed(wanted.prefixes), "none", f"the session is {seen.view.state}", None
    if set(seen.advertised) != set(wanted.prefixes):
        return (_listed(wanted.prefixes), _got(wanted.prefixes, seen.advertised), *why_not_to_ce(wanted, seen))
    if seen.at_ce is None:
        return None
    if wanted.generated and set(seen.at_ce) != set(wanted.prefixes):
        why = f"{seen.view.session.msee} advertises them and {seen.view.session.ce} does not have them"
        return _listed(wanted.prefixes), _got(wanted.prefixes, seen.at_ce), why, None
    foreign = {prefix: path for prefix, path in seen.at_ce.items() if path != (AZURE_ASN,)}
    if foreign:
        prefix, path = next(iter(foreign.items()))
        return f"AS path {AZURE_ASN}", f"{prefix} with {as_text(path)}", f"seen at {seen.view.session.ce}", None
    return None


def _reach(wanted: Expectation, evidence: Evidence) -> Finding | None:
    silent = [leg for leg in wanted.legs if not evidence.answered.get(leg, False)]
    if not silent:
        return _not_routed(wanted, evidence)
    asked = [f"{leg.path} from {leg.ce}" for leg in silent if leg in evidence.answered]
    others = [f"{leg.path} from {leg.ce}" for leg in silent if leg not in evidence.answered]
    parts = [f"no answer over {', '.join(asked)}"] if asked else []
    parts += [f"no session over {', '.join(others)}"] if others else []
    down = _down_sessions(evidence, silent)
    why = f"{', '.join(session.label for session in down)} not Established" if down else _no_way_back(silent, evidence)
    first = silent[0]
    return (
        promise(wanted),
        "; ".join(parts),
        why,
        None if down else f"mseelab exec {first.ce} ping -I {first.source} {wanted.target}",
    )


def _not_routed(wanted: Expectation, evidence: Evidence) -> Finding | None:
    """Every path carries packets, and the CE does not send them there."""
    lost = [leg for leg in wanted.legs if not evidence.routed.get(leg.flow, True)]
    if not lost:
        return None
    ce, target = lost[0].ce, lost[0].target
    why = f"each path answers, but the routes of {ce} lead elsewhere"
    return promise(wanted), f"no answer by the routes of {ce}", why, f"mseelab exec {ce} ip route get {target}"


def _no_way_back(silent: Sequence[Leg], evidence: Evidence) -> str | None:
    """Whether no MSEE of the circuit has a prefix that the CE's address is in: the answer goes nowhere."""
    first = silent[0]
    seen = [each for session, each in evidence.sessions.items() if session.circuit == first.circuit]
    source = ip_address(first.source)
    if any(source in ip_network(prefix) for each in seen for prefix in each.accepted):
        return None
    return f"no MSEE accepts a prefix from {first.ce} that {first.source} is in: the answer has no way back"


def promise(wanted: Expectation) -> str:
    """What a check that passes has expected, and got."""
    if wanted.kind == "sessions":
        return "Established" if wanted.session is None or wanted.session.enabled else NOT_UP
    if wanted.kind == "reach":
        return f"{wanted.target} answers over {' and '.join(dict.fromkeys(leg.path for leg in wanted.legs))}"
    return _listed(wanted.prefixes)


def as_text(path: AsPath) -> str:
    return " ".join(map(str, path)) or "no AS path"


def _listed(prefixes: Sequence[str]) -> str:
    if len(prefixes) <= LISTED:
        return ", ".join(prefixes) or "none"
    return f"{', '.join(prefixes[:LISTED])} … ({len(prefixes):,} in all)"


def _got(expected: Sequence[str], found: Mapping[str, AsPath]) -> str:
    """What there is; of long lists the difference."""
    wanted = set(expected)
    extra = [prefix for prefix in found if prefix not in wanted]
    ordered = [*(prefix for prefix in expected if prefix in found), *extra]
    if max(len(ordered), len(expected)) <= LISTED:
        return _listed(ordered)
    missing = [prefix for prefix in expected if prefix not in found]
    parts = [f"{len(found):,}"]
    parts += [f"missing {_listed(missing)}"] if missing else []
    parts += [f"not expected {_listed(extra)}"] if extra else []
    return "; ".join(parts)

"""The line of a CE's own file that is to blame for a failure, where the file tells: where, why, next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network

from bgp.frr.userfile.announced import announced
from bgp.frr.userfile.blame import CAUSES, keeps_down, not_sent, not_taken, not_there
from bgp.frr.userfile.policy import Blame
from bgp.frr.userfile.routes import elsewhere
from lab.check.evidence import Evidence, SessionEvidence
from lab.check.expect import Expectation
from lab.check.missing import Reason, missing, reason, some, together
from lab.check.result import CheckResult
from lab.circuit.models import AZURE_ASN
from lab.control.sources import Source, Sources
from lab.role.expect import Leg


def blamed(
    results: Iterable[CheckResult], expectations: Iterable[Expectation], evidence: Evidence, own: Sources
) -> tuple[CheckResult, ...]:
    """`results`, those that failed with the line to blame, where a CE's own file is."""
    wanted = {expectation.id: expectation for expectation in expectations}
    return tuple(
        _blamed(result, wanted[result.id], evidence, own) if result.result != "pass" and result.id in wanted else result
        for result in results
    )


def _blamed(result: CheckResult, wanted: Expectation, evidence: Evidence, own: Sources) -> CheckResult:
    if result.consequence:
        return result
    if wanted.session is None:
        return _of_reach(result, wanted, evidence, own)
    source = own.get(wanted.session.ce)
    seen = evidence.sessions.get(wanted.session)
    if source is None or seen is None:
        return result
    if wanted.kind == "sessions":
        return of_session(result, seen, source)
    if wanted.kind != "from-ce" or not seen.view.established:
        return result
    lacking = missing(wanted, seen)
    return of_prefixes(result, wanted, seen, source, lacking) if lacking else _too_many(result, wanted, seen, source)


def of_session(result: CheckResult, seen: SessionEvidence, source: Source) -> CheckResult:
    """A session that is not up, or up without BFD; one that was diagnosed has its line already."""
    if result.where:
        return result
    session = seen.view.session
    needs = source.needs[session]
    if not seen.view.established:
        found = keeps_down(source.file, needs)
    elif seen.view.bfd != "up":
        found = CAUSES["bfd"](source.file, needs)
    else:
        found = None
    if found is None:
        return result
    sentence = found.sentence(source.name)
    why = f"{result.why}; {sentence}" if result.why else sentence
    return replace(result, where=source.place(found.line), why=why, next=_typed(session.ce, found) or result.next)


def of_prefixes(
    result: CheckResult, wanted: Expectation, seen: SessionEvidence, source: Source, lacking: Sequence[str]
) -> CheckResult:
    """Prefixes that the CE does not send: its file keeps them, or does not make them; and those that it does send."""
    found = together(lacking, lambda prefix: _by_file(seen, source, prefix) or reason(wanted, seen, prefix))
    return replace(result, where=found.where, why=found.why, next=found.next or result.next)


def _too_many(result: CheckResult, wanted: Expectation, seen: SessionEvidence, source: Source) -> CheckResult:
    """Prefixes that nobody waits for, with the line that announces the first of them."""
    session = seen.view.session
    extra = [prefix for prefix in seen.accepted if prefix not in wanted.prefixes]
    if not extra:
        return result
    found = announced(source.file, session.msee_address, session.family, ip_network(extra[0]))
    if found is None:
        return result
    step = _typed(session.ce, found) or result.next
    why = f"{session.ce} advertises {some(extra)} too: {found.sentence(source.name)}"
    return replace(result, where=source.place(found.line), why=why, next=step)


def _by_file(seen: SessionEvidence, source: Source, prefix: str) -> Reason | None:
    """The line of the file that keeps a prefix, where the CE's own table says that it does."""
    session = seen.view.session
    needs, network = source.needs[session], ip_network(prefix)
    if prefix in seen.refused or seen.ce_sends is None or seen.ce_has is None or prefix in seen.ce_sends:
        return None
    if prefix in seen.ce_has:
        found, fact = not_sent(source.file, needs, network), f"{session.ce} has {prefix} and keeps it"
    else:
        found, fact = not_there(source.file, needs, network), f"{session.ce} has no valid path to {prefix} in BGP"
    if found is None:
        return None
    return Reason(f"{fact}: {found.sentence(source.name)}", found.next, source.place(found.line))


def _of_reach(result: CheckResult, wanted: Expectation, evidence: Evidence, own: Sources) -> CheckResult:
    """No answer, because the CE does not take the route that the MSEE sends."""
    for leg in wanted.legs:
        silent = not (evidence.answered.get(leg, False) and evidence.routed.get(leg.flow, True))
        seen = _session_of(leg, evidence) if silent else None
        if seen is None or leg.ce not in own:
            continue
        for prefix in seen.advertised:
            if seen.at_ce is None or prefix in seen.at_ce or ip_address(leg.target) not in ip_network(prefix):
                continue
            source = own[leg.ce]
            found = not_taken(source.file, source.needs[seen.view.session], ip_network(prefix), (AZURE_ASN,))
            if found is not None:
                why = f"{leg.ce} does not take {prefix} from {seen.view.session.msee}: {found.sentence(source.name)}"
                return replace(result, where=source.place(found.line), why=why, next=found.next or result.next)
    return _by_own_route(result, wanted, evidence, own)


def _by_own_route(result: CheckResult, wanted: Expectation, evidence: Evidence, own: Sources) -> CheckResult:
    """No answer, because a static route of the CE's wins over what the MSEE sends."""
    for leg in wanted.legs:
        seen = _session_of(leg, evidence)
        if evidence.routed.get(leg.flow, True) or seen is None or leg.ce not in own:
            continue
        target = ip_address(leg.target)
        learned = [net.prefixlen for net in map(ip_network, seen.advertised) if target in net]
        found = elsewhere(own[leg.ce].file, target, max(learned, default=0))
        if found is not None:
            source = own[leg.ce]
            why = f"{leg.ce} does not send {leg.target} to Azure: {found.sentence(source.name)}"
            return replace(result, where=source.place(found.line), why=why, next=_typed(leg.ce, found))
    return result


def _session_of(leg: Leg, evidence: Evidence) -> SessionEvidence | None:
    ends = leg.ce, leg.ce_address
    found = (seen for s, seen in evidence.sessions.items() if (s.ce, s.ce_address) == ends and seen.view.established)
    return next(found, None)


def _typed(ce: str, found: Blame) -> str | None:
    return f"on {ce}: {found.next}" if found.next else None

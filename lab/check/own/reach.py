"""`reach`: echo requests over each path, as many and as large as asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lab.asked.reach import KIND, Reach
from lab.check.own.base import Failure, Judged, Scene, nothing_fits
from lab.circuit.models import FAMILIES, CustomerEdge, Session
from lab.net.addresses import devices_by_address
from lab.net.inside import in_namespace
from lab.net.ping import Answer, Echo, Sample, ping, sample
from lab.role.ce import private_address, source_address
from lab.role.expect import Leg, legs

ANSWER_SECONDS = 3.0
LEAST_PACKETS = 100
INTERVAL = 0.005


@dataclass(frozen=True)
class Way:
    """One way that is tried, and what came of it. `whole` is the answer to a packet as large as asked."""

    leg: Leg
    state: str
    answer: Answer | None = None
    loss: Sample | None = None
    whole: Answer | None = None


def look(value: Reach, scene: Scene) -> Judged:
    ways = _ways(value, scene)
    return judge(value, _tried(value, scene, ways))


def judge(value: Reach, ways: Sequence[Way]) -> Judged:
    """Pure."""
    if not ways:
        why = f"no CE has the address {value.from_}" if value.from_ and _is_address(value.from_) else ""
        return Judged("", (nothing_fits(value, "way into Azure", why=why),))
    failures = tuple(f for way in ways if (f := _failure(value, way)) is not None)
    return Judged(KIND.asks(value), failures, _said(value, ways) if not failures else "")


def _said(value: Reach, ways: Sequence[Way]) -> str:
    if value.loss is None:
        return ""
    sent = sum(way.loss.sent for way in ways if way.loss)
    lost = sum(way.loss.lost for way in ways if way.loss)
    return f"{lost} of {sent:,} lost"


def _failure(value: Reach, way: Way) -> Failure | None:
    leg = way.leg
    subject = f"{leg.ce} → {leg.target} over {leg.path}"
    step = f"mseelab exec {leg.ce} ping -I {leg.source} {leg.target}"
    if way.state != "Established":
        return Failure(subject, "an answer", "none", f"the session is {way.state}", follows=True)
    if way.answer is None or not way.answer.answered:
        why = way.answer.reason if way.answer and way.answer.reason else None
        return Failure(subject, f"{leg.target} answers over {leg.path}", "no answer", why, step)
    if value.loss is not None and way.loss is not None and way.loss.lost > value.loss * way.loss.sent:
        expected = f"{value.loss * 100:g}% lost at most"
        return Failure(subject, expected, f"{way.loss.lost} of {way.loss.sent} lost ({way.loss.share * 100:.1f}%)")
    if value.mtu is not None and not (way.whole and way.whole.answered):
        reason = way.whole.reason if way.whole else ""
        why = reason or "smaller packets are answered, so a link on the way is narrower"
        return Failure(subject, f"packets of {value.mtu} bytes get through", "no answer to one", why,
                       f"mseelab exec {leg.ce} ping -M do -s {value.mtu - 28} -I {leg.source} {leg.target}")
    return None


def _ways(value: Reach, scene: Scene) -> list[tuple[Leg, Session]]:
    """Every way of the selection: those that follow from the circuit, or to and from the address that is asked for."""
    sessions = tuple(s for s in scene.chosen(value, enabled=True))
    by_end = {(s.ce, s.ce_address): s for s in sessions}
    known = [leg for leg in legs(scene.applied.spec, sessions) if leg.beyond == value.to or not _names(value.to)]
    if value.to is not None and _is_address(value.to):
        known = [leg for session in sessions for leg in _to_address(value.to, scene, session)]
    if value.from_ is not None and _is_address(value.from_):
        owner = _owner(value.from_, scene)
        family = "ipv6" if ":" in value.from_ else "ipv4"
        known = [_from_address(leg, value.from_) for leg in known if leg.ce == owner and leg.family == family]
    elif value.from_ is not None:
        known = [leg for leg in known if leg.ce == value.from_]
    return [(leg, by_end[leg.ce, leg.ce_address]) for leg in dict.fromkeys(known)]


def _names(place: str | None) -> bool:
    return place is not None and not _is_address(place)


def _is_address(place: str) -> bool:
    return ":" in place or place.replace(".", "").isdigit()


def _to_address(target: str, scene: Scene, session: Session) -> list[Leg]:
    spec = scene.applied.spec
    edge: CustomerEdge = next(ce for ce in spec.customer_edges if ce.name == session.ce)
    source = source_address(spec, edge, session)
    if source is None or (":" in target) != (session.family == "ipv6") or edge.kind == "external":
        return []
    return [
        Leg(session.circuit, session.peering, target, session.family, session.path, session.ce, session.ce_address,
            source, target)
    ]


def _from_address(leg: Leg, source: str) -> Leg:
    return replace(leg, source=source)


def _owner(address: str, scene: Scene) -> str | None:
    """The CE that has the address."""
    for edge in scene.applied.spec.customer_edges:
        node = scene.daemons.nodes[edge.name]
        given = {private_address(scene.applied.spec, edge, family) for family in FAMILIES}
        if address in given or address in in_namespace(node.pid, "", devices_by_address):
            return edge.name
    return None


def _tried(value: Reach, scene: Scene, ways: Sequence[tuple[Leg, Session]]) -> list[Way]:
    states = {leg: scene.seen[s].view.state if s in scene.seen else "not looked at" for leg, s in ways}
    open_ways = [leg for leg, _ in ways if states[leg] == "Established"]
    echoes = {
        leg: Echo(scene.daemons.nodes[leg.ce].pid, leg.target, leg.source, leg.ce_address) for leg in open_ways
    }
    answers = dict(zip(open_ways, ping(list(echoes.values()), ANSWER_SECONDS), strict=True))
    answering = [leg for leg in open_ways if answers[leg].answered]
    loss: Mapping[Leg, Sample] = {}
    whole: Mapping[Leg, Answer] = {}
    if value.loss is not None and answering:
        count = LEAST_PACKETS if not value.loss else max(LEAST_PACKETS, math.ceil(1 / value.loss))
        loss = dict(zip(answering, sample([echoes[leg] for leg in answering], count, INTERVAL), strict=True))
    if value.mtu is not None and answering:
        wide = [Echo(e.pid, e.target, e.source, e.via_address, size=value.mtu) for e in map(echoes.get, answering) if e]
        whole = dict(zip(answering, ping(wide, ANSWER_SECONDS / 3), strict=True))
    return [Way(leg, states[leg], answers.get(leg), loss.get(leg), whole.get(leg)) for leg, _ in ways]

"""Gathers the evidence, once for all checks: the only part of `check` that asks anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bgp import tcpmd5
from bgp.frr import show
from bgp.route import Route
from bgp.session import Neighbor
from lab.check.evidence import AsPath, Md5Evidence, SessionEvidence
from lab.check.expect import Expectation
from lab.check.reads import Reads
from lab.circuit.models import Family, Session
from lab.control import at_gateways
from lab.control.observe import Daemons, SessionView, observe
from lab.net import inside
from lab.role.expect import Flow, Leg

Place = tuple[str, str]
"""(node, routing domain)"""
Tables = Mapping[tuple[str, str, Family], Mapping[str, Mapping[str, AsPath]]]
"""By node, routing domain and family: each peer's prefixes with their AS path; a node's own have peer `""`."""


class Gatherer:
    """Asks the daemons of one lab."""

    def __init__(
        self,
        daemons: Daemons,
        expectations: Iterable[Expectation],
        detailed: frozenset[str] = frozenset(),
        named: Mapping[Session, frozenset[str]] | None = None,
    ) -> None:
        """`detailed` are nodes whose tables are read with communities, for whoever shares `reads`; `named` prefixes
        that a session's CE has to send beside what the circuit expects."""
        self._daemons = daemons
        self.reads = Reads(daemons, detailed)
        self._named = named or {}
        wanted = [(e, e.session) for e in expectations if e.session is not None]
        self._wanted = {session: e for e, session in wanted if e.kind == "sessions"}
        self.wanted: Mapping[Session, Expectation] = self._wanted
        self._from_ce = {session: e for e, session in wanted if e.kind == "from-ce"}

    def sessions(self) -> dict[Session, SessionEvidence]:
        """The evidence of every session: one question per MSEE, CE, routing domain, and one per session."""
        self.reads.forget()
        views = observe(self._daemons, tuple(self._wanted))
        details = self._details()
        tables = self._tables()
        keys = self._keys()
        found = {}
        for view in views:
            session = view.session
            detail = details.get((session.msee, session.vrf, session.ce_address))
            if view.established:
                found[session] = self._carries(view, detail, tables, keys)
            else:
                found[session] = SessionEvidence(view)
        return found

    def _details(self) -> dict[tuple[str, str, str], Neighbor]:
        return {
            (msee, neighbor.vrf, neighbor.address): neighbor
            for msee in dict.fromkeys(s.msee for s in self._wanted)
            if self._daemons.runs(msee)
            for neighbor in self.reads.neighbors(msee)
        }

    def _tables(self) -> Tables:
        places = [(s.msee, s.vrf, s.family) for s in self._wanted] + [(s.ce, "", s.family) for s in self._wanted]
        found: dict[tuple[str, str, Family], dict[str, dict[str, AsPath]]] = {}
        for node, vrf, family in dict.fromkeys(places):
            if not self._daemons.runs(node):
                continue
            found[node, vrf, family] = {
                peer: {route.prefix: route.as_path for route in routes}
                for peer, routes in self.reads.table(node, vrf, family).items()
            }
        return found

    def _keys(self) -> dict[Place, tcpmd5.Sockets]:
        """What the kernel holds for BGP's sockets, in the routing domains of sessions with a key."""
        places = dict.fromkeys((s.msee, s.vrf) for s in self._wanted if s.key is not None)
        return {place: inside.in_namespace(self._daemons.nodes[place[0]].pid, place[1], _sockets) for place in places}

    def _carries(
        self, view: SessionView, detail: Neighbor | None, tables: Tables, keys: Mapping[Place, tcpmd5.Sockets]
    ) -> SessionEvidence:
        session = view.session
        accepted = tables.get((session.msee, session.vrf, session.family), {}).get(session.ce_address, {})
        at_ce = tables.get((session.ce, "", session.family))
        bgpd = self._daemons.vty(session.msee)
        sent = self.reads.sent(session.msee, session.vrf, session.family, session.ce_address)
        wanted = self._from_ce.get(session)
        wrong = wanted is not None and set(accepted) != set(wanted.prefixes)
        wrong = wrong or not self._named.get(session, frozenset()) <= accepted.keys()
        received = show.received_routes(bgpd, session.vrf, session.family, session.ce_address) if wrong else ()
        offered = None
        if wrong and at_ce is not None:
            routes = self.reads.sent(session.ce, "", session.family, session.msee_address)
            offered = frozenset(route.prefix for route in routes)
        return SessionEvidence(
            view,
            hold_time=detail.hold_time if detail else 0.0,
            md5=_md5(session, keys),
            accepted=accepted,
            refused={route.prefix: route.as_path for route in received if route.prefix not in accepted},
            advertised={route.prefix: route.as_path for route in sent},
            at_ce=None if at_ce is None else at_ce.get(session.msee_address, {}),
            ce_sends=offered,
            lacking=self._lacking(session, accepted),
            ce_has=None if at_ce is None else usable(self.reads.table(session.ce, "", session.family)),
        )

    def _lacking(self, session: Session, accepted: Mapping[str, AsPath]) -> tuple[at_gateways.Lacking, ...]:
        """What gateways do not have of what the MSEE took."""
        found: list[at_gateways.Lacking] = []
        wanted = self._from_ce.get(session)
        for behind in wanted.behind if wanted is not None else ():
            if not self._daemons.runs(behind.node):
                continue
            known = self.reads.counts(behind.node)
            if not at_gateways.complete(known, behind, session.family, len(accepted)):
                found += at_gateways.lacking(self._daemons, behind, session.family, accepted)
        return tuple(found)


def usable(table: Mapping[str, Iterable[Route]]) -> frozenset[str]:
    """What a router could send. FRR lists a `network` without a route too, and marks it not valid."""
    return frozenset(route.prefix for routes in table.values() for route in routes if route.valid)


def _sockets() -> tcpmd5.Sockets:
    with tcpmd5.open_diag() as diag:
        return tcpmd5.sockets(diag)


def _md5(session: Session, keys: Mapping[Place, tcpmd5.Sockets]) -> Md5Evidence:
    found = keys.get((session.msee, session.vrf))
    if session.key is None or found is None:
        return Md5Evidence()
    listens = session.family in found.listening and session.ce_address in found.keys
    return Md5Evidence(listens, not found.unsigned(session.ce_address))


def ping_all(
    daemons: Daemons, legs: Iterable[Leg], deadline: float
) -> tuple[dict[Leg, bool], dict[Flow, bool]]:
    """Which ways answer within `deadline` seconds, and which flows by the CE's own routes."""
    from lab.control import ways
    from lab.net.ping import ping

    paths = tuple(dict.fromkeys(legs))
    flows = ways.flows(paths)
    echoes = [ways.over_path(daemons.nodes, leg) for leg in paths]
    echoes += [ways.as_routed(daemons.nodes, flow) for flow in flows]
    answers = [answer.answered for answer in ping(echoes, deadline=deadline)]
    forced = dict(zip(paths, answers, strict=False))
    return forced, dict(zip(flows, answers[len(paths) :], strict=True))

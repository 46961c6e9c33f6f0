"""What is on the wire and in the tables, gathered once for all checks. The only part of `check` that asks anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bgp.frr import show
from bgp.session import Neighbor, Notification
from lab.check.expect import Expectation
from lab.circuit.models import Family, Session
from lab.control.observe import Daemons, SessionView, md5_refused, observe
from lab.role.expect import Leg

AsPath = tuple[int, ...]
Resolution = Literal["ok", "incomplete", "none"]


@dataclass(frozen=True)
class Md5Evidence:
    """Whether the kernel really holds the key for the CE's address, None where nobody looked.

    `refused` counts segments refused since the check began: another key, not signed, signed though we have no key.
    """

    listener: bool | None = None
    connection: bool | None = None
    refused: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class SessionEvidence:
    """One session, seen from both ends.

    `accepted`, `advertised` and `at_ce` map a prefix to its AS path; `refused` are prefixes received and not accepted.
    `at_ce` and `ce_sends` are None where the CE is no FRR in its default routing domain. `resolution` is the MSEE's
    ARP or ND entry of the CE.
    """

    view: SessionView
    hold_time: float = 0.0
    notification: Notification | None = None
    md5: Md5Evidence = Md5Evidence()
    resolution: Resolution | None = None
    accepted: Mapping[str, AsPath] = field(default_factory=dict)
    refused: Mapping[str, AsPath] = field(default_factory=dict)
    advertised: Mapping[str, AsPath] = field(default_factory=dict)
    at_ce: Mapping[str, AsPath] | None = None
    ce_sends: frozenset[str] | None = None
    ce_has: frozenset[str] | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything the checks are judged by. `answered` says which ways to a VNet gave an answer."""

    sessions: Mapping[Session, SessionEvidence]
    answered: Mapping[Leg, bool] = field(default_factory=dict)


class Gatherer:
    """Asks the daemons of one lab. Remembers the kernel's counters from when it was made."""

    def __init__(self, daemons: Daemons, expectations: Iterable[Expectation]) -> None:
        self._daemons = daemons
        self._wanted = {e.session: e for e in expectations if e.session is not None and e.kind == "sessions"}
        self._from_ce = {e.session: e for e in expectations if e.session is not None and e.kind == "from-ce"}
        self._refused_before = {
            place: md5_refused(daemons, *place) for place in dict.fromkeys((s.msee, s.vrf) for s in self._wanted)
        }

    def sessions(self) -> dict[Session, SessionEvidence]:
        """The evidence of every session, one question per MSEE, CE, routing domain and session."""
        views = observe(self._daemons, tuple(self._wanted))
        details = self._details()
        tables = self._tables()
        return {
            view.session: self._one(view, details.get((view.session.msee, view.session.vrf, view.session.ce_address)), tables)
            for view in views
        }

    def _details(self) -> dict[tuple[str, str, str], Neighbor]:
        found = {}
        for msee in dict.fromkeys(s.msee for s in self._wanted):
            if self._daemons.runs(msee):
                for neighbor in show.neighbors(self._daemons.vty(msee)):
                    found[msee, neighbor.vrf, neighbor.address] = neighbor
        return found

    def _tables(self) -> dict[tuple[str, str, Family], dict[str, dict[str, AsPath]]]:
        """By node, routing domain and family: each peer's prefixes with their AS path. A node's own have peer `""`."""
        places = [(s.msee, s.vrf, s.family) for s in self._wanted] + [(s.ce, "", s.family) for s in self._wanted]
        found: dict[tuple[str, str, Family], dict[str, dict[str, AsPath]]] = {}
        for node, vrf, family in dict.fromkeys(places):
            if not self._daemons.runs(node):
                continue
            by_peer: dict[str, dict[str, AsPath]] = {}
            for route in show.rib(self._daemons.vty(node), vrf, family):
                by_peer.setdefault(route.peer or "", {})[route.prefix] = route.as_path
            found[node, vrf, family] = by_peer
        return found

    def _one(
        self,
        view: SessionView,
        detail: Neighbor | None,
        tables: Mapping[tuple[str, str, Family], Mapping[str, Mapping[str, AsPath]]],
    ) -> SessionEvidence:
        session = view.session
        accepted = tables.get((session.msee, session.vrf, session.family), {}).get(session.ce_address, {})
        at_ce = tables.get((session.ce, "", session.family))
        if not view.established:
            return SessionEvidence(
                view, notification=detail.notification if detail else None,
                md5=Md5Evidence(refused=self._newly_refused(session)), resolution=self._resolution(session),
            )
        bgpd = self._daemons.vty(session.msee)
        sent = show.advertised_routes(bgpd, session.vrf, session.family, session.ce_address)
        wanted = self._from_ce.get(session)
        wrong = wanted is not None and set(accepted) != set(wanted.prefixes)
        received = show.received_routes(bgpd, session.vrf, session.family, session.ce_address) if wrong else ()
        ce_sends = None
        if wrong and self._daemons.runs(session.ce):
            offered = show.advertised_routes(self._daemons.vty(session.ce), "", session.family, session.msee_address)
            ce_sends = frozenset(route.prefix for route in offered)
        return SessionEvidence(
            view,
            hold_time=detail.hold_time if detail else 0.0,
            md5=self._keys(session),
            accepted=accepted,
            refused={route.prefix: route.as_path for route in received if route.prefix not in accepted},
            advertised={route.prefix: route.as_path for route in sent},
            at_ce=None if at_ce is None else at_ce.get(session.msee_address, {}),
            ce_sends=ce_sends,
            ce_has=None if at_ce is None else frozenset(prefix for peer in at_ce.values() for prefix in peer),
        )

    def _newly_refused(self, session: Session) -> tuple[int, int, int]:
        before = self._refused_before[session.msee, session.vrf]
        now = md5_refused(self._daemons, session.msee, session.vrf)
        return now[0] - before[0], now[1] - before[1], now[2] - before[2]

    def _resolution(self, session: Session) -> Resolution | None:
        """The MSEE's neighbor entry of the CE."""
        from lab.show.arp import resolution

        return resolution(self._daemons.nodes[session.msee], session)

    def _keys(self, session: Session) -> Md5Evidence:
        """Asks the kernel for the keys of the MSEE's listener and of the established connection."""
        if session.key is None:
            return Md5Evidence()
        from lab.show.keys import keys_of

        listener, connection = keys_of(self._daemons.nodes[session.msee], session)
        return Md5Evidence(listener, connection)


def ping_all(daemons: Daemons, legs: Iterable[Leg], deadline: float) -> dict[Leg, bool]:
    """Which ways answer within `deadline` seconds."""
    from lab.net.ping import Echo, ping

    ways = list(dict.fromkeys(legs))
    echoes = [
        Echo(pid=daemons.nodes[leg.ce].pid, source=leg.source, target=leg.target, via_address=leg.ce_address)
        for leg in ways
    ]
    return {leg: answer.answered for leg, answer in zip(ways, ping(echoes, deadline=deadline), strict=True)}

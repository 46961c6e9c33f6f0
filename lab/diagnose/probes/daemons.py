"""What bgpd and bfdd of both ends say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bgp.frr import running, show
from bgp.frr.running import PeerLines
from bgp.route import Route
from bgp.session import Family, Neighbor, PeerSummary
from lab.circuit.models import AZURE_ASN
from lab.control.observe import Daemons, bfd_states
from lab.diagnose.evidence import Bgp, Settings, Side, Subject, other


class DaemonProbe:
    """Asks each daemon once for everything."""

    def __init__(self, daemons: Daemons, msee_addresses: Iterable[str]) -> None:
        self._daemons = daemons
        self._msees = frozenset(msee_addresses)
        self.forget()

    def forget(self) -> None:
        """What was asked is old now."""
        self._neighbors: dict[str, Mapping[tuple[str, str], Neighbor]] = {}
        self._summaries: dict[str, Mapping[tuple[str, str, str], PeerSummary]] = {}
        self._lines: dict[str, Mapping[tuple[str, str], PeerLines]] = {}
        self._tables: dict[tuple[str, str, Family], tuple[Route, ...]] = {}
        self._bfd: dict[str, Mapping[tuple[str, str], str]] = {}

    def bfd(self, subject: Subject, side: Side) -> str:
        """FRR's word for the BFD session of this end; empty where it has none."""
        node = subject.node(side)
        if node not in self._bfd:
            self._bfd[node] = bfd_states(self._daemons, node)
        return self._bfd[node].get((subject.vrf(side), subject.address(other(side))), "")

    def bgp(self, subject: Subject, side: Side, *, tables: bool) -> Bgp:
        """This end's bgpd. `tables`: what it received, has and cannot resolve is asked, too."""
        node, vrf, peer, family = (
            subject.node(side), subject.vrf(side), subject.address(other(side)), subject.session.family
        )
        if not self._daemons.runs(node):
            return Bgp(runs=False)
        neighbor = self._all_neighbors(node).get((vrf, peer))
        if neighbor is None:
            return Bgp()
        summary = self._all_summaries(node).get((vrf, family, peer))
        counts = neighbor.family(family)
        lines = self._all_lines(node).get((vrf, peer), PeerLines())
        told = Bgp(
            neighbor=neighbor,
            reason=summary.reason if summary else "",
            active=counts is not None,
            settings=Settings(lines.ttl_security, lines.minimum_hold, lines.shutdown),
            accepted=counts.accepted if counts else 0,
            sent=counts.sent if counts else 0,
            policies_in=counts.policies_in if counts else (),
            policies_out=counts.policies_out if counts else (),
        )
        return self._with_tables(told, node, vrf, peer, subject, side) if tables else told

    def _with_tables(self, told: Bgp, node: str, vrf: str, peer: str, subject: Subject, side: Side) -> Bgp:
        family = subject.session.family
        routes = self._table(node, vrf, family)
        # What an MSEE said is not for another MSEE: of a CE's table only the rest could be sent.
        others = self._msees if side == "ce" else {peer}
        received = None
        if not told.accepted:
            routes_in = show.received_routes(self._daemons.vty(node), vrf, family, peer)
            # What a CE hands back of the MSEEs' own is nothing that it announces: the path has their AS in it.
            received = sum(side == "ce" or AZURE_ASN not in r.as_path for r in routes_in)
        hops = dict.fromkeys(r.next_hop for r in routes if r.peer == peer and not r.valid)
        return replace(
            told, received=received, has=sum(r.valid and r.peer not in others for r in routes), unreachable=tuple(hops)
        )

    def _table(self, node: str, vrf: str, family: Family) -> tuple[Route, ...]:
        if (node, vrf, family) not in self._tables:
            self._tables[node, vrf, family] = show.rib(self._daemons.vty(node), vrf, family)
        return self._tables[node, vrf, family]

    def _all_neighbors(self, node: str) -> Mapping[tuple[str, str], Neighbor]:
        if node not in self._neighbors:
            self._neighbors[node] = {(n.vrf, n.address): n for n in show.neighbors(self._daemons.vty(node))}
        return self._neighbors[node]

    def _all_summaries(self, node: str) -> Mapping[tuple[str, str, str], PeerSummary]:
        if node not in self._summaries:
            found = show.summaries(self._daemons.vty(node))
            self._summaries[node] = {(p.vrf, p.family, p.address): p for p in found}
        return self._summaries[node]

    def _all_lines(self, node: str) -> Mapping[tuple[str, str], PeerLines]:
        if node not in self._lines:
            self._lines[node] = running.peers(self._daemons.vty(node))
        return self._lines[node]

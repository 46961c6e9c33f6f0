"""What daemons were asked during one look: each question once, whoever asks."""

from __future__ import annotations

from bgp.frr import show
from bgp.frr.parse import Mark
from bgp.route import Route
from bgp.session import Neighbor, PeerSummary
from lab.circuit.models import Family
from lab.control.at_gateways import Counts, counts
from lab.control.observe import Daemons


class Reads:
    """Tables of routers. `detailed` are nodes whose tables are read with communities, at four times the cost."""

    def __init__(self, daemons: Daemons, detailed: frozenset[str] = frozenset()) -> None:
        self.daemons = daemons
        self.detailed = detailed
        self._tables: dict[tuple[str, str, Family], dict[str, list[Route]]] = {}
        self._sent: dict[tuple[str, str, Family, str], tuple[Route, ...]] = {}
        self._peers: dict[str, tuple[PeerSummary, ...]] = {}
        self._counts: dict[str, Counts] = {}
        self._neighbors: dict[str, tuple[Neighbor, ...]] = {}

    def forget(self) -> None:
        """The next look begins."""
        for kept in (self._tables, self._sent, self._peers, self._counts, self._neighbors):
            kept.clear()

    def table(self, node: str, vrf: str, family: Family) -> dict[str, list[Route]]:
        """Every path in a table by the peer it came from, `""` for the router's own."""
        place = node, vrf, family
        if place not in self._tables:
            found: dict[str, list[Route]] = {}
            for route in show.rib(self.daemons.vty(node), vrf, family, detail=node in self.detailed):
                found.setdefault(route.peer or "", []).append(route)
            self._tables[place] = found
        return self._tables[place]

    def sent(self, node: str, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
        """What is sent to one neighbor; the AS path is without the router's own AS."""
        place = node, vrf, family, address
        if place not in self._sent:
            self._sent[place] = show.advertised_routes(self.daemons.vty(node), vrf, family, address)
        return self._sent[place]

    def peers(self, node: str) -> tuple[PeerSummary, ...]:
        if node not in self._peers:
            self._peers[node] = show.summaries(self.daemons.vty(node))
        return self._peers[node]

    def counts(self, node: str) -> Counts:
        if node not in self._counts:
            self._counts[node] = counts(self.peers(node))
        return self._counts[node]

    def marks(self) -> dict[str, frozenset[Mark]]:
        """By node whose BGP can be asked, what changes with every change of a table. Asked anew each time."""
        nodes = [node for node in self.daemons.nodes if self.daemons.runs(node)]
        return {node: show.marks(self.daemons.vty(node)) for node in nodes}

    def neighbors(self, node: str) -> tuple[Neighbor, ...]:
        if node not in self._neighbors:
            self._neighbors[node] = show.neighbors(self.daemons.vty(node))
        return self._neighbors[node]

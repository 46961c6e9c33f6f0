"""One peering of one circuit, as its two MSEEs show it. Enters the lab's world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType

from bgp.frr import show
from bgp.route import Route
from bgp.session import PeerSummary
from lab.circuit.models import FAMILIES, Family, Session
from lab.control.observe import Daemons
from lab.control.running import Running
from lab.errors import Impossible, NotAsItShould
from lab.show.stats import octets
from lab.show.tables import PrefixRow, looped_routes, prefix_rows, withheld_rows
from lab.topology import PATHS


class View:
    """A context manager: inside, questions are answered from the daemons of the lab."""

    def __init__(self, running: Running, circuit: str | None, peering: str | None) -> None:
        """Raises Impossible when it is not clear, or not possible, which circuit and peering are meant."""
        self._all = _chosen(running.sessions, running.document["circuits"], circuit, peering)
        running.enter()
        self.daemons = Daemons(running.world.nodes)

    def __enter__(self) -> View:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.daemons.close()

    def sessions(self, path: str | None, family: str | None) -> list[Session]:
        return [s for s in self._all if path in (None, s.path) and family in (None, s.family)]

    def ce_addresses(self, path: str) -> list[str]:
        return [session.ce_address for session in self.sessions(path, None)]

    def routes(self, path: str, family: str | None) -> list[Route]:
        """Every path of the table, and after them what the CE sent back to Azure."""
        msee, vrf = self._place(path)
        bgpd = self.daemons.vty(msee)
        known = [route for f in _families(family) for route in show.rib(bgpd, vrf, f)]
        return known + [route for session in self.sessions(path, family) for route in self._looped(session)]

    def peers(self, path: str, family: str | None) -> list[PeerSummary]:
        """The neighbors; what the CE sent back to Azure counts as received."""
        msee, vrf = self._place(path)
        peers = show.summaries(self.daemons.vty(msee))
        more = {(s.family, s.ce_address): len(self._looped(s)) for s in self.sessions(path, family)}
        return [
            replace(peer, prefixes_received=peer.prefixes_received + more.get((peer.family, peer.address), 0))
            for peer in peers
            if peer.vrf == vrf and family in (None, peer.family)
        ]

    def octets(self) -> tuple[int, int, int, int]:
        """Into Azure and out of it, on the primary and on the secondary path."""
        found: list[int] = []
        for path in PATHS:
            places = dict.fromkeys((s.msee, s.vrf, s.msee_address) for s in self.sessions(path, None))
            found += octets(self.daemons, places)
        return found[0], found[1], found[2], found[3]

    def prefixes(self, path: str | None, family: str | None) -> list[tuple[str, PrefixRow]]:
        """Each prefix with its path."""
        found: list[tuple[str, PrefixRow]] = []
        for session in self.sessions(path, family):
            bgpd = self.daemons.vty(session.msee)
            where = session.vrf, session.family
            known = show.rib(bgpd, *where)
            received = show.received_routes(bgpd, *where, session.ce_address)
            sent = show.advertised_routes(bgpd, *where, session.ce_address)
            accepted = [route for route in known if route.peer == session.ce_address]
            rows = prefix_rows(accepted, received, sent, session.peering)
            rows += withheld_rows(known, sent, session.ce_address, session.peering)
            found += [(session.path, row) for row in rows]
        return found

    def _looped(self, session: Session) -> list[Route]:
        bgpd = self.daemons.vty(session.msee)
        if show.filtered_count(bgpd, session.vrf, session.family, session.ce_address) == 0:
            return []
        return looped_routes(show.received_routes(bgpd, session.vrf, session.family, session.ce_address))

    def _place(self, path: str) -> tuple[str, str]:
        sessions = self.sessions(path, None)
        if not sessions:
            raise NotAsItShould(f"the {path} path has no session", next="mseelab status")
        return sessions[0].msee, sessions[0].vrf


def _families(family: str | None) -> Iterable[Family]:
    return [f for f in FAMILIES if family in (None, f)]


def _chosen(
    sessions: tuple[Session, ...], circuits: list[dict[str, object]], circuit: str | None, peering: str | None
) -> list[Session]:
    if not circuits:
        raise Impossible("the lab has no circuit", next="mseelab circuit create")
    names = [str(c["name"]) for c in circuits]
    if circuit is not None and circuit not in names:
        raise Impossible(f"no circuit named {circuit}", next=f"one of: {' '.join(names)}")
    if circuit is None and len(names) > 1:
        raise Impossible(f"{len(names)} circuits; which one?", next=f"--circuit NAME, one of: {' '.join(names)}")
    mine = [s for s in sessions if s.circuit == (circuit or names[0])]
    kinds = list(dict.fromkeys(s.peering for s in mine))
    if not mine:
        state = next(c["serviceProviderProvisioningState"] for c in circuits if c["name"] == (circuit or names[0]))
        raise NotAsItShould(f"{circuit or names[0]} has no session; provider state {state}", next="mseelab status")
    if peering is not None and peering not in kinds:
        raise Impossible(f"{circuit or names[0]} has no {peering}", next=f"one of: {' '.join(kinds)}")
    if peering is None and len(kinds) > 1:
        raise Impossible(f"{len(kinds)} peerings; which one?", next=f"--peering NAME, one of: {' '.join(kinds)}")
    return [s for s in mine if s.peering == (peering or kinds[0])]

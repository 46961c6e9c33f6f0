"""What is sent on a session, in either direction and seen from either end, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bgp.route import Route
from lab.asked.prefixes import Prefixes
from lab.check.own.base import Scene
from lab.check.reads import Reads
from lab.circuit.models import AZURE_ASN, PRIVATE, Family, Session
from lab.role.gateways import gateways


@dataclass(frozen=True)
class Row:
    """One path to a prefix. What the place it was read at does not show is None."""

    prefix: str
    as_path: tuple[int, ...]
    next_hop: str | None = None
    communities: tuple[str, ...] | None = None
    used: bool | None = None


@dataclass(frozen=True)
class Table:
    """What goes one way on a session, or between an MSEE and a VNet's gateways.

    `state` is Established, or what is in the way; `unseen` why nobody can look there, empty where one can.
    """

    subject: str
    family: Family
    state: str = "Established"
    rows: tuple[Row, ...] = ()
    unseen: str = ""
    session: Session | None = None
    vnet: str = ""
    prefixes: frozenset[str] = field(init=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefixes", frozenset(row.prefix for row in self.rows))


def tables(value: Prefixes, scene: Scene) -> list[Table]:
    """The tables of a check's selection."""
    chosen = [s for s in scene.chosen(value, enabled=True) if s.family in value.families]
    if value.side == "gateway":
        return list(_of_gateways(value, scene, [s for s in chosen if s.peering == PRIVATE]))
    return [_of_session(value, scene, session) for session in chosen]


def _of_session(value: Prefixes, scene: Scene, session: Session) -> Table:
    seen = scene.seen.get(session)
    state = seen.view.state if seen else "not looked at"
    if state != "Established":
        return Table(session.label, session.family, state, session=session)
    reads, family = scene.reads, session.family
    has_tables = scene.daemons.runs(session.ce)
    if value.side == "msee" and not has_tables:
        why = f"{session.ce} runs no FRR: its own tables cannot be read"
        return Table(session.label, family, unseen=why, session=session)
    at_msee = reads.table(session.msee, session.vrf, family).get(session.ce_address, [])
    at_ce = reads.table(session.ce, "", family).get(session.msee_address, []) if has_tables else []
    if value.direction == "from ce":
        rows = _rows(at_msee, session.msee in reads.detailed)
    elif value.direction == "from msee":
        rows = _rows(at_ce, session.ce in reads.detailed)
    elif value.direction == "to ce":
        sent = reads.sent(session.msee, session.vrf, family, session.ce_address)
        rows = _sent(sent, at_ce, AZURE_ASN, session.ce in reads.detailed)
    else:
        sent = reads.sent(session.ce, "", family, session.msee_address)
        peer = scene.wanted[session].peer_asn
        rows = _sent(sent, at_msee, peer, session.msee in reads.detailed)
    return Table(session.label, family, rows=tuple(rows), session=session)


def _rows(routes: Iterable[Route], detailed: bool) -> list[Row]:
    return [
        Row(r.prefix, r.as_path, r.next_hop, r.communities if detailed else None, r.multipath or r.best) for r in routes
    ]


def _sent(sent: Sequence[Route], received: Iterable[Route], asn: int, detailed: bool) -> list[Row]:
    """What is sent, with the attributes that it arrived with where it did."""
    arrived = {row.prefix: row for row in _rows(received, detailed)}
    return [arrived.get(route.prefix) or Row(route.prefix, (asn, *route.as_path)) for route in sent]


def _of_gateways(value: Prefixes, scene: Scene, sessions: Iterable[Session]) -> Iterator[Table]:
    """Both instances of a gateway are one table: each prefix as often as it is there."""
    spec = scene.applied.spec
    reads = scene.reads
    for session in sessions:
        for name in spec.circuit(session.circuit).vnets:
            if value.vnet not in (None, name) or session.family not in spec.vnet(name).families:
                continue
            subject = f"{session.msee} {'from' if value.from_ else 'to'} {name} {session.family}"
            rows: list[Row] = []
            down = ""
            for gateway in gateways(spec, scene.applied.topology, scene.applied.slots, spec.vnet(name)):
                address = gateway.addresses.get(session.family, "")
                peer = gateway.msee_of(session.circuit, session.path)
                msee = peer.addresses.get(session.family, "") if peer else ""
                down = down or _state(reads, session, address)
                if value.from_:
                    known = reads.table(session.msee, session.vrf, session.family)
                    rows += _rows(known.get(address, []), session.msee in reads.detailed)
                else:
                    at_gateway = reads.table(gateway.node, gateway.vrf, session.family).get(msee, [])
                    sent = reads.sent(session.msee, session.vrf, session.family, address)
                    rows += _sent(sent, at_gateway, AZURE_ASN, gateway.node in reads.detailed)
            yield Table(subject, session.family, down or "Established", tuple(rows), session=session, vnet=name)


def _state(reads: Reads, session: Session, address: str) -> str:
    """Empty while the MSEE's session with the gateway is up."""
    for peer in reads.peers(session.msee):
        if (peer.vrf, peer.family, peer.address) == (session.vrf, session.family, address):
            return "" if peer.established else f"{peer.state} with gateway {address}"
    return f"Absent, gateway {address}"


def by_prefix(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.prefix, []).append(row)
    return found

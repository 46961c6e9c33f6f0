"""A circuit seen from the customer's side: a generated FRR router, the user's own one, or another speaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bgp.exabgp.config import Announcement, ExaBgpConfig, Speaker
from bgp.frr.config import BfdProfile, BgpInstance, Block, FrrConfig, Neighbor, NeighborFamily, OwnConfig
from bgp.speaker import INSTALL_ROUTES, Kind, SpeakerConfig, SpeakerSession
from lab.circuit.models import (
    AZURE_ASN,
    FAMILIES,
    MICROSOFT,
    PRIVATE,
    Circuit,
    CustomerEdge,
    Family,
    Network,
    Peering,
    PrefixRange,
    Session,
    Spec,
    family_of,
)
from lab.role import public
from lab.role.layout import knows_neighbors, port_mac
from lab.role.lists import prefix_list
from lab.role.msee import tagged_name
from lab.role.policy import PREFER_GLOBAL
from lab.role.state import NodeState
from lab.topology import Endpoint, Topology
from lab.wiring import Interface, NodeWiring, PermanentNeighbor, Route, Tag

PROFILES = (BfdProfile("ce"),)
# What a router of Debian's may have at most (FRR's --enable-multipath).
USUAL_PATHS, MOST_PATHS = 8, 256
# Between two CEs: addresses of the lab's own (RFC 6598, RFC 4193), never advertised to an MSEE.
INTERNAL_IPV4 = "100.127.254.{}/30"
INTERNAL_IPV6 = "fdce:0:0:{:x}::{}/64"


@dataclass(frozen=True)
class InternalLink:
    """A cable between two CEs, seen from one of them."""

    port: str
    other: str
    addresses: tuple[tuple[Family, str, str, int], ...]
    """(family, own, other's, prefix length)"""
    waits: bool
    """Whether the other end is the one that connects."""


def ce(
    spec: Spec,
    topology: Topology,
    edge: CustomerEdge,
    sessions: tuple[Session, ...],
    own: Mapping[str, OwnConfig],
    own_interfaces: Mapping[str, tuple[Tag, ...]],
) -> NodeState:
    """The CE `edge`. `own` and `own_interfaces` hold, by CE, the user's own file and the sub-interfaces it names."""
    mine = tuple(s for s in sessions if s.ce == edge.name)
    internal = _internal(spec, topology, edge)
    own_prefixes = dict.fromkeys((*_first_prefixes(edge), *public.first_prefixes(spec, edge)))
    loopback = Interface("lo", addresses=tuple(_host_route(p, _rank(spec, edge)) for p in own_prefixes))
    if edge.name in own:
        named = [
            Interface(tagged_name(t.port, t.vlan, t.stag), tag=t, mac=port_mac(Endpoint(edge.name, t.port)))
            for t in own_interfaces[edge.name]
        ]
        # Not on lo: BGP would see an address there, and `redistribute connected` announce it (ce/34).
        answers = tuple(Route("", address, ()) for address in loopback.addresses)
        wiring = NodeWiring(edge.name, interfaces=tuple(named), routes=answers)
        return NodeState(edge.name, "ce", wiring, own[edge.name])
    tagged = _tagged(spec, topology, edge, mine)
    if edge.kind == "external":
        # Other kinds than linux are whole machines, which put tags on their frames themselves.
        seen = tuple(tagged) if topology.node(edge.name).kind == "linux" else ()
        return NodeState(edge.name, "ce", NodeWiring(edge.name, interfaces=seen), None)
    interfaces = (
        *tagged,
        *(
            Interface(link.port, addresses=tuple(f"{a}/{length}" for _, a, _, length in link.addresses))
            for link in internal
        ),
        loopback,
    )
    known = _known(spec, topology, edge, mine)
    if edge.kind == "exabgp":
        wiring = NodeWiring(edge.name, interfaces=interfaces, neighbors=known, routes=_to_azure(spec, mine))
        return NodeState(edge.name, "ce", wiring, _exabgp(spec, edge, mine))
    if edge.kind in ("bird", "gobgp", "openbgpd"):
        routes = () if edge.kind in INSTALL_ROUTES else _to_azure(spec, mine)
        wiring = NodeWiring(edge.name, interfaces=interfaces, neighbors=known, routes=routes)
        return NodeState(edge.name, "ce", wiring, _speaker(spec, edge, edge.kind, mine))
    wiring = NodeWiring(
        edge.name, interfaces=interfaces, neighbors=known, routes=_to_other_ces(spec, internal)
    )
    return NodeState(edge.name, "ce", wiring, _router(spec, edge, mine, internal))


def source_address(spec: Spec, edge: CustomerEdge, session: Session) -> str | None:
    """The address on the CE's loopback from which pings of a session start, without prefix length: inside what it sends
    there. None where it sends nothing."""
    if session.peering != MICROSOFT:
        return private_address(spec, edge, session.family)
    sent = public.declared(spec, session.circuit, session.family)
    return _host_route(sent[0], _rank(spec, edge)).split("/")[0] if sent else None


def private_address(spec: Spec, edge: CustomerEdge, family: Family) -> str | None:
    """The CE's address in the first prefix of its list, without prefix length."""
    first = next((p for p in _first_prefixes(edge) if family_of(p) == family), None)
    return _host_route(first, _rank(spec, edge)).split("/")[0] if first else None


def originated(spec: Spec, edge: CustomerEdge, session: Session) -> tuple[Network, ...]:
    """What the CE sends on a session: the declared prefixes on Microsoft peering, else its own list."""
    if session.peering == MICROSOFT:
        return public.declared(spec, session.circuit, session.family)
    return _private(spec, edge, session.family)


def _private(spec: Spec, edge: CustomerEdge, family: Family) -> tuple[Network, ...]:
    """The CE's list, and its link subnets of private peerings when it redistributes connected."""
    found = list(edge.advertised(family))
    if edge.redistribute_connected:
        for circuit in spec.circuits:
            if edge not in spec.ces_of(circuit):
                continue
            private = circuit.peering(PRIVATE)
            found += [s.network for _, f, s in private.subnets if f == family] if private else []
    return tuple(dict.fromkeys(found))


def _peering_of(spec: Spec, session: Session) -> tuple[Circuit, Peering]:
    circuit = spec.circuit(session.circuit)
    return circuit, next(p for p in circuit.peerings if p.type == session.peering)


def _rank(spec: Spec, edge: CustomerEdge) -> int:
    return spec.customer_edges.index(edge)


def _first_prefixes(edge: CustomerEdge) -> list[Network]:
    """One prefix of each family is enough to have an address in: the first of the list."""
    firsts: dict[Family, Network] = {}
    for item in edge.advertise:
        network = item.first if isinstance(item, PrefixRange) else item
        if network.prefixlen:
            firsts.setdefault(family_of(network), network)
    return [firsts[f] for f in FAMILIES if f in firsts]


def _host_route(prefix: Network, rank: int) -> str:
    offset = min(rank + 1, prefix.num_addresses - 1)
    return f"{prefix.network_address + offset}/{prefix.max_prefixlen}"


def _tagged(spec: Spec, topology: Topology, edge: CustomerEdge, mine: tuple[Session, ...]) -> list[Interface]:
    addresses: dict[tuple[str, Tag], list[str]] = {}
    for session in mine:
        circuit, peering = _peering_of(spec, session)
        cable = topology.ce_port(edge.name, session.path)
        subnet = peering.subnet(session.path, session.family)
        if cable is None or subnet is None:
            continue
        port = cable[0].interface
        tag = Tag(port, peering.vlan_id, circuit.stag if spec.handoff(edge) == "qinq" else None)
        addresses.setdefault((tagged_name(port, tag.vlan, tag.stag), tag), []).append(f"{subnet.ce}/{subnet.prefixlen}")
    return [
        Interface(name, addresses=tuple(found), tag=tag, mac=port_mac(Endpoint(edge.name, tag.port)))
        for (name, tag), found in addresses.items()
    ]


def _known(
    spec: Spec, topology: Topology, edge: CustomerEdge, mine: tuple[Session, ...]
) -> tuple[PermanentNeighbor, ...]:
    found = []
    for session in mine if knows_neighbors(spec, edge) else ():
        circuit, peering = _peering_of(spec, session)
        cable = topology.ce_port(edge.name, session.path)
        if cable is not None:
            stag = circuit.stag if spec.handoff(edge) == "qinq" else None
            name = tagged_name(cable[0].interface, peering.vlan_id, stag)
            found.append(PermanentNeighbor("", name, session.msee_address, port_mac(cable[1])))
    return tuple(found)


def _internal(spec: Spec, topology: Topology, edge: CustomerEdge) -> tuple[InternalLink, ...]:
    names = {ce.name for ce in spec.customer_edges}
    pairs = [
        (link.a, link.b)
        for link in topology.links
        if {link.a.node, link.b.node} <= names and link.a.node != link.b.node
    ]
    found = []
    for number, (a, b) in enumerate(pairs):
        for near, far, first in ((a, b, 1), (b, a, 2)):
            if near.node != edge.name:
                continue
            other = 3 - first
            ipv4 = (INTERNAL_IPV4.format(4 * number + side).split("/") for side in (first, other))
            ipv6 = (INTERNAL_IPV6.format(number, side).split("/") for side in (first, other))
            (own4, length4), (other4, _) = ipv4
            (own6, length6), (other6, _) = ipv6
            found.append(
                InternalLink(
                    near.interface,
                    far.node,
                    (("ipv4", own4, other4, int(length4)), ("ipv6", own6, other6, int(length6))),
                    waits=first == 2,
                )
            )
    return tuple(found)


def _to_other_ces(spec: Spec, internal: tuple[InternalLink, ...]) -> tuple[Route, ...]:
    """Answers to the other CE's own addresses may arrive here, since both advertise the same prefixes."""
    found = []
    for link in internal:
        other = next(ce for ce in spec.customer_edges if ce.name == link.other)
        via = {family: address for family, _, address, _ in link.addresses}
        for prefix in dict.fromkeys((*_first_prefixes(other), *public.first_prefixes(spec, other))):
            found.append(Route("", _host_route(prefix, _rank(spec, other)), (via[family_of(prefix)],)))
    return tuple(found)


def _to_azure(spec: Spec, mine: tuple[Session, ...]) -> tuple[Route, ...]:
    """ExaBGP installs no routes, so its node gets static ones, equal-cost over the MSEEs of each circuit."""
    found: dict[Network, list[str]] = {}
    for session in mine:
        for prefix in reached(spec, session):
            found.setdefault(prefix, []).append(session.msee_address)
    return tuple(Route("", str(prefix), tuple(via)) for prefix, via in found.items())


def reached(spec: Spec, session: Session) -> tuple[Network, ...]:
    """What is behind a session in its family: the connected VNets, or what the route filter lets through."""
    if session.peering == MICROSOFT:
        return public.allowed(spec, session.circuit, session.family)
    vnets = [spec.vnet(name) for name in spec.circuit(session.circuit).vnets]
    return tuple(p for v in vnets if session.family in v.families for p in v.space(session.family))


def _speaker(spec: Spec, edge: CustomerEdge, kind: Kind, mine: tuple[Session, ...]) -> SpeakerConfig:
    sessions = tuple(SpeakerSession(s.msee_address, s.ce_address, AZURE_ASN, s.key) for s in mine)
    prefixes = tuple(str(p) for f in FAMILIES for p in _private(spec, edge, f))
    return SpeakerConfig(kind, _asn(spec, edge, mine) or AZURE_ASN, _router_id(spec, edge, mine), sessions, prefixes)


def _exabgp(spec: Spec, edge: CustomerEdge, mine: tuple[Session, ...]) -> ExaBgpConfig:
    speakers = tuple(
        Speaker(
            s.msee_address,
            s.ce_address,
            _peering_of(spec, s)[1].peer_asn,
            AZURE_ASN,
            _router_id(spec, edge, mine),
            s.key,
        )
        for s in mine
    )
    groups: dict[tuple[Network, ...], list[Session]] = {}
    for session in mine:
        groups.setdefault(originated(spec, edge, session), []).append(session)
    announcements = tuple(
        Announcement(tuple(map(str, prefixes)), to=tuple(s.msee_address for s in sessions))
        for prefixes, sessions in groups.items()
        if prefixes
    )
    return ExaBgpConfig(speakers, announcements)


def _router(
    spec: Spec, edge: CustomerEdge, mine: tuple[Session, ...], internal: tuple[InternalLink, ...]
) -> FrrConfig:
    """The generated router. It lets the MSEE connect, which does so in any case: a user's own CE may be passive.

    Where both ends connect FRR 8.4 may bring a session up and lose it again over the collision (RFC 4271, 6.8). Of two
    CEs one waits, too.
    """
    neighbors = [
        Neighbor(
            session.msee_address,
            AZURE_ASN,
            (
                NeighborFamily(
                    session.family,
                    route_map_in="msee-in6" if session.family == "ipv6" else None,
                    prefix_list_out=_list_name(session),
                    route_map_out="own-out",
                    soft_reconfiguration=True,
                ),
            ),
            local_address=session.ce_address,
            key=session.key,
            passive=True,
            bfd="ce",
        )
        for session in mine
    ]
    asn = _asn(spec, edge, mine)
    if asn is None:
        return FrrConfig(bfd_profiles=PROFILES)
    for link in internal:
        neighbors += [
            Neighbor(address, asn, (_to_other_ce(link, family),), local_address=own, passive=link.waits)
            for family, own, address, _ in link.addresses
        ]
    lists: dict[tuple[str, Family], tuple[Network, ...]] = {
        (f"ONPREM-{f}", f): _private(spec, edge, f) for f in FAMILIES
    }
    lists |= {(_list_name(s), s.family): originated(spec, edge, s) for s in mine if s.peering == MICROSOFT}
    instance = BgpInstance(
        asn,
        _router_id(spec, edge, mine),
        tuple(neighbors),
        networks=tuple(dict.fromkeys(str(p) for f in FAMILIES for (_, g), ps in lists.items() if f == g for p in ps)),
        maximum_paths=_paths(mine),
    )
    return FrrConfig((instance,), (*_policy(lists), *_next_hops(internal)), PROFILES)


def _to_other_ce(link: InternalLink, family: Family) -> NeighborFamily:
    """Over IPv6 the next hop is set by a route-map: FRR leaves it as it is on routes whose own way in was a route-map
    that prefers the global address, whatever `next-hop-self` says, and the other CE cannot reach the MSEE's."""
    return NeighborFamily(family, route_map_out=_map_name(link) if family == "ipv6" else None, next_hop_self=True)


def _next_hops(internal: tuple[InternalLink, ...]) -> tuple[Block, ...]:
    return tuple(
        Block(f"route-map {_map_name(link)} permit 10", (f"set ipv6 next-hop global {own}",))
        for link in internal
        for family, own, _, _ in link.addresses
        if family == "ipv6"
    )


def _map_name(link: InternalLink) -> str:
    return f"self-{link.port}"


def _paths(mine: tuple[Session, ...]) -> int:
    """Microsoft sends the same prefixes over every circuit; a VNet is on four at most."""
    public_sessions = sum(s.peering == MICROSOFT for s in mine)
    return min(max(USUAL_PATHS, public_sessions), MOST_PATHS)


def _list_name(session: Session) -> str:
    """The list of what goes out on a session."""
    return f"PUBLIC-{session.family}-{session.circuit}" if session.peering == MICROSOFT else f"ONPREM-{session.family}"


def _asn(spec: Spec, edge: CustomerEdge, mine: tuple[Session, ...]) -> int | None:
    """The CE's AS: that of its peerings, also while none of them is provisioned; None when there is no peering."""
    if mine:
        return _peering_of(spec, mine[0])[1].peer_asn
    return next((p.peer_asn for c in spec.circuits if edge in spec.ces_of(c) for p in c.peerings), None)


def _router_id(spec: Spec, edge: CustomerEdge, mine: tuple[Session, ...]) -> str:
    ipv4 = next((s.ce_address for s in mine if s.family == "ipv4"), None)
    return ipv4 or f"192.0.2.{_rank(spec, edge) + 1}"


def _policy(lists: Mapping[tuple[str, Family], tuple[Network, ...]]) -> tuple[Block, ...]:
    """Only the list of its peering goes to an MSEE: nothing learned from the other MSEE, in the other peering or from
    another CE goes back."""
    blocks = [
        Block("bgp as-path access-list LOCAL seq 5 permit ^$"),
        Block("route-map msee-in6 permit 10", (PREFER_GLOBAL,)),
        Block("route-map own-out permit 10", ("match as-path LOCAL",)),
    ]
    for (name, family), prefixes in lists.items():
        keyword = "ip" if family == "ipv4" else "ipv6"
        for number, permitted in enumerate(prefix_list(prefixes), start=1):
            blocks.append(Block(f"{keyword} prefix-list {name} seq {5 * number} permit {permitted}"))
        if not prefixes:
            blocks.append(Block(f"{keyword} prefix-list {name} seq 5 deny any"))
    return tuple(blocks)



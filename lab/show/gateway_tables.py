"""What a VNet's gateway tells its operator: rows with the JSON keys and columns of `az network vnet-gateway`. Pure.

Azure's reads name a dual-stack MSEE, and the gateway itself, by the IPv4 address; of an IPv6 route only the network and
the next hop are IPv6 (public labs).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bgp.route import Origin, Route
from bgp.session import Family, PeerSummary, SessionState
from lab.circuit.models import GATEWAY_ASN
from lab.role.gateways import Gateway, MseePeer
from lab.role.policy import DEFAULT_LOCAL_PREFERENCE
from lab.show.tables import AzureTable, prefix_order

PEER_COLUMNS = (
    "Neighbor", "ASN", "State", "ConnectedDuration", "RoutesReceived", "MessagesSent", "MessagesReceived",
)
PEER_KEYS = (
    "asn", "connectedDuration", "localAddress", "messagesReceived", "messagesSent", "neighbor", "routesReceived",
    "state",
)
ROUTE_COLUMNS = ("Network", "NextHop", "Origin", "SourcePeer", "AsPath", "Weight")
ROUTE_KEYS = ("asPath", "localAddress", "network", "nextHop", "origin", "sourcePeer", "weight")
# Own routes have the weight that routers give to what they originate; what is learned over ExpressRoute has one more,
# and the connection's routingWeight on top (public labs).
OWN_WEIGHT, LEARNED_WEIGHT = 32768, 32769
ORIGINS: dict[Origin, str] = {"igp": "Igp", "egp": "Egp", "incomplete": "Incomplete"}
CONNECTED, CONNECTING, IDLE = "Connected", "Connecting", "Idle"
TICKS_PER_SECOND = 10_000_000


def peer_status(gateway: Gateway, peers: Iterable[PeerSummary]) -> AzureTable:
    """One row an MSEE; of a dual-stack one both sessions are counted, and both have to be up for Connected."""
    by_address = {peer.address: peer for peer in peers}
    objects = []
    for msee in gateway.msees:
        sessions = [by_address[address] for address in msee.addresses.values() if address in by_address]
        if sessions:
            objects.append(_peer(gateway, msee, sessions))
    return _azure(PEER_COLUMNS, objects)


def _peer(gateway: Gateway, msee: MseePeer, sessions: Sequence[PeerSummary]) -> dict[str, Any]:
    up = all(session.established for session in sessions)
    values = (
        sessions[0].remote_as,
        time_span(min(session.uptime_seconds for session in sessions)) if up else None,
        gateway.address,
        sum(session.messages_received for session in sessions),
        sum(session.messages_sent for session in sessions),
        msee.address,
        sum(session.prefixes_received for session in sessions),
        CONNECTED if up else peer_state([session.state for session in sessions]),
    )
    return dict(zip(PEER_KEYS, values, strict=True))


def peer_state(states: Iterable[SessionState]) -> str:
    """Azure's word for sessions that are not all Established."""
    return IDLE if "Idle" in set(states) else CONNECTING


def learned_routes(gateway: Gateway, routes: Iterable[Route]) -> AzureTable:
    """The gateway's own prefixes (Network), then every path it learned from an MSEE (EBgp)."""
    known = sorted(routes, key=lambda r: (r.peer is not None, prefix_order(r.prefix), _place(gateway, r.peer)))
    return _azure(ROUTE_COLUMNS, [_learned(gateway, route) for route in known])


def _learned(gateway: Gateway, route: Route) -> dict[str, Any]:
    if route.peer is None:
        return _route(gateway, route, "", None, "Network", gateway.address, OWN_WEIGHT)
    msee = gateway.msee(route.peer)
    if msee is None:
        return _route(gateway, route, _path(route.as_path), route.next_hop, "IBgp", route.peer, OWN_WEIGHT)
    preferred = DEFAULT_LOCAL_PREFERENCE if route.local_pref is None else route.local_pref
    weight = LEARNED_WEIGHT + preferred - DEFAULT_LOCAL_PREFERENCE
    return _route(gateway, route, _path(route.as_path), route.next_hop, "EBgp", msee.address, weight)


def advertised_routes(gateway: Gateway, routes: Iterable[tuple[Family, Route]]) -> AzureTable:
    """What the gateway sends to one MSEE: the blocks of its VNet, with itself as next hop."""
    ordered = sorted(routes, key=lambda item: prefix_order(item[1].prefix))
    return _azure(
        ROUTE_COLUMNS,
        [
            _route(gateway, r, _path((GATEWAY_ASN, *r.as_path)), gateway.addresses[family], ORIGINS[r.origin], None, 0)
            for family, r in ordered
        ],
    )


def _route(
    gateway: Gateway, route: Route, path: str, next_hop: str | None, origin: str, peer: str | None, weight: int
) -> dict[str, Any]:
    values = (path, gateway.address, route.prefix, next_hop, origin, peer, weight)
    return dict(zip(ROUTE_KEYS, values, strict=True))


def _azure(columns: Sequence[str], objects: Sequence[dict[str, Any]]) -> AzureTable:
    """`az` prints the columns under the names of the keys, and nothing where there is none."""
    keys = {key.lower(): key for key in (*PEER_KEYS, *ROUTE_KEYS)}
    chosen = [keys[column.lower()] for column in columns]
    rows = tuple(tuple("" if found[key] is None else found[key] for key in chosen) for found in objects)
    return AzureTable(tuple(columns), rows, tuple(objects))


def _place(gateway: Gateway, peer: str | None) -> int:
    msee = gateway.msee(peer)
    return gateway.msees.index(msee) if msee else len(gateway.msees)


def _path(path: Sequence[int]) -> str:
    return "-".join(map(str, path))


def time_span(seconds: float) -> str:
    """`00:19:22.1105221`, `3.03:14:13`: a duration as .NET prints it, a fraction only where there is one."""
    whole, ticks = divmod(round(seconds * TICKS_PER_SECOND), TICKS_PER_SECOND)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    text = f"{hour:02}:{minute:02}:{second:02}"
    return (f"{days}." if days else "") + text + (f".{ticks:07}" if ticks else "")

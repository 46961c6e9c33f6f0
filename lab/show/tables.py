"""Azure's tables as values: rows with the JSON keys and the columns that its tools print. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any, Literal

from bgp.route import Route
from bgp.session import PeerSummary
from lab.circuit import models
from lab.circuit.models import AZURE_ASN, PRIVATE, PeeringType
from lab.circuit.validation import DOCUMENTATION_ASNS
from lab.role.policy import DEFAULT_LOCAL_PREFERENCE

Flavour = Literal["junos", "ios"]
"""Whose hardware answers: Azure has MSEEs of either kind, and their tables differ."""
FLAVOURS: tuple[Flavour, ...] = ("junos", "ios")
ORIGINS = {"igp": "I", "egp": "E", "incomplete": "?"}
CLASSES = ((128, 8), (192, 16), (224, 24))
"""The class of an IPv4 address: its first octet is below the first number, the length is the second."""
INCOMPLETE = "Incomplete"
ON_PREM, MICROSOFT = "On-Prem", "Microsoft"
ARP_COLUMNS = ("Age", "InterfaceProperty", "IpAddress", "MacAddress")
ROUTE_COLUMNS = ("Network", "NextHop", "LocPrf", "Weight", "Path")
SUMMARY_COLUMNS = ("Neighbor", "V", "AS", "UpDown", "StatePfxRcd")
STATS_COLUMNS = ("PrimaryBytesIn", "PrimaryBytesOut", "SecondaryBytesIn", "SecondaryBytesOut")
STATS_KEYS = ("primarybytesIn", "primarybytesOut", "secondarybytesIn", "secondarybytesOut")
PREFIX_COLUMNS = ("PREFIX", "DIRECTION", "STATE", "AS PATH", "RULE")
BGP_VERSION = 4
OWN_AS_RULE, DOCUMENTATION_RULE = "ER218", "ER315"
# Why the rest of what a CE sends is not accepted, and the rest of what an MSEE knows not sent, by peering.
DECLARED_RULES: dict[PeeringType, str | None] = {PRIVATE: None, models.MICROSOFT: "ER312"}
WITHHELD_RULES: dict[PeeringType, str] = {PRIVATE: "ER217", models.MICROSOFT: "ER302"}


@dataclass(frozen=True)
class AzureTable:
    """Columns and rows as `az -o table` has them, and the objects of its `value` list."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    objects: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class ArpEntry:
    """`side` is `On-Prem` or `Microsoft`, `age` in minutes, `mac` as the kernel writes it or None while unresolved."""

    side: str
    address: str
    mac: str | None
    age: int = 0


@dataclass(frozen=True)
class PrefixRow:
    """One prefix of a session and what became of it. `rule` says why not, where it is filtered or withheld."""

    prefix: str
    direction: str
    state: str
    as_path: str
    rule: str | None = None


def dotted(mac: str | None) -> str:
    """`4a5b.3da7.1a10`: a MAC as routers write it."""
    if mac is None:
        return INCOMPLETE
    digits = mac.replace(":", "").lower()
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))


def arp_table(entries: Iterable[ArpEntry], *, on_prem_only: bool = False) -> AzureTable:
    """Both rows of a link, or `on_prem_only` the CE's, as some of Azure's hardware has it."""
    chosen = [entry for entry in entries if entry.side == ON_PREM or not on_prem_only]
    rows = [(entry.age, entry.side, entry.address, dotted(entry.mac)) for entry in chosen]
    objects = [dict(zip(("age", "interface", "ipAddress", "macAddress"), row, strict=True)) for row in rows]
    return AzureTable(ARP_COLUMNS, tuple(rows), tuple(objects))


def looped_routes(received: Iterable[Route]) -> list[Route]:
    """Of what a CE sent, the paths with the MSEE's own AS: not used, and shown all the same (ER218)."""
    return [replace(route, best=False, multipath=False) for route in received if AZURE_ASN in route.as_path]


def route_table(routes: Iterable[Route], ce_addresses: Iterable[str], flavour: Flavour = "junos") -> AzureTable:
    """The MSEE's table: a star on the best of several next hops.

    Junos-like, gateways come before the CE, and every path has a local preference and its origin. IOS-like, the best of
    several next hops comes last, there is no local preference and of origins no `I`, a class-full length is left out,
    and IPv6 is in capitals (public labs).
    """
    customers = set(ce_addresses)
    learned = [route for route in routes if route.peer is not None]
    several = _several(learned)
    if flavour == "ios":
        learned.sort(key=lambda r: (prefix_order(r.prefix), r.best, ip_address(r.next_hop or "::")))
        rows = [_ios_row(route, several) for route in learned]
    else:
        learned.sort(key=lambda r: (r.peer in customers, prefix_order(r.prefix), ip_address(r.next_hop or "::")))
        rows = [_junos_row(route, several) for route in learned]
    objects = [
        {"locPrf": pref, "network": network, "nextHop": hop, "path": path, "weight": weight}
        for network, hop, pref, weight, path in rows
    ]
    return AzureTable(ROUTE_COLUMNS, tuple(rows), tuple(objects))


def _junos_row(route: Route, several: set[str]) -> tuple[str, str, str, int, str]:
    local_pref = DEFAULT_LOCAL_PREFERENCE if route.local_pref is None else route.local_pref
    path = f"{_path(route.as_path)} {ORIGINS[route.origin]}"
    return route.prefix, f"{route.next_hop}{_star(route, several)}", str(local_pref), route.weight, path


def _ios_row(route: Route, several: set[str]) -> tuple[str, str, str, int, str]:
    next_hop = f"{route.next_hop.upper()}{_star(route, several)}"
    origin = "" if route.origin == "igp" else ORIGINS[route.origin].lower()
    path = " ".join(filter(None, (_path(route.as_path), origin)))
    return _classful(route.prefix).upper(), next_hop, "", route.weight, path


def _classful(prefix: str) -> str:
    """`192.168.50.0`: IOS leaves out the length that the class of the address implies (A 8, B 16, C 24)."""
    network = ip_network(prefix)
    if network.version == 6 or not int(network.network_address):
        return prefix
    first = int(network.network_address) >> 24
    implied = next((length for below, length in CLASSES if first < below), None)
    return str(network.network_address) if network.prefixlen == implied else prefix


def _star(route: Route, several: set[str]) -> str:
    return "*" if route.best and route.prefix in several else ""


def _several(routes: Sequence[Route]) -> set[str]:
    seen: set[str] = set()
    found: set[str] = set()
    for route in routes:
        (found if route.prefix in seen else seen).add(route.prefix)
    return found


def summary_table(peers: Iterable[PeerSummary], flavour: Flavour = "junos") -> AzureTable:
    """One row a neighbor: the number of prefixes while Established, else the state."""
    ios = flavour == "ios"
    ordered = sorted(peers, key=lambda p: (ip_address(p.address).version, ip_address(p.address)))
    rows = []
    for peer in ordered:
        never = "never" if not peer.established_count else "down"
        up = up_down(peer.uptime_seconds, hours=ios) if peer.established else never
        counted = str(peer.prefixes_received) if peer.established else peer.state
        rows.append((peer.address.upper() if ios else peer.address, BGP_VERSION, peer.remote_as, up, counted))
    objects = [
        {"neighbor": address, "v": version, "as": asn, "upDown": up, "statePfxRcd": state}
        for address, version, asn, up, state in rows
    ]
    return AzureTable(SUMMARY_COLUMNS, tuple(rows), tuple(objects))


def stats_table(counts: Sequence[int]) -> AzureTable:
    """`counts`: primary in, primary out, secondary in, secondary out; octets, in is into Azure."""
    return AzureTable(STATS_COLUMNS, (tuple(counts),), (dict(zip(STATS_KEYS, counts, strict=True)),))


def prefix_rows(
    accepted: Iterable[Route], received: Iterable[Route], advertised: Iterable[Route], peering: PeeringType = PRIVATE
) -> list[PrefixRow]:
    """What one session carries: from the CE first, then to it.

    What was received and not accepted is `filtered`. The rule is known where the AS path tells it: an MSEE drops its
    own AS (RFC 4271, 9.1.2).
    """
    taken = {route.prefix: route for route in accepted}
    rows = [PrefixRow(p, "from CE", "accepted", _path(r.as_path)) for p, r in taken.items()]
    for route in received:
        if route.prefix not in taken:
            rule = OWN_AS_RULE if AZURE_ASN in route.as_path else DECLARED_RULES[peering]
            if peering != PRIVATE and any(asn in DOCUMENTATION_ASNS for asn in route.as_path):
                rule = DOCUMENTATION_RULE
            rows.append(PrefixRow(route.prefix, "from CE", "filtered", _path(route.as_path), rule))
    rows.sort(key=lambda row: prefix_order(row.prefix))
    sent = sorted(advertised, key=lambda route: prefix_order(route.prefix))
    rows += [PrefixRow(r.prefix, "to CE", "advertised", _path((AZURE_ASN, *r.as_path))) for r in sent]
    return rows


def withheld_rows(
    known: Iterable[Route], advertised: Iterable[Route], ce_address: str, peering: PeeringType = PRIVATE
) -> list[PrefixRow]:
    """Best routes of others that are not sent to the CE."""
    sent = {route.prefix for route in advertised}
    rows = [
        PrefixRow(r.prefix, "to CE", "withheld", _path(r.as_path), WITHHELD_RULES[peering])
        for r in known
        if r.best and r.peer not in (None, ce_address) and r.prefix not in sent
    ]
    return sorted(rows, key=lambda row: prefix_order(row.prefix))


def _path(path: Sequence[int]) -> str:
    return " ".join(map(str, path))


def prefix_order(prefix: str) -> tuple[int, int, int]:
    network = ip_network(prefix)
    return network.version, int(network.network_address), network.prefixlen


def up_down(seconds: float, *, hours: bool = False) -> str:
    """Azure's upDown: `25:24` (`00:25:24` with `hours`), `11:09:15`, `1d03h`, `8w4d`."""
    minutes, second = divmod(int(seconds), 60)
    whole, minute = divmod(minutes, 60)
    days, hour = divmod(whole, 24)
    if days >= 7:
        return f"{days // 7}w{days % 7}d"
    if days:
        return f"{days}d{hour:02}h"
    return f"{hour:02}:{minute:02}:{second:02}" if whole or hours else f"{minute:02}:{second:02}"

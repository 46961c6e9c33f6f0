"""A router's interfaces and neighbor entries, as the kernel has them in one of its network namespaces."""

from __future__ import annotations

from dataclasses import dataclass
from socket import AF_INET, AF_INET6
from typing import Any

from lab.net import inside

NUD_INCOMPLETE, NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_PERMANENT = 1, 2, 4, 8, 16, 128
RESOLVED = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT
TICKS_PER_SECOND = 100  # USER_HZ, in which the kernel gives ages


@dataclass(frozen=True)
class InterfaceState:
    """`received` and `sent` are octets since the interface was made."""

    name: str
    mac: str
    addresses: tuple[str, ...]
    received: int
    sent: int


@dataclass(frozen=True)
class NeighborEntry:
    """`mac` is None while nobody has answered; `age_seconds` since the last confirmation."""

    address: str
    mac: str | None
    age_seconds: float


def interfaces(pid: int, vrf: str) -> tuple[InterfaceState, ...]:
    """Every interface of the namespace. Raises FileNotFoundError when there is no such namespace."""
    links, addresses, _ = inside.in_namespace(pid, vrf, _dump)
    by_index: dict[int, list[str]] = {}
    for entry in addresses:
        by_index.setdefault(entry["index"], []).append(str(entry.get("local") or entry.get("address")))
    found = []
    for link in links:
        counted = link.get("stats64") or {}
        found.append(
            InterfaceState(
                str(link.get("ifname")), str(link.get("address") or ""), tuple(by_index.get(link["index"], ())),
                int(counted.get("rx_bytes", 0)), int(counted.get("tx_bytes", 0)),
            )
        )
    return tuple(found)


def neighbors(pid: int, vrf: str) -> dict[str, NeighborEntry]:
    """ARP and ND entries of the namespace, by address. Raises FileNotFoundError when there is no such namespace."""
    _, _, entries = inside.in_namespace(pid, vrf, _dump)
    found = {}
    for entry in entries:
        resolved = bool(entry["state"] & RESOLVED)
        address, ages = str(entry.get("dst")), entry.get("cacheinfo") or {}
        age = int(ages.get("ndm_confirmed", 0)) / TICKS_PER_SECOND if resolved else 0.0
        found[address] = NeighborEntry(address, str(entry.get("lladdr")) if resolved else None, age)
    return found


def _dump() -> tuple[list[Any], list[Any], list[Any]]:
    from pyroute2 import IPRoute

    with IPRoute() as route:
        links = list(route.get_links())
        addresses = list(route.get_addr())
        entries = [entry for family in (AF_INET, AF_INET6) for entry in route.get_neighbours(family=family)]
    return links, addresses, entries

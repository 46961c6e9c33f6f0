"""What Microsoft sends on Microsoft peering: the prefixes of the region and service tables, with their communities.

The communities are Microsoft's. The prefixes are the lab's own choice, from the ranges for benchmarks (RFC 2544, RFC
5180), which neither Microsoft nor a customer of the lab can have: real ones change weekly, and a lab must not answer
for them. A prefix keeps its number when a region is added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network

from lab.circuit.communities import REGIONAL_BASES, REGIONS, SERVICES, community
from lab.circuit.models import FAMILIES, Family, Network, within

SPACE: dict[Family, Network] = {"ipv4": IPv4Network("198.18.0.0/15"), "ipv6": IPv6Network("2001:2::/48")}
_LENGTH: dict[Family, int] = {"ipv4": 24, "ipv6": 60}
# A region's five prefixes are 64 apart, so that NN up to 63 finds a place; the services follow.
_REGIONS_A_BLOCK = 64


@dataclass(frozen=True)
class FeedPrefix:
    """One prefix of a region or a service, and every community that it carries."""

    network: Network
    communities: tuple[str, ...]


@cache
def feed(family: Family) -> tuple[FeedPrefix, ...]:
    """All of them. A prefix of a service in a region carries the region's community too, as Microsoft's do."""
    found = []
    for block, base in enumerate(REGIONAL_BASES.values()):
        for region in REGIONS:
            communities = dict.fromkeys((community(REGIONAL_BASES[""] + region), community(base + region)))
            found.append(FeedPrefix(_at(family, block * _REGIONS_A_BLOCK + region), tuple(communities)))
    first = len(REGIONAL_BASES) * _REGIONS_A_BLOCK
    found += [FeedPrefix(_at(family, first + n), (community(s),)) for n, s in enumerate(SERVICES)]
    return tuple(found)


def allowed(family: Family, communities: Iterable[str]) -> tuple[Network, ...]:
    """What a route filter with `communities` lets through: prefixes that carry one of them."""
    wanted = set(communities)
    return tuple(item.network for item in feed(family) if wanted & set(item.communities))


def is_microsofts(network: Network) -> bool:
    """Whether `network` overlaps what the lab's Microsoft side has."""
    return any(within(network, space) or within(space, network) for space in SPACE.values())


def _at(family: Family, number: int) -> Network:
    space, length = SPACE[family], _LENGTH[family]
    base = int(space.network_address) + (number << (space.max_prefixlen - length))
    return IPv4Network((base, length)) if family == "ipv4" else IPv6Network((base, length))


def groups() -> dict[tuple[Family, tuple[str, ...]], list[Network]]:
    """The prefixes that share a family and communities."""
    found: dict[tuple[Family, tuple[str, ...]], list[Network]] = {}
    for family in FAMILIES:
        for item in feed(family):
            found.setdefault((family, item.communities), []).append(item.network)
    return found

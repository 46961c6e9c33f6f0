"""Prefix-lists that FRR reads in a moment, however long."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from lab.circuit.models import Network

LONG = 100


def prefix_list(prefixes: Sequence[Network]) -> list[str]:
    """What the lines of a prefix-list permit, so that it holds exactly `prefixes`.

    FRR reads every line of a list against all the others: 4,000 take it minutes. Neighboring prefixes of a long list
    therefore share a line (`10.64.0.0/13 ge 24 le 24`).
    """
    if len(prefixes) <= LONG:
        return [str(prefix) for prefix in prefixes]
    by_length: dict[tuple[int, int], list[Network]] = {}
    for prefix in prefixes:
        by_length.setdefault((prefix.version, prefix.prefixlen), []).append(prefix)
    return [
        str(block) if block.prefixlen == length else f"{block} ge {length} le {length}"
        for (_, length), same in by_length.items()
        for block in _collapsed(same)
    ]


def _collapsed(same: Sequence[Network]) -> list[Network]:
    ipv4 = collapse_addresses([n for n in same if isinstance(n, IPv4Network)])
    ipv6 = collapse_addresses([n for n in same if isinstance(n, IPv6Network)])
    return [*ipv4, *ipv6]

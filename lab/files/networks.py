"""Prefixes as a file spells them, and which of them overlap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from lab.circuit.models import Network
from lab.files.notes import Notes
from lab.files.tree import Scalar

_NEAREST = 8
_FORM = re.compile(r"[0-9a-fA-F:.]{2,45}/[0-9]{1,3}")
_UNUSABLE = tuple(
    ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/8", "fe80::/10", "ff00::/8")
)


@dataclass(frozen=True)
class Placed:
    """A network and where the file has it; `owner` is the circuit or VNet."""

    network: Network
    node: Scalar
    field: str
    owner: str


def parse(text: str) -> Network | None:
    """The network of `ADDRESS/LENGTH`, host bits cleared; None when it is not of that form."""
    if not _FORM.fullmatch(text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def has_host_bits(text: str, network: Network) -> bool:
    address = text.partition("/")[0]
    return type(network.network_address)(address) != network.network_address


def network_at(notes: Notes, node: Scalar, rule: str, name: str) -> Network | None:
    """The network a scalar spells, of addresses that a host can have. Notes a mistake and gives None otherwise."""
    network = parse(node.text)
    if network is None:
        notes.wrong(node, rule, name, "a prefix such as 10.10.0.0/16 or fd00:10::/48")
        return None
    if has_host_bits(node.text, network):
        notes.wrong(node, rule, name, str(network), hint="a prefix has no host bits")
        return None
    if network.prefixlen and unusable(network):
        notes.wrong(node, rule, name, "unicast addresses")
        return None
    return network


def unusable(network: Network) -> bool:
    """Whether no host or router may have these addresses (loopback, multicast, link-local IPv6, reserved)."""
    return any(overlap(network, other) for other in _UNUSABLE)


def overlap(a: Network, b: Network) -> bool:
    if isinstance(a, IPv4Network):
        return isinstance(b, IPv4Network) and a.overlaps(b)
    return isinstance(b, IPv6Network) and a.overlaps(b)


def overlapping(items: Iterable[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """The pairs whose networks overlap, in n log n: of two networks one holds the other or they are apart.

    Of a pile of networks that hold one another, each is paired with the nearest few above it only.
    """
    ordered = sorted(items, key=lambda p: (p.network.version, int(p.network.network_address), p.network.prefixlen))
    holders: list[Placed] = []
    for item in ordered:
        while holders and not overlap(holders[-1].network, item.network):
            holders.pop()
        for holder in holders[-_NEAREST:]:
            yield holder, item
        holders.append(item)


def listed_lines(nodes: Iterable[Scalar]) -> str:
    """`line 6`, or `lines 5, 6`."""
    lines = sorted({node.line for node in nodes})
    return f"line {lines[0]}" if len(lines) == 1 else "lines " + ", ".join(map(str, lines))


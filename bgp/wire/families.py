"""Names of address families, and prefixes out of octets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from bgp.wire.reader import Broken, Reader

IPV4, IPV6, UNICAST = 1, 2, 1
AFIS = {1: "ipv4", 2: "ipv6", 25: "l2vpn"}
SAFIS = {2: "multicast", 4: "labelled", 70: "evpn", 128: "vpn", 132: "rtc", 133: "flowspec"}
BITS = {"ipv4": 32, "ipv6": 128}


def family_name(afi: int, safi: int) -> str:
    """`ipv4` and `ipv6` for unicast, `ipv4/vpn`, `l2vpn/evpn`, `afi 16388/safi 71`."""
    name = AFIS.get(afi, f"afi {afi}")
    return name if safi == UNICAST else f"{name}/{SAFIS.get(safi, f'safi {safi}')}"


def families_of(value: bytes) -> Iterator[tuple[str, int]]:
    """The entries (family, octet) of a capability that lists AFI, SAFI and an octet."""
    for at in range(0, len(value) - 3, 4):
        yield family_name(int.from_bytes(value[at : at + 2]), value[at + 2]), value[at + 3]


def address(octets: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(octets) == 4 else socket.AF_INET6, octets)


def prefixes(reader: Reader, family: str, *, path_ids: bool = False) -> tuple[str, ...]:
    """All prefixes that are left of `family` (`ipv4` or `ipv6`). Raises Broken."""
    bits, found = BITS[family], []
    while reader.left:
        if path_ids:
            reader.number(4)
        length = reader.number(1)
        if length > bits:
            raise Broken(f"a prefix length of {length}")
        octets = reader.take((length + 7) // 8)
        found.append(f"{address(octets.ljust(bits // 8, bytes(1)))}/{length}")
    return tuple(found)

"""IPv4, IPv6, and what they carry."""

from __future__ import annotations

from typing import TypedDict

from lab.net.frames.bfd import PORTS, bfd
from lab.net.frames.tcp import tcp
from lab.net.frames.values import Bfd, Icmp, Ip, NeighborDiscovery, Tcp, Udp
from lab.net.frames.words import address, mac, number

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
HOP_BY_HOP, ROUTING, FRAGMENT, OPTIONS = 0, 43, 44, 60
IPV4_HEADER, IPV6_HEADER, UDP_HEADER, ICMP_HEADER = 20, 40, 8, 8
SOLICITATION, ADVERTISEMENT = 135, 136
ND_LENGTH = 24
SOURCE_MAC, TARGET_MAC = 1, 2
UNREACHABLE, FRAGMENTATION_NEEDED, TOO_BIG = 3, 4, 2
QUOTES = {4: frozenset({3, 4, 5, 11, 12}), 6: frozenset({1, 2, 3, 4})}


def ipv4(data: bytes) -> tuple[Ip, bytes] | None:
    """The header and what follows it, without the padding of a short frame; None when it is none."""
    header = (data[0] & 15) * 4 if data else 0
    if header < IPV4_HEADER or len(data) < header or data[0] >> 4 != 4:
        return None
    length = number(data, 2, 2) or len(data)  # 0: longer than the field can say, and not cut yet
    fragment = number(data, 6, 2)
    found = Ip(
        version=4, source=address(data[12:16]), target=address(data[16:20]), protocol=data[9], ttl=data[8],
        length=length, dont_fragment=bool(fragment & 0x4000), fragment=(fragment & 0x1FFF) * 8,
    )
    return found, data[header:length]


def ipv6(data: bytes) -> tuple[Ip, bytes] | None:
    """The same; extension headers are passed over."""
    if len(data) < IPV6_HEADER or data[0] >> 4 != 6:
        return None
    length = IPV6_HEADER + number(data, 4, 2) if number(data, 4, 2) else len(data)
    protocol, at, fragment = data[6], IPV6_HEADER, 0
    while protocol in (HOP_BY_HOP, ROUTING, FRAGMENT, OPTIONS) and len(data) >= at + 8:
        if protocol == FRAGMENT:
            fragment = number(data, at + 2, 2) & 0xFFF8
        size = 8 if protocol == FRAGMENT else 8 + 8 * data[at + 1]
        protocol, at = data[at], at + size
    found = Ip(6, address(data[8:24]), address(data[24:40]), protocol, data[7], length, True, fragment)
    return found, data[at:length]


class Carried(TypedDict, total=False):
    """The fields of a Packet below IP."""

    tcp: Tcp | None
    udp: Udp | None
    bfd: Bfd | None
    icmp: Icmp | None
    nd: NeighborDiscovery | None


def carried(header: Ip, data: bytes) -> Carried:
    """What the packet carries; only its first fragment tells."""
    if header.fragment:
        return {}
    if header.protocol == TCP:
        return {"tcp": tcp(data)}
    if header.protocol == UDP and len(data) >= UDP_HEADER:
        datagram = Udp(number(data, 0, 2), number(data, 2, 2), data[UDP_HEADER : number(data, 4, 2) or len(data)])
        return {"udp": datagram, "bfd": bfd(datagram.payload) if datagram.target in PORTS else None}
    if header.protocol == ICMPV6 and data[:1] in (bytes([SOLICITATION]), bytes([ADVERTISEMENT])):
        return {"nd": _neighbor_discovery(data)}
    if header.protocol == (ICMP if header.version == 4 else ICMPV6) and len(data) >= ICMP_HEADER:
        return {"icmp": _icmp(header.version, data)}
    return {}


def _icmp(version: int, data: bytes) -> Icmp:
    kind, code, mtu = data[0], data[1], None
    if version == 4 and (kind, code) == (UNREACHABLE, FRAGMENTATION_NEEDED):
        mtu = number(data, 6, 2)
    elif version == 6 and kind == TOO_BIG:
        mtu = number(data, 4, 4)
    quoted = None
    if kind in QUOTES[version]:
        quoted = (ipv4 if version == 4 else ipv6)(data[ICMP_HEADER:])
    return Icmp(version, kind, code, mtu, quoted[0] if quoted else None)


def _neighbor_discovery(data: bytes) -> NeighborDiscovery | None:
    if len(data) < ND_LENGTH:
        return None
    asks = data[0] == SOLICITATION
    wanted = SOURCE_MAC if asks else TARGET_MAC
    found, at = "", ND_LENGTH
    while len(data) >= at + 8 and data[at + 1]:
        if data[at] == wanted:
            found = mac(data[at + 2 : at + 8])
        at += 8 * data[at + 1]
    return NeighborDiscovery("solicitation" if asks else "advertisement", address(data[8:24]), found)

"""From the octets of an Ethernet frame to a `Packet`."""

from __future__ import annotations

from lab.net.frames.ip import carried, ipv4, ipv6
from lab.net.frames.values import Arp, Packet
from lab.net.frames.words import address, mac, number

TPIDS = frozenset({0x8100, 0x88A8, 0x9100})
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
MACS, TAG, ARP_LENGTH = 12, 4, 28
VLAN = 0x0FFF


def decode(data: bytes) -> Packet:
    """Takes a frame apart as far as it makes sense; what is cut off or wrong is left None, and nothing is raised."""
    tpids, tags = tags_of(data)
    at = MACS + TAG * len(tags)
    kind = number(data, at, 2)
    head = (mac(data[6:12]), mac(data[:6]), tags, tpids, kind)
    rest = data[at + 2 :]
    if kind == ARP:
        return Packet(*head, arp=_arp(rest))
    found = ipv4(rest) if kind == IPV4 else ipv6(rest) if kind == IPV6 else None
    return Packet(*head, ip=found[0], **carried(*found)) if found else Packet(*head)


def tags_of(data: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The EtherTypes and the VLAN ids of a frame's tags, the outer first."""
    tpids, tags, at = [], [], MACS
    while number(data, at, 2) in TPIDS and len(data) >= at + TAG:
        tpids.append(number(data, at, 2))
        tags.append(number(data, at + 2, 2) & VLAN)
        at += TAG
    return tuple(tpids), tuple(tags)


def _arp(data: bytes) -> Arp | None:
    """Ethernet and IPv4 only, as everybody's is."""
    if len(data) < ARP_LENGTH or data[:6] != b"\x00\x01\x08\x00\x06\x04":
        return None
    return Arp(number(data, 6, 2), mac(data[8:14]), address(data[14:18]), mac(data[18:24]), address(data[24:28]))

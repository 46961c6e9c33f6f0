"""From the octets of an Ethernet frame to a `Packet`."""

from __future__ import annotations

from dataclasses import replace

from lab.net.frames.ip import ipv4, ipv6, transport
from lab.net.frames.values import Arp, Packet
from lab.net.frames.words import address, mac, number

TPIDS = frozenset({0x8100, 0x88A8, 0x9100})
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
ETHERNET, TAG, ARP_LENGTH = 14, 4, 28
VLAN = 0x0FFF


def decode(data: bytes) -> Packet:
    """Takes a frame apart as far as it makes sense; what is cut off or wrong is left None, and nothing is raised."""
    target_mac, source_mac = mac(data[:6]), mac(data[6:12])
    tags: list[int] = []
    tpids: list[int] = []
    at = 12
    while number(data, at, 2) in TPIDS and len(data) >= at + TAG:
        tpids.append(number(data, at, 2))
        tags.append(number(data, at + 2, 2) & VLAN)
        at += TAG
    kind = number(data, at, 2)
    packet = Packet(source_mac, target_mac, tuple(tags), tuple(tpids), kind)
    rest = data[at + 2 :]
    if kind == ARP:
        return replace(packet, arp=_arp(rest))
    found = ipv4(rest) if kind == IPV4 else ipv6(rest) if kind == IPV6 else None
    return transport(packet, *found) if found else packet


def _arp(data: bytes) -> Arp | None:
    """Ethernet and IPv4 only, as everybody's is."""
    if len(data) < ARP_LENGTH or data[:6] != b"\x00\x01\x08\x00\x06\x04":
        return None
    return Arp(number(data, 6, 2), mac(data[8:14]), address(data[14:18]), mac(data[18:24]), address(data[24:28]))

"""Frames as values: what `lab.net.tap` reads, taken apart. Pure; nothing here raises on octets that make no sense."""

from lab.net.frames.decode import decode, tags_of
from lab.net.frames.values import (
    Arp,
    Bfd,
    Icmp,
    Ip,
    NeighborDiscovery,
    Packet,
    Tcp,
    Udp,
)

__all__ = ["Arp", "Bfd", "Icmp", "Ip", "NeighborDiscovery", "Packet", "Tcp", "Udp", "decode", "tags_of"]

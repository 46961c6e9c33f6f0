"""Echo requests by way of one neighbor, whatever the routing table of the sender says.

A packet that is only bound to a device, and for which no route leads out of it, is taken for on-link by Linux: it asks
for the target's MAC and nobody answers. A router that prefers its other path has no such route. So the packet is handed
to the device as a whole, addressed to the neighbor's MAC, as the router itself would once that path is its best.
"""

from __future__ import annotations

import ipaddress
import socket
import struct

from lab.net.reading import neighbors

ETH_P = {4: 0x0800, 6: 0x86DD}
TTL = 64
ICMP = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
DONT_FRAGMENT = 0x4000


class Neighbors:
    """The MACs that a namespace knows, by device index and address. Made inside the namespace; holds a socket of it."""

    def __init__(self) -> None:
        self._asked = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._known: dict[tuple[int, str], bytes] = {}

    def mac(self, index: int, address: str) -> bytes | None:
        """None while the neighbor is not known; the kernel is asked again each time until it is."""
        wanted = index, str(ipaddress.ip_address(address))
        if wanted not in self._known:
            self._known = neighbors(self._asked, ipaddress.ip_address(address).version)
        return self._known.get(wanted)

    def close(self) -> None:
        self._asked.close()


class Sender:
    """Hands whole packets of one family to one device. Made inside the namespace."""

    def __init__(self, version: int, index: int) -> None:
        self._device = socket.if_indextoname(index)
        self._protocol = ETH_P[version]
        # Protocol 0 hears nothing.
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_PACKET, kind, 0)

    def send(self, packet: bytes, mac: bytes) -> None:
        """Raises OSError, of a packet longer than the device takes too."""
        self._socket.sendto(packet, (self._device, self._protocol, 0, 0, mac))

    def close(self) -> None:
        self._socket.close()


def packet(version: int, source: str, target: str, message: bytes) -> bytes:
    """An IP packet with an ICMP `message` whose checksum is 0 as yet; nobody on the way may cut it up."""
    ends = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    protocol = ICMP[version]
    if version == 6:
        pseudo = b"".join(ends) + struct.pack("!I3xB", len(message), protocol)
        body = message[:2] + checksum(pseudo + message) + message[4:]
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, TTL) + b"".join(ends) + body
    body = message[:2] + checksum(message) + message[4:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, DONT_FRAGMENT, TTL, protocol, 0) + b"".join(ends)
    return head[:10] + checksum(head) + head[12:] + body


def checksum(data: bytes) -> bytes:
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


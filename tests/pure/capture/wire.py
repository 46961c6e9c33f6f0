"""Frames between ce1 (192.168.100.129, fd00:64::1) and msee1 (.130, ::2), octet by octet."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

from lab.capture.place import Place
from lab.net.tap import Frame

PRIMARY = Place("primary", "msee1", "eth1", "ce1")
SECONDARY = Place("secondary", "msee2", "eth1", "ce1")
CE, MSEE = ("192.168.100.129", "fd00:64::1"), ("192.168.100.130", "fd00:64::2")
NOON = 1_795_866_000_000_000_000
SECOND = 1_000_000_000
FIN, SYN, RST, ACK = 1, 2, 4, 16
MD5 = b"\x01\x01\x13\x12" + bytes(16)
BGP, BFD = 179, 3784


@dataclass
class Wire:
    """Makes frames with an own clock: a millisecond later each."""

    tags: tuple[int, ...] = (100,)
    now: int = NOON
    seq: dict[tuple[str, int], int] = field(default_factory=dict)

    def frame(self, kind: int, body: bytes, *, ce: bool) -> Frame:
        self.now += SECOND // 1000
        macs = b"\x02\xc0\0\0\0\xbb" + b"\x02\xc0\0\0\0\xaa"
        tags = b"".join(struct.pack("!HH", 0x8100, tag) for tag in self.tags)
        return Frame(self.now, macs + tags + struct.pack("!H", kind) + body, not ce)

    def ip(self, protocol: int, body: bytes, *, ce: bool, version: int = 4) -> Frame:
        at = 0 if version == 4 else 1
        source, target = (CE[at], MSEE[at]) if ce else (MSEE[at], CE[at])
        if version == 4:
            head = struct.pack("!BBHHHBBH", 0x45, 0xC0, 20 + len(body), 1, 0x4000, 1, protocol, 0)
            return self.frame(0x0800, head + socket.inet_aton(source) + socket.inet_aton(target) + body, ce=ce)
        head = struct.pack("!IHBB", 6 << 28, len(body), protocol, 255)
        ends = (socket.inet_pton(socket.AF_INET6, end) for end in (source, target))
        return self.frame(0x86DD, head + b"".join(ends) + body, ce=ce)

    def tcp(
        self, payload: bytes = b"", *, ce: bool, flags: int = ACK, port: int = 40000, md5: bool = True,
        version: int = 4, seq: int | None = None,
    ) -> Frame:
        """A segment of the connection that ce1 opened from `port`."""
        end = ("ce" if ce else "msee", port)
        at = self.seq.get(end, 1000) if seq is None else seq
        self.seq[end] = at + len(payload) + bool(flags & (SYN | FIN))
        ports = (port, BGP) if ce else (BGP, port)
        options = MD5 if md5 else b""
        head = struct.pack("!HHIIBBHHH", *ports, at, 0, (5 + len(options) // 4) << 4, flags, 65535, 0, 0)
        return self.ip(6, head + options + payload, ce=ce, version=version)

    def bfd(self, state: int, diagnostic: int = 0, *, ce: bool, interval: int = 300_000) -> Frame:
        packet = struct.pack("!BBBBIIIII", 0x20 | diagnostic, state << 6, 3, 24, 1, 2, interval, interval, 0)
        return self.ip(17, struct.pack("!HHHH", 49152, BFD, 8 + len(packet), 0) + packet, ce=ce)

    def arp(self, operation: int, *, ce: bool) -> Frame:
        sender, target = (CE[0], MSEE[0]) if ce else (MSEE[0], CE[0])
        mac, other = b"\x02\xc0\0\0\0\xaa", bytes(6)
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + mac + socket.inet_aton(sender)
        return self.frame(0x0806, body + other + socket.inet_aton(target), ce=ce)

    def solicitation(self, *, ce: bool) -> Frame:
        target = socket.inet_pton(socket.AF_INET6, MSEE[1] if ce else CE[1])
        return self.ip(58, bytes([135, 0, 0, 0, 0, 0, 0, 0]) + target, ce=ce, version=6)

    def too_big(self, mtu: int) -> Frame:
        """msee1 says that a packet of ce1 does not fit."""
        about = struct.pack("!BBHHHBBH", 0x45, 0, 1500, 1, 0x4000, 1, 6, 0) + socket.inet_aton(CE[0])
        return self.ip(1, struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + about + socket.inet_aton(MSEE[0]), ce=False)

"""An unsigned SYN to port 179 of a CE that is not ours to look into. What comes back tells what its kernel holds.

A reset: nobody listens. A SYN-ACK: a listener that asks for no signature. Nothing: one that does, or a filter. The
answer meets no socket here, so the kernel resets it: no router ever hears of it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Mapping
from functools import partial

from bgp.tcpmd5 import BGP_PORT
from lab.diagnose.evidence import Subject
from lab.engine.base import Node
from lab.net.inside import in_namespace

FROM_PORT = 61179
"""Of no connection: the kernel gives out ports up to 60999 by itself."""
SYN, WINDOW, WORDS = 0x02, 64240, 5
TTL = 255
IPV6_CHECKSUM, CHECKSUM_AT = 7, 16
_HEADER = struct.Struct("!HHIIBBHHH")


def call(nodes: Mapping[str, Node], subjects: Iterable[Subject]) -> None:
    """Sends one SYN for each session. A session without a way to its CE is passed over: its layers below tell."""
    for subject in subjects:
        try:
            pid = nodes[subject.session.msee].pid
            in_namespace(pid, subject.session.vrf, partial(_send, subject.session.msee_address,
                                                           subject.session.ce_address))
        except OSError:
            continue


def _send(source: str, target: str) -> None:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_TCP) as sock:
        segment = _HEADER.pack(FROM_PORT, BGP_PORT, 1, 0, WORDS << 4, SYN, WINDOW, 0, 0)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_CHECKSUM, CHECKSUM_AT)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, TTL)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, TTL)
            segment = segment[:CHECKSUM_AT] + _checksum(source, target, segment) + segment[CHECKSUM_AT + 2 :]
        sock.bind((source, 0))
        sock.sendto(segment, (target, 0))


def _checksum(source: str, target: str, segment: bytes) -> bytes:
    """RFC 9293, 3.1: over the addresses, protocol and length, and the segment."""
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    data = ends + struct.pack("!HH", socket.IPPROTO_TCP, len(segment)) + segment
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)

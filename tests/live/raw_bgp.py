"""BGP messages made by hand, right or wrong, and a puppet that sends them from inside a CE.

As a script (`mseelab exec ce1 python raw_bgp.py`) it holds one TCP connection and does what each line of JSON on its
input says, with one line of JSON for an answer; so it imports the standard library alone. Nothing in it knows what a
well-behaved speaker would do: every octet comes from the test.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import select
import socket
import struct
import sys
import time
from collections.abc import Iterable
from typing import Any

BGP = 179
MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
TCP_MD5SIG = 14
AS_TRANS = 23456
WELL_KNOWN, OPTIONAL = 0x40, 0x80
TRANSITIVE, EXTENDED = 0x40, 0x10
SEQUENCE = 2


def message(kind: int, body: bytes = b"", *, length: int | None = None, marker: bytes = MARKER) -> bytes:
    """A message (RFC 4271, 4.1); `length` is what its header says when that is not the truth."""
    return marker + struct.pack("!HB", 19 + len(body) if length is None else length, kind) + body


def capability(code: int, value: bytes = b"") -> bytes:
    return bytes((code, len(value))) + value


IPV4 = capability(1, struct.pack("!HBB", 1, 0, 1))
IPV6 = capability(1, struct.pack("!HBB", 2, 0, 1))


def four_octet(asn: int) -> bytes:
    return capability(65, struct.pack("!I", asn))


def open_message(
    asn: int, capabilities: Iterable[bytes], *, hold: int = 180, router_id: str = "192.0.2.1", version: int = 4
) -> bytes:
    """An OPEN, each capability in a parameter of its own (RFC 5492); none at all without capabilities."""
    parameters = b"".join(bytes((2, len(one))) + one for one in capabilities)
    short = asn if asn < 1 << 16 else AS_TRANS
    fixed = struct.pack("!BHH4sB", version, short, hold, socket.inet_aton(router_id), len(parameters))
    return message(OPEN, fixed + parameters)


def attribute(flags: int, code: int, value: bytes, *, length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    if size > 255:
        return struct.pack("!BBH", flags | EXTENDED, code, size) + value
    return bytes((flags, code, size)) + value


def origin(value: int = 0) -> bytes:
    return attribute(WELL_KNOWN, 1, bytes((value,)))


def as_path(*asns: int, width: int = 4) -> bytes:
    """An AS_SEQUENCE, in segments of at most 255; `width` is 2 towards a speaker without four-octet numbers."""
    form = "!I" if width == 4 else "!H"
    segments = b""
    for start in range(0, len(asns), 255):
        some = asns[start : start + 255]
        segments += bytes((SEQUENCE, len(some))) + b"".join(struct.pack(form, asn) for asn in some)
    return attribute(WELL_KNOWN, 2, segments)


def next_hop(address: str) -> bytes:
    return attribute(WELL_KNOWN, 3, socket.inet_aton(address))


def med(value: int) -> bytes:
    return attribute(OPTIONAL, 4, struct.pack("!I", value))


def communities(values: Iterable[tuple[int, int]]) -> bytes:
    return attribute(OPTIONAL | TRANSITIVE, 8, b"".join(struct.pack("!HH", *one) for one in values))


def nlri(prefix: str) -> bytes:
    network = ipaddress.ip_network(prefix)
    return bytes((network.prefixlen,)) + network.network_address.packed[: (network.prefixlen + 7) // 8]


def update(attributes: Iterable[bytes], prefixes: Iterable[bytes] = (), withdrawn: Iterable[bytes] = ()) -> bytes:
    gone, told = b"".join(withdrawn), b"".join(attributes)
    body = struct.pack("!H", len(gone)) + gone + struct.pack("!H", len(told)) + told
    return message(UPDATE, body + b"".join(prefixes))


def reach_ipv6(hop: str, prefixes: Iterable[str]) -> bytes:
    """MP_REACH_NLRI (RFC 4760) of IPv6 unicast."""
    value = struct.pack("!HBB", 2, 1, 16) + ipaddress.IPv6Address(hop).packed + b"\0"
    return attribute(OPTIONAL, 14, value + b"".join(nlri(prefix) for prefix in prefixes))


class Puppet:
    """One TCP connection, made, fed and read as it is told."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._read = b""

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        (verb, told), *_ = order.items()
        answer: dict[str, Any] = getattr(self, f"_{verb}")(told)
        return answer

    def _connect(self, told: dict[str, Any]) -> dict[str, Any]:
        self._close(None)
        family = socket.AF_INET6 if ":" in told["peer"] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if told.get("key"):
            sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, _md5(family, told["peer"], told["key"]))
        sock.bind((told["local"], 0))
        sock.settimeout(told["seconds"])
        try:
            sock.connect((told["peer"], BGP))
        except OSError as error:
            sock.close()
            return {"refused": "timed out" if isinstance(error, TimeoutError) else errno.errorcode[error.errno or 0]}
        self._socket, self._read = sock, b""
        return {"connected": sock.getsockname()[:2]}

    def _send(self, data: str) -> dict[str, Any]:
        assert self._socket is not None
        try:
            self._socket.sendall(bytes.fromhex(data))
        except OSError as error:
            return {"closed": str(error)}
        return {"sent": len(data) // 2}

    def _receive(self, seconds: float) -> dict[str, Any]:
        """The next message, `{"closed": why}`, or `{"silent": seconds}`."""
        assert self._socket is not None
        end = time.monotonic() + seconds
        while len(self._read) < 19 or len(self._read) < struct.unpack("!H", self._read[16:18])[0]:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return {"silent": seconds}
            try:
                piece = self._socket.recv(1 << 16)
            except OSError as error:
                return {"closed": str(error)}
            if not piece:
                return {"closed": "end"}
            self._read += piece
        (length,) = struct.unpack("!H", self._read[16:18])
        whole, self._read = self._read[:length], self._read[length:]
        return {"kind": whole[18], "body": whole[19:].hex()}

    def _close(self, _: object) -> dict[str, Any]:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        return {}


def _md5(family: int, peer: str, key: str) -> bytes:
    """struct tcp_md5sig of tcp(7): the peer's address, the length of the key, the key."""
    packed = socket.inet_pton(family, peer)
    address = struct.pack("=HH", family, 0) + (packed if family == socket.AF_INET else b"\0" * 4 + packed)
    return struct.pack("=128sBBHI80s", address, 0, 0, len(key), 0, key.encode())


if __name__ == "__main__":
    puppet = Puppet()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(puppet.obey(json.loads(line))) + "\n")
        sys.stdout.flush()

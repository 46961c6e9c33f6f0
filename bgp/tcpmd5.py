"""Which TCP sockets hold MD5 keys (RFC 2385), asked of the kernel by NETLINK_SOCK_DIAG.

Tells for whom a key is held, never which: the kernel sends the keys along, they are wiped from the one buffer they
arrive in. Whether two ends hold the same one is told by digests under a salt that is drawn for that one comparison. A
socket asks about the network namespace it was opened in. The caller has CAP_NET_ADMIN there: to others
the kernel shows no keys at all.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

BGP_PORT = 179
NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
INET_DIAG_INFO, INET_DIAG_MD5SIG = 2, 18
_WITH_INFO = 1 << INET_DIAG_INFO - 1  # without it the kernel skips TCP's own attributes, keys among them
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
TCP_ESTABLISHED, TCP_SYN_SENT, TCP_LISTEN = 1, 2, 10
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBxI48x")
_MESSAGE = struct.Struct("=BBBB2s2s16s16s")
_MESSAGE_LENGTH = 72
_ATTRIBUTE = struct.Struct("=HH")
_KEY = struct.Struct("=BBH16s80x")
_KEY_AT = 20  # of its octets, in struct tcp_diag_md5sig
_BUFFER = 1 << 17


@dataclass(frozen=True)
class Connection:
    """An established connection of BGP; `keyed` says that this end signs and demands signatures."""

    local: str
    local_port: int
    peer: str
    peer_port: int
    keyed: bool


@dataclass(frozen=True)
class Sockets:
    """BGP's sockets in one network namespace.

    `listening` are the families with a listener, `keys` whom the listeners hold a key for: addresses, or networks
    with their length where a key covers more than one address. `trying` are whom a SYN was sent to and no answer has
    come from. `digests` has the salted digest of each key of both, where a salt was given; they are for comparing at
    once and never for keeping.
    """

    listening: frozenset[str]
    keys: frozenset[str]
    connections: tuple[Connection, ...]
    digests: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    trying: frozenset[str] = frozenset()

    def unsigned(self, address: str) -> bool:
        """Whether a connection with `address` stands that holds no key."""
        return any(c.peer == address and not c.keyed for c in self.connections)


def open_diag() -> socket.socket:
    """A socket that asks about the current network namespace, whichever this process is in later."""
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)


def sockets(diag: socket.socket, port: int = BGP_PORT, salt: bytes = b"") -> Sockets:
    """BGP's sockets where `diag` was opened. Raises OSError."""
    listening: set[str] = set()
    keys: dict[str, bytes] = {}
    connections: set[Connection] = set()
    trying: set[str] = set()
    tried: dict[str, bytes] = {}
    states = 1 << TCP_LISTEN | 1 << TCP_ESTABLISHED | 1 << TCP_SYN_SENT
    # An answer of nothing, so that the kernel has seen how much is read at once: else a listener with a hundred keys
    # does not fit, and is left out without a word.
    _dump(diag, socket.AF_INET, 0, salt)
    for family in (socket.AF_INET, socket.AF_INET6):
        for state, ends, held in _dump(diag, family, states, salt):
            local, local_port, peer, peer_port = ends
            if state == TCP_LISTEN and local_port == port:
                listening.add("ipv4" if family == socket.AF_INET else "ipv6")
                keys |= held
            elif state == TCP_ESTABLISHED and port in (local_port, peer_port):
                connections.add(Connection(local, local_port, peer, peer_port, bool(held)))
            elif state == TCP_SYN_SENT and peer_port == port:
                trying.add(peer)
                tried |= held
    ordered = sorted(connections, key=lambda c: (c.peer, c.local, c.peer_port, c.local_port))
    digests = tried | keys if salt else {}
    return Sockets(frozenset(listening), frozenset(keys), tuple(ordered), digests, frozenset(trying))


def listener_keys(family: str, port: int = BGP_PORT) -> set[str]:
    """Whom the listeners of `family` (`ipv4`, `ipv6`) in the current namespace hold a key for."""
    with open_diag() as diag:
        return {key for key in sockets(diag, port).keys if (":" in key) == (family == "ipv6")}


def established_with_key(port: int = BGP_PORT) -> set[tuple[str, str]]:
    """The (local, peer) addresses of established connections in the current namespace that hold a key."""
    with open_diag() as diag:
        return {(c.local, c.peer) for c in sockets(diag, port).connections if c.keyed}


_Entry = tuple[int, tuple[str, int, str, int], dict[str, bytes]]


def _dump(diag: socket.socket, family: int, states: int, salt: bytes) -> list[_Entry]:
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, _WITH_INFO, states)
    diag.send(_HEADER.pack(_HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body)
    buffer = bytearray(_BUFFER)
    found: list[_Entry] = []
    try:
        done = False
        while not done:
            size = diag.recv_into(buffer)
            at = 0
            while at < size:
                length, kind, _, _, _ = _HEADER.unpack_from(buffer, at)
                if kind == NLMSG_ERROR:
                    (code,) = struct.unpack_from("=i", buffer, at + _HEADER.size)
                    raise OSError(-code, os.strerror(-code))
                done = kind == NLMSG_DONE
                if done:
                    break
                found.append(_socket(memoryview(buffer)[at + _HEADER.size : at + length], salt))
                at += (length + 3) & ~3
    finally:
        buffer[:] = bytes(_BUFFER)
    return found


def _socket(message: memoryview, salt: bytes) -> _Entry:
    family, state, _, _, local_port, peer_port, local, peer = _MESSAGE.unpack_from(message)
    ports = int.from_bytes(local_port, "big"), int.from_bytes(peer_port, "big")
    ends = (_text(family, local), ports[0], _text(family, peer), ports[1])
    held: dict[str, bytes] = {}
    at = _MESSAGE_LENGTH
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        if kind & 0x3FFF == INET_DIAG_MD5SIG:
            for start in range(at + _ATTRIBUTE.size, at + length, _KEY.size):
                held |= _holder(message, start, salt)
        at += max(_ATTRIBUTE.size, (length + 3) & ~3)
    return state, ends, held


def _holder(message: memoryview, start: int, salt: bytes) -> dict[str, bytes]:
    """For whom, and the digest of the key."""
    family, prefix_length, key_length, raw = _KEY.unpack_from(message, start)
    if not key_length:
        return {}
    address = _text(family, raw)
    whole = 32 if family == socket.AF_INET else 128
    key = start + _KEY_AT
    digest = blake2b(message[key : key + key_length], key=salt, digest_size=16).digest() if salt else b""
    return {address if prefix_length == whole else f"{address}/{prefix_length}": digest}


def _text(family: int, raw: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[:4])
    text = socket.inet_ntop(socket.AF_INET6, raw)
    return text.removeprefix("::ffff:") if "." in text else text

"""Which route of a namespace's kernel an address falls under, with all its next hops: one netlink question, no process.

`RTM_F_FIB_MATCH` (Linux 4.13, for IPv6 4.18) answers with the table's entry, not with the one hop that a flow is given.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass
from typing import Literal

from lab.net.inside import in_namespace

RTM_NEWROUTE, RTM_GETROUTE, NLMSG_ERROR = 24, 26, 2
RTM_F_LOOKUP_TABLE, RTM_F_FIB_MATCH = 0x1000, 0x2000
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_MULTIPATH, RTA_VIA = 1, 4, 5, 9, 18
_HEADER = struct.Struct("=IHHII")
_ROUTE = struct.Struct("=8BI")
_HOP = struct.Struct("=HBBi")
Kind = Literal["unicast", "local", "blackhole", "unreachable", "prohibit", "none"]
KINDS: dict[int, Kind] = {1: "unicast", 2: "local", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
PROTOCOLS = {2: "connected", 3: "boot", 4: "static", 11: "kernel", 12: "bird", 186: "bgp", 188: "ospf", 196: "static"}
# A lookup that finds such a route fails with its error: there is nothing more to be told.
REFUSED: dict[int, Kind] = {
    errno.EINVAL: "blackhole", errno.EHOSTUNREACH: "unreachable", errno.EACCES: "prohibit", errno.ENETUNREACH: "none",
}


@dataclass(frozen=True)
class Via:
    """A next hop; without a `gateway` the target is on the link of `device`."""

    gateway: str | None
    device: str


@dataclass(frozen=True)
class Entry:
    """A route. `prefix` and `protocol` are empty where the kernel does not tell them, `vias` where it leads nowhere."""

    kind: Kind
    prefix: str = ""
    protocol: str = ""
    vias: tuple[Via, ...] = ()


def lookup(pid: int, vrf: str, target: str) -> Entry:
    """The route to `target` in the namespace `vrf` (empty: the node's own) of the node whose PID 1 is `pid`. Raises
    FileNotFoundError where there is no such namespace."""
    return in_namespace(pid, vrf, lambda: _asked(target))


def _asked(target: str) -> Entry:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    raw = socket.inet_pton(family, target)
    body = _ROUTE.pack(family, len(raw) * 8, 0, 0, 0, 0, 0, 0, RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH)
    body += struct.pack("=HH", 4 + len(raw), RTA_DST) + raw
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE) as asked:
        asked.send(_HEADER.pack(_HEADER.size + len(body), RTM_GETROUTE, 1, 1, 0) + body)
        data = asked.recv(1 << 16)
    _, answer, *_ = _HEADER.unpack_from(data)
    if answer == NLMSG_ERROR:
        (code,) = struct.unpack_from("=i", data, _HEADER.size)
        if -code in REFUSED:
            return Entry(REFUSED[-code])
        raise OSError(-code, os.strerror(-code), target)
    return _entry(family, data[_HEADER.size :])


def _entry(family: int, body: bytes) -> Entry:
    _, length, _, _, _, protocol, _, kind, _ = _ROUTE.unpack_from(body)
    told = _attributes(body[_ROUTE.size :])
    wide = 16 if family == socket.AF_INET6 else 4
    network = socket.inet_ntop(family, told.get(RTA_DST, b"").ljust(wide, b"\0"))
    vias: list[Via] = []
    if RTA_MULTIPATH in told:
        rest = told[RTA_MULTIPATH]
        while len(rest) >= _HOP.size:
            size, _, _, index = _HOP.unpack_from(rest)
            vias.append(_via(family, index, _attributes(rest[_HOP.size : size])))
            rest = rest[max(_HOP.size, (size + 3) & ~3) :]
    elif RTA_OIF in told:
        vias.append(_via(family, int.from_bytes(told[RTA_OIF], "little"), told))
    found = KINDS.get(kind, "none")
    return Entry(
        found, f"{network}/{length}", PROTOCOLS.get(protocol, str(protocol)),
        tuple(vias) if found in ("unicast", "local") else (),
    )


def _via(family: int, index: int, told: dict[int, bytes]) -> Via:
    gateway = told.get(RTA_GATEWAY)
    if gateway is None and RTA_VIA in told:
        family, gateway = int.from_bytes(told[RTA_VIA][:2], "little"), told[RTA_VIA][2:]
    return Via(socket.inet_ntop(family, gateway) if gateway else None, socket.if_indextoname(index))


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        found[kind & 0x3FFF] = data[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)
    return found

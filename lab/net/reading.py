"""What the kernel has in a network namespace, read by netlink: devices, addresses, ARP and ND entries.

Half a millisecond a namespace and nothing to import, where hundreds of namespaces are looked at within a second.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lab.net import inside

RTM_NEWLINK, RTM_GETLINK, RTM_NEWADDR, RTM_GETADDR, RTM_NEWNEIGH, RTM_GETNEIGH = 16, 18, 20, 22, 28, 30
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
IFF_UP, IFF_NOARP, IFF_LOWER_UP = 0x1, 0x80, 0x10000
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINKINFO = 1, 3, 4, 18
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_VLAN_ID = 1, 2, 1
IFA_ADDRESS, IFA_LOCAL = 1, 2
NDA_DST, NDA_LLADDR = 1, 2
NUD_RESOLVED = 2 | 4 | 8 | 16 | 128  # REACHABLE, STALE, DELAY, PROBE, PERMANENT
NUD_PERMANENT = 128
NESTED = 0x3FFF
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_NEIGHBOR = struct.Struct("=B3xiHBB")
_BUFFER = 1 << 17


@dataclass(frozen=True)
class Device:
    """`up` is what was asked of it, `carrier` whether its cable is lit. `vlan` is the tag of a VLAN device, else 0.

    `arp` is False where it neither asks for neighbors nor answers.
    """

    name: str
    mac: str
    mtu: int
    up: bool
    carrier: bool
    arp: bool
    vlan: int


@dataclass(frozen=True)
class Address:
    """An address of `device` with the length of its prefix."""

    device: str
    address: str
    length: int


@dataclass(frozen=True)
class Entry:
    """An ARP or ND entry; `mac` is None while nobody has answered. `permanent` ones were never asked for."""

    device: str
    address: str
    mac: str | None
    permanent: bool


@dataclass(frozen=True)
class Reading:
    """Everything of one namespace."""

    devices: tuple[Device, ...] = ()
    addresses: tuple[Address, ...] = ()
    entries: tuple[Entry, ...] = ()

    def of(self, device: str) -> tuple[Address, ...]:
        return tuple(address for address in self.addresses if address.device == device)

    @cached_property
    def by_address(self) -> dict[str, Entry]:
        """The entries by the address that they are about."""
        return {entry.address: entry for entry in self.entries}


def read(pid: int, vrf: str = "") -> Reading:
    """The namespace `vrf` (empty: the node's own) of the node whose PID 1 is `pid`. Raises FileNotFoundError where
    there is none."""
    with inside.in_namespace(pid, vrf, _socket) as asked:
        links = dict(_link(body) for body in _dump(asked, RTM_GETLINK, RTM_NEWLINK, _LINK.size, 0))
        names = {index: device.name for index, device in links.items()}
        addresses = [_address(body, names) for body in _dump(asked, RTM_GETADDR, RTM_NEWADDR, _ADDRESS.size, 0)]
        entries = [
            _entry(body, names)
            for family in (socket.AF_INET, socket.AF_INET6)
            for body in _dump(asked, RTM_GETNEIGH, RTM_NEWNEIGH, _NEIGHBOR.size, family)
        ]
    return Reading(tuple(links.values()), tuple(addresses), tuple(entries))


def neighbors(asked: socket.socket, version: int) -> dict[tuple[int, str], bytes]:
    """The MACs of those that have answered, by device index and address; `asked` is a route socket of the namespace."""
    found = {}
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    for body in _dump(asked, RTM_GETNEIGH, RTM_NEWNEIGH, _NEIGHBOR.size, family):
        _, index, state, _, _ = _NEIGHBOR.unpack_from(body)
        told = _attributes(body, _NEIGHBOR.size)
        if state & NUD_RESOLVED and NDA_LLADDR in told:
            found[index, _ip(family, told.get(NDA_DST, b""))] = told[NDA_LLADDR]
    return found


def _socket() -> socket.socket:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)


def _dump(asked: socket.socket, request: int, answer: int, size: int, family: int) -> Iterator[bytes]:
    """The bodies of the answers to a dump. Raises OSError."""
    body = bytes([family]) + bytes(size - 1)
    asked.send(_HEADER.pack(_HEADER.size + size, request, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body)
    while True:
        data = asked.recv(_BUFFER)
        at = 0
        while at < len(data):
            length, kind, *_ = _HEADER.unpack_from(data, at)
            if kind == NLMSG_DONE:
                return
            if kind == NLMSG_ERROR:
                (code,) = struct.unpack_from("=i", data, at + _HEADER.size)
                raise OSError(-code, os.strerror(-code))
            if kind == answer:
                yield data[at + _HEADER.size : at + length]
            at += (length + 3) & ~3


def _attributes(data: bytes, at: int = 0) -> dict[int, bytes]:
    found = {}
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        found[kind & NESTED] = data[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)
    return found


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode(errors="replace")


def _link(body: bytes) -> tuple[int, Device]:
    _, _, index, flags, _ = _LINK.unpack_from(body)
    told = _attributes(body, _LINK.size)
    info = _attributes(told.get(IFLA_LINKINFO, b""))
    vlan = 0
    if _text(info.get(IFLA_INFO_KIND, b"")) == "vlan":
        vlan = int.from_bytes(_attributes(info.get(IFLA_INFO_DATA, b"")).get(IFLA_VLAN_ID, b"")[:2], sys.byteorder)
    return index, Device(
        _text(told.get(IFLA_IFNAME, b"")), told.get(IFLA_ADDRESS, b"").hex(":"),
        int.from_bytes(told.get(IFLA_MTU, b"")[:4], sys.byteorder),
        bool(flags & IFF_UP), bool(flags & IFF_LOWER_UP), not flags & IFF_NOARP, vlan,
    )


def _address(body: bytes, names: dict[int, str]) -> Address:
    family, length, _, _, index = _ADDRESS.unpack_from(body)
    told = _attributes(body, _ADDRESS.size)
    return Address(names.get(index, ""), _ip(family, told.get(IFA_LOCAL) or told.get(IFA_ADDRESS, b"")), length)


def _entry(body: bytes, names: dict[int, str]) -> Entry:
    family, index, state, _, _ = _NEIGHBOR.unpack_from(body)
    told = _attributes(body, _NEIGHBOR.size)
    mac = told.get(NDA_LLADDR, b"").hex(":") if state & NUD_RESOLVED else None
    return Entry(names.get(index, ""), _ip(family, told.get(NDA_DST, b"")), mac, bool(state & NUD_PERMANENT))


def _ip(family: int, raw: bytes) -> str:
    return socket.inet_ntop(family, raw) if len(raw) in (4, 16) else ""

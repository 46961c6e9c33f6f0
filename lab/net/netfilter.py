"""Packet filters of the kernel (nf_tables) by netlink: no program is needed in a node, nor on the host.

A filter is a table of its own, made whole and removed whole: what was in the namespace before is not touched. The
encoding is that of include/uapi/linux/netfilter/nf_tables.h; a socket works in the namespace it was opened in.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.errors import HostCannot
from lab.net import inside

Hook = Literal["ingress", "egress", "input", "output"]
ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0800, 0x0806, 0x86DD
NEED = "a kernel with nf_tables and its egress hook (Linux 5.16)"
ETHERNET_HEADER = 14  # which a packet that leaves a device has in front already

_NETLINK_NETFILTER, _SOL_NETLINK, _NETLINK_CAP_ACK = 12, 270, 10
_INET, _NETDEV = 1, 5
_BATCH_BEGIN, _BATCH_END, _NFTABLES = 0x10, 0x11, 10
_NEWTABLE, _DELTABLE, _NEWCHAIN, _NEWRULE = 0, 2, 3, 6
_REQUEST, _ACK, _CREATE, _EXCL, _APPEND = 0x1, 0x4, 0x400, 0x200, 0x800
_ERROR = 2
_NESTED = 0x8000
_META_LENGTH, _META_PROTOCOL, _META_IIFNAME, _META_OIFNAME, _META_L4PROTO = 0, 1, 6, 7, 16
_HOOKS: dict[Hook, tuple[int, int]] = {
    "ingress": (_NETDEV, 0), "egress": (_NETDEV, 1), "input": (_INET, 1), "output": (_INET, 3),
}
_IP_VERSIONS = {4: ETH_P_IP, 6: ETH_P_IPV6}
_DROP = 0
_HEADER = struct.Struct("=IHHII")


@dataclass(frozen=True)
class Match:
    """One condition on a packet: its `field` is `value`.

    Fields: `protocol` (EtherType), `version` (IP's), `layer4` (protocol number), `source port`, `destination port`,
    `icmp type`; `length`, true above `value` octets (see `ETHERNET_HEADER`); `percent`, true by chance for so many of a
    hundred.
    """

    field: Literal[
        "protocol", "version", "layer4", "source port", "destination port", "icmp type", "length", "percent"
    ]
    value: int


@dataclass(frozen=True)
class Rule:
    """What passes all `matches` at `hook` of `device` is dropped, or answered with a TCP reset (`input`, `output`)."""

    hook: Hook
    device: str
    matches: tuple[Match, ...] = ()
    reset: bool = False


def add(pid: int, vrf: str, table: str, rules: Sequence[Rule]) -> None:
    """Puts a filter named `table` into a network namespace of a node; one of that name is replaced.

    Raises HostCannot where the kernel lacks what the rules need, FileNotFoundError when there is no such namespace.
    """
    remove(pid, vrf, table)
    messages: list[tuple[int, int, int, bytes]] = []
    for family in dict.fromkeys(_HOOKS[rule.hook][0] for rule in rules):
        messages.append((_NEWTABLE, _CREATE | _EXCL, family, _text(1, table)))
    chains: dict[tuple[Hook, str], str] = {}
    for rule in rules:
        family, number = _HOOKS[rule.hook]
        key = (rule.hook, rule.device if family == _NETDEV else "")
        if key not in chains:
            chains[key] = f"chain{len(chains)}"
            hook = _number(1, number) + struct.pack("=HH", 8, 2) + struct.pack("!i", -500)
            hook += _text(3, rule.device) if family == _NETDEV else b""
            body = _text(1, table) + _text(3, chains[key]) + _nested(4, hook) + _text(7, "filter")
            messages.append((_NEWCHAIN, _CREATE, family, body))
        body = _text(1, table) + _text(2, chains[key]) + _nested(4, b"".join(_expressions(rule)))
        messages.append((_NEWRULE, _CREATE | _APPEND, family, body))
    with inside.in_namespace(pid, vrf, _opened) as here:
        _send(here, messages, f"a packet filter in {vrf or 'the node'}")


def remove(pid: int, vrf: str, table: str) -> None:
    """Takes the filter away; nothing to do where there is none, or no namespace."""
    try:
        here = inside.in_namespace(pid, vrf, _opened)
    except FileNotFoundError:
        return
    with here:
        for family in (_INET, _NETDEV):
            _send(here, [(_DELTABLE, 0, family, _text(1, table))], f"the removal of filter {table}", errno.ENOENT)


def _opened() -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
    made.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
    made.settimeout(5.0)
    return made


def _send(
    here: socket.socket, messages: Iterable[tuple[int, int, int, bytes]], what: str, tolerated: int = 0
) -> None:
    """Sends all as one transaction: either every message takes effect, or none."""
    data = _message(_BATCH_BEGIN, _REQUEST, 0, _NFTABLES, 0, b"")
    count = 0
    for kind, flags, family, body in messages:
        count += 1
        data += _message(_NFTABLES << 8 | kind, _REQUEST | _ACK | flags, count, 0, family, body)
    here.send(data + _message(_BATCH_END, _REQUEST, 0, _NFTABLES, 0, b""))
    answered = 0
    while answered < count:
        answer = here.recv(1 << 16)
        offset = 0
        while offset < len(answer):
            length, kind, _, _, _ = _HEADER.unpack_from(answer, offset)
            if kind == _ERROR:
                (error,) = struct.unpack_from("=i", answer, offset + _HEADER.size)
                answered += 1
                if error and -error != tolerated:
                    raise HostCannot(f"the kernel refused {what}: {os.strerror(-error)}", next=NEED)
            offset += (length + 3) & ~3


def _message(kind: int, flags: int, sequence: int, resource: int, family: int, body: bytes) -> bytes:
    inner = struct.pack("=BB", family, 0) + struct.pack("!H", resource) + body
    return _HEADER.pack(_HEADER.size + len(inner), kind, flags, sequence, 0) + inner


def _expressions(rule: Rule) -> Iterable[bytes]:
    if rule.hook in ("input", "output"):
        key = _META_IIFNAME if rule.hook == "input" else _META_OIFNAME
        yield _meta(key)
        yield _equal(rule.device.encode().ljust(16, b"\0"))
    for match in rule.matches:
        yield from _matched(match)
    if rule.reset:
        yield _expression("reject", _number(1, 1) + _octet(2, 0))
    else:
        verdict = _nested(2, _number(1, _DROP))
        yield _expression("immediate", _number(1, 0) + _nested(2, verdict))


def _matched(match: Match) -> Iterable[bytes]:
    if match.field == "protocol":
        yield _meta(_META_PROTOCOL)
        yield _equal(struct.pack("!H", match.value))
    elif match.field == "version":
        # Not META_NFPROTO: at ingress and egress that is the device's own, whatever the packet is.
        yield _meta(_META_PROTOCOL)
        yield _equal(struct.pack("!H", _IP_VERSIONS[match.value]))
    elif match.field == "layer4":
        yield _meta(_META_L4PROTO)
        yield _equal(bytes([match.value]))
    elif match.field == "icmp type":
        yield _transport(0, 1)
        yield _equal(bytes([match.value]))
    elif match.field in ("source port", "destination port"):
        yield _transport(0 if match.field == "source port" else 2, 2)
        yield _equal(struct.pack("!H", match.value))
    elif match.field == "length":
        yield _meta(_META_LENGTH)
        yield _network_order()
        yield _compare(4, struct.pack("!I", match.value))
    else:
        yield _expression("numgen", _number(1, 1) + _number(2, 100) + _number(3, 1) + _number(4, 0))
        yield _network_order()
        yield _compare(2, struct.pack("!I", match.value))


def _meta(key: int) -> bytes:
    return _expression("meta", _number(1, 1) + _number(2, key))


def _transport(offset: int, length: int) -> bytes:
    return _expression("payload", _number(1, 1) + _number(2, 2) + _number(3, offset) + _number(4, length))


def _network_order() -> bytes:
    """Turns the 32 bits in the register around, so that they compare as a number."""
    return _expression("byteorder", b"".join(_number(n, v) for n, v in ((1, 1), (2, 1), (3, 1), (4, 4), (5, 4))))


def _equal(value: bytes) -> bytes:
    return _compare(0, value)


def _compare(operation: int, value: bytes) -> bytes:
    return _expression("cmp", _number(1, 1) + _number(2, operation) + _nested(3, _attribute(1, value)))


def _expression(name: str, data: bytes) -> bytes:
    return _nested(1, _text(1, name) + _nested(2, data))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def _nested(kind: int, value: bytes) -> bytes:
    return _attribute(kind | _NESTED, value)


def _text(kind: int, value: str) -> bytes:
    return _attribute(kind, value.encode() + b"\0")


def _number(kind: int, value: int) -> bytes:
    return _attribute(kind, struct.pack("!I", value))


def _octet(kind: int, value: int) -> bytes:
    return _attribute(kind, bytes([value]))

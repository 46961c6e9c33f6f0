"""What the kernel has counted in a namespace. Not one process for a figure, and no pyroute2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lab.net import inside


class HasPid(Protocol):
    """A node: its PID 1 as /proc shows it."""

    @property
    def pid(self) -> int: ...


@dataclass(frozen=True)
class Md5Counters:
    """TCP segments that a namespace has refused since it exists (RFC 2385 in Linux: `TcpExt` of /proc/net/netstat).

    `failure`: signed with another key; `not_found`: without a signature though we have a key; `unexpected`: signed
    though we have none. Two readings at least one connect-retry interval apart tell what goes on now.
    """

    failure: int
    not_found: int
    unexpected: int


def md5_counters(node: HasPid, vrf: str = "") -> Md5Counters:
    """The counters of a node's VRF, or of its own namespace. Raises FileNotFoundError when there is none."""
    found = extensions(inside.read_proc_net(node.pid, vrf, "netstat"), "TcpExt")
    return Md5Counters(found.get("TCPMD5Failure", 0), found.get("TCPMD5NotFound", 0), found.get("TCPMD5Unexpected", 0))


def extensions(text: str, group: str) -> dict[str, int]:
    """One group of a /proc/net/netstat: a line of names is followed by a line of numbers."""
    lines = [line.split() for line in text.splitlines() if line.startswith(f"{group}:")]
    if len(lines) < 2:
        return {}
    names, numbers = lines[:2]
    return dict(zip(names[1:], map(int, numbers[1:]), strict=True))

"""What a node's interfaces shall look like: values, no I/O.

Roles write these, `lab.net` makes the kernel agree. Names of namespaces (`vrf`) are relative to their node; the empty
string is the node's own namespace. Addresses are text with a prefix length (`192.168.100.130/30`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tag:
    """A tagged sub-interface rides `port` of its node with C-tag `vlan`, below the outer `stag` if there is one."""

    port: str
    vlan: int
    stag: int | None = None


@dataclass(frozen=True)
class Interface:
    """One interface of a node.

    Exactly one of: `tag` (a tagged sub-interface), `bridged` (a veth whose other end is a port of that bridge in the
    node's own namespace), or neither (an existing device: `lo`, or a port such as `eth3`, which only gets addresses).
    A sub-interface with `bridge` is itself a port of that bridge and lives in the node's own namespace.
    """

    name: str
    vrf: str = ""
    addresses: tuple[str, ...] = ()
    tag: Tag | None = None
    bridged: str = ""
    bridge: str = ""
    mac: str = ""


@dataclass(frozen=True)
class PermanentNeighbor:
    """A neighbor entry that needs no ARP or ND: `address` is at `mac` on `interface` in `vrf`."""

    vrf: str
    interface: str
    address: str
    mac: str


@dataclass(frozen=True)
class Route:
    """A static kernel route: `prefix` over `via` (several: equal-cost), in `vrf`. Without `via` all its addresses are
    the namespace's own: it answers for them."""

    vrf: str
    prefix: str
    via: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """What arrives on `interface` in `vrf` is routed on only when it comes from one of `prefixes`; the rest is dropped.

    What is for the namespace itself is not asked for its source.
    """

    vrf: str
    interface: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class NodeWiring:
    """Everything below the daemons of one node. `ipv6` is whether the node's own namespace speaks IPv6 at all.

    `down` are ports that are administratively down: their cables are dark at both ends, with all that rides them.
    """

    node: str
    vrfs: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    neighbors: tuple[PermanentNeighbor, ...] = ()
    routes: tuple[Route, ...] = ()
    sources: tuple[Sources, ...] = ()
    ipv6: bool = True
    down: tuple[str, ...] = ()


@dataclass(frozen=True)
class Port:
    """A physical port of a node."""

    node: str
    name: str


@dataclass(frozen=True)
class Cable:
    """A veth between two ports, MTU in octets."""

    a: Port
    b: Port
    mtu: int = 1500

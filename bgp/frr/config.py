"""FRR configuration as values. Plans and applies diff these; text is made at the very end.

A key is never in here: `Neighbor.key` is the name under which the caller's keyring has it. Addresses are text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["ipv4", "ipv6"]


@dataclass(frozen=True)
class NeighborFamily:
    """An activated address family of a neighbor.

    A prefix list is looked at before the route-map of its way; FRR 8.4 takes longer for each further route-map, so
    hundreds of neighbors with a list each share one map. `max_prefix` tears the session down, retried after a minute.
    Private AS numbers are taken out of what is sent: `remove_private_as` of paths that have no others,
    `remove_private_everywhere` of all paths.
    """

    family: Family
    route_map_in: str | None = None
    route_map_out: str | None = None
    prefix_list_in: str | None = None
    prefix_list_out: str | None = None
    max_prefix: int | None = None
    soft_reconfiguration: bool = False
    remove_private_as: bool = False
    remove_private_everywhere: bool = False
    addpath_all: bool = False
    next_hop_self: bool = False


@dataclass(frozen=True)
class Neighbor:
    """One neighbor of an instance.

    `bfd` is the name of a BFD profile: the peer is configured in bfdd and taken into BGP once BFD is up, so that a
    neighbor without BFD lives (on FRR 10 an armed neighbor is refused while BFD is down).
    """

    address: str
    remote_as: int
    families: tuple[NeighborFamily, ...]
    local_address: str | None = None
    key: str | None = None
    passive: bool = False
    shutdown: bool = False
    bfd: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class BgpInstance:
    """`router bgp ASN [vrf VRF]`. `networks` are originated without an import check."""

    asn: int
    router_id: str
    neighbors: tuple[Neighbor, ...] = ()
    vrf: str = ""
    networks: tuple[str, ...] = ()
    maximum_paths: int = 1
    maximum_paths_ibgp: int = 1


@dataclass(frozen=True)
class BfdProfile:
    """Intervals in milliseconds."""

    name: str
    transmit: int = 300
    receive: int = 300
    multiplier: int = 3
    passive: bool = False


@dataclass(frozen=True)
class Block:
    """A top-level block of bgpd: its first line and the lines inside it, verbatim (route-map entries, lists)."""

    header: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrrConfig:
    """Everything one node's FRR shall have. `policy` are prefix lists, path lists and route-maps in order."""

    instances: tuple[BgpInstance, ...] = ()
    policy: tuple[Block, ...] = ()
    bfd_profiles: tuple[BfdProfile, ...] = ()

    def instance(self, vrf: str) -> BgpInstance | None:
        return next((i for i in self.instances if i.vrf == vrf), None)


@dataclass(frozen=True)
class OwnConfig:
    """A user's own FRR file, verbatim but for its keys. `keys` are the names it refers to: `env:NAME` for `${NAME}`."""

    file: str
    text: str
    keys: tuple[str, ...] = ()

"""BGP messages as values. Addresses and prefixes are text, AS numbers whole, times seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bgp.notification import words
from bgp.wire.families import families_of, family_name

Origin = Literal["igp", "egp", "incomplete"]
CAPABILITIES = {
    1: "multiprotocol",
    2: "route refresh",
    5: "extended next hop",
    6: "extended message",
    9: "role",
    64: "graceful restart",
    65: "4-octet AS",
    67: "dynamic capability",
    69: "ADD-PATH",
    70: "enhanced route refresh",
    71: "long-lived graceful restart",
    73: "FQDN",
    75: "software version",
    76: "paths limit",
    128: "route refresh (Cisco)",
}
"""IANA's registry "Capability Codes"; 128 is what Cisco had before RFC 2918."""
MULTIPROTOCOL, FOUR_OCTET, ADD_PATH = 1, 65, 69


@dataclass(frozen=True)
class Capability:
    """One capability (RFC 5492)."""

    code: int
    value: bytes = b""

    @property
    def name(self) -> str:
        return CAPABILITIES.get(self.code, f"capability {self.code}")


@dataclass(frozen=True)
class Open:
    """An OPEN. `two_octet_asn` is the field of the header: 23456 where the AS needs four octets (RFC 6793).

    `parameters` are the types of optional parameters other than capabilities.
    """

    version: int
    two_octet_asn: int
    hold_time: int
    router_id: str
    capabilities: tuple[Capability, ...] = ()
    parameters: tuple[int, ...] = ()

    @property
    def asn(self) -> int:
        """The sender's AS number: that of the 4-octet capability, else the one in the header."""
        found = next((c.value for c in self.capabilities if c.code == FOUR_OCTET and len(c.value) == 4), None)
        return int.from_bytes(found) if found is not None else self.two_octet_asn

    @property
    def four_octet(self) -> bool:
        return any(c.code == FOUR_OCTET for c in self.capabilities)

    @property
    def families(self) -> tuple[str, ...]:
        """`ipv4`, `ipv6`, `ipv4/vpn` …; an OPEN without the multiprotocol capability means IPv4 unicast (RFC 4760)."""
        values = [c.value for c in self.capabilities if c.code == MULTIPROTOCOL and len(c.value) == 4]
        found = dict.fromkeys(family_name(int.from_bytes(v[:2]), v[3]) for v in values)
        return tuple(found) or ("ipv4",)

    @property
    def add_path(self) -> dict[str, int]:
        """By family: 1 it receives several paths, 2 it sends them, 3 both (RFC 7911)."""
        return {name: octet for c in self.capabilities if c.code == ADD_PATH for name, octet in families_of(c.value)}


@dataclass(frozen=True)
class Announced:
    """Prefixes of a family and where they lead. `link_local` is IPv6's second next hop, empty where there is none."""

    family: str
    prefixes: tuple[str, ...]
    next_hop: str
    link_local: str = ""


@dataclass(frozen=True)
class Withdrawn:
    family: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Update:
    """An UPDATE. `as_path` is in the words of a router (`65010 65010 {1,2} (65001)`), empty for an empty path, and None
    where the message has none. `others` are the types of attributes that are not taken apart.

    `end_of_rib` names the family whose End-of-RIB this is (RFC 4724), and is empty for any other UPDATE.
    """

    announced: tuple[Announced, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    origin: Origin | None = None
    as_path: str | None = None
    med: int | None = None
    local_pref: int | None = None
    communities: tuple[str, ...] = ()
    large_communities: tuple[str, ...] = ()
    extended_communities: tuple[str, ...] = ()
    others: tuple[int, ...] = ()
    end_of_rib: str = ""


@dataclass(frozen=True)
class Notice:
    """A NOTIFICATION. `detail` is its data in words where they are known to mean something, else empty."""

    code: int
    subcode: int
    detail: str = ""

    @property
    def words(self) -> str:
        """`OPEN Message Error/Bad Peer AS`."""
        return words(self.code, self.subcode)


@dataclass(frozen=True)
class Keepalive:
    pass


@dataclass(frozen=True)
class RouteRefresh:
    """`stage` is that of RFC 7313: `request`, `begin`, `end`."""

    family: str
    stage: str = "request"


@dataclass(frozen=True)
class Unreadable:
    """A message that breaks the rules: its type by the header, and what is wrong with it."""

    type: int
    why: str


Message = Open | Update | Notice | Keepalive | RouteRefresh | Unreadable

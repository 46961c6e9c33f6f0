"""What a frame says. MAC addresses are `02:c0:…`, IP addresses text, lengths octets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BFD_STATES = ("AdminDown", "Down", "Init", "Up")
BFD_DIAGNOSTICS = (
    "No Diagnostic",
    "Control Detection Time Expired",
    "Echo Function Failed",
    "Neighbor Signaled Session Down",
    "Forwarding Plane Reset",
    "Path Down",
    "Concatenated Path Down",
    "Administratively Down",
    "Reverse Concatenated Path Down",
)
"""RFC 5880 section 4.1."""
TCP_MD5 = 19  # RFC 2385
TCP_MSS = 2


@dataclass(frozen=True)
class Arp:
    """`operation` 1 asks who has `target`, 2 says that `sender` is at `sender_mac`."""

    operation: int
    sender_mac: str
    sender: str
    target_mac: str
    target: str

    @property
    def request(self) -> bool:
        return self.operation == 1


@dataclass(frozen=True)
class NeighborDiscovery:
    """A neighbor solicitation or advertisement (RFC 4861); `mac` is its link-layer address, empty where it has none."""

    kind: Literal["solicitation", "advertisement"]
    target: str
    mac: str

    @property
    def request(self) -> bool:
        return self.kind == "solicitation"


@dataclass(frozen=True)
class Ip:
    """`ttl` is the hop limit too; `length` that of the packet. `fragment` is its offset, 0 in a whole packet."""

    version: int
    source: str
    target: str
    protocol: int
    ttl: int
    length: int
    dont_fragment: bool
    fragment: int = 0


@dataclass(frozen=True)
class Tcp:
    """A segment; `options` as (kind, value) in their order."""

    source: int
    target: int
    seq: int
    ack: int
    flags: int
    window: int
    options: tuple[tuple[int, bytes], ...]
    payload: bytes

    @property
    def fin(self) -> bool:
        return bool(self.flags & 0x01)

    @property
    def syn(self) -> bool:
        return bool(self.flags & 0x02)

    @property
    def rst(self) -> bool:
        return bool(self.flags & 0x04)

    @property
    def acks(self) -> bool:
        """Whether `ack` counts."""
        return bool(self.flags & 0x10)

    @property
    def signed(self) -> bool:
        """Whether it carries an MD5 signature."""
        return any(kind == TCP_MD5 for kind, _ in self.options)

    @property
    def mss(self) -> int | None:
        """The largest segment that the sender takes, in octets; said in a SYN alone."""
        return next((int.from_bytes(value) for kind, value in self.options if kind == TCP_MSS), None)


@dataclass(frozen=True)
class Udp:
    source: int
    target: int
    payload: bytes


@dataclass(frozen=True)
class Bfd:
    """A control packet (RFC 5880). Intervals in microseconds: least it likes to send, least it can take."""

    state: str
    diagnostic: int
    multiplier: int
    my_discriminator: int
    your_discriminator: int
    transmit: int
    receive: int
    poll: bool = False
    final: bool = False

    @property
    def why(self) -> str:
        """The diagnostic in words: why the session was last down."""
        known = self.diagnostic < len(BFD_DIAGNOSTICS)
        return BFD_DIAGNOSTICS[self.diagnostic] if known else f"diagnostic {self.diagnostic}"


@dataclass(frozen=True)
class Icmp:
    """A message of ICMP or ICMPv6 other than ND. `about` is the packet that an error quotes.

    `mtu` is that of "fragmentation needed" and "packet too big", None in all others.
    """

    version: int
    type: int
    code: int
    mtu: int | None = None
    about: Ip | None = None

    @property
    def echo(self) -> Literal["request", "reply"] | None:
        if self.type == (8 if self.version == 4 else 128):
            return "request"
        return "reply" if self.type == (0 if self.version == 4 else 129) else None


@dataclass(frozen=True)
class Packet:
    """A frame taken apart. `tags` are its VLAN ids, the outer first, and `tpids` their EtherTypes; `kind` is the one
    below them.

    What it does not carry, or carries broken, is None. A BFD packet has `udp` too.
    """

    source_mac: str
    target_mac: str
    tags: tuple[int, ...]
    tpids: tuple[int, ...]
    kind: int
    arp: Arp | None = None
    ip: Ip | None = None
    tcp: Tcp | None = None
    udp: Udp | None = None
    bfd: Bfd | None = None
    icmp: Icmp | None = None
    nd: NeighborDiscovery | None = None

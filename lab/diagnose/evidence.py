"""What a verdict is judged by: one session as the files ask for it, and as both its ends have it. Values, no I/O.

`ce` and `msee` are the two ends everywhere. Of a CE that is not ours to look into nothing is known but what the MSEE's
end shows; then `End.seen` is False.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bgp.session import ESTABLISHED, Neighbor
from lab.circuit.models import Session
from lab.control.health import Sick

Side = Literal["ce", "msee"]
SIDES: tuple[Side, Side] = ("ce", "msee")
Tags = tuple[int, ...]
"""VLAN ids of a frame, the outer first; none is `()`."""
Resolved = Literal["ok", "incomplete", "none"]


def other(side: Side) -> Side:
    return "msee" if side == "ce" else "ce"


@dataclass(frozen=True)
class Subject:
    """A session as the lab's record asks for it.

    `tags` are those on its cable; `ports` the ends of the cable (`eth1`), empty where no CE is cabled to this path.
    `length` is that of the link subnet's prefix. `inspected` is whether the CE's kernel is ours to look into, `frr`
    whether its daemons are; `ce_listens` is False for a speaker that only connects.

    `circuit_state` and `provider_state` are Azure's words, `peering_enabled` the peering's
    state, `prefixes_state` what keeps a Microsoft peering from being enabled (empty: nothing). `beyond` is what the
    circuit leads to: VNets, or the route filter. `from_ce` and `to_ce` count the prefixes that should pass.
    """

    session: Session
    tags: Tags
    ce_port: str
    msee_port: str
    length: int
    peer_asn: int
    inspected: bool = True
    frr: bool = True
    ce_listens: bool = True
    tags_on_wire: bool = True
    circuit_state: str = "Enabled"
    provider_state: str = "Provisioned"
    peering_enabled: bool = True
    prefixes_state: str = ""
    beyond: tuple[str, ...] = ()
    from_ce: int = 0
    to_ce: int = 0
    arms_bfd: bool = False

    @property
    def provisioned(self) -> bool:
        return self.circuit_state == "Enabled" and self.provider_state == "Provisioned"

    def node(self, side: Side) -> str:
        return self.session.ce if side == "ce" else self.session.msee

    def port(self, side: Side) -> str:
        return self.ce_port if side == "ce" else self.msee_port

    def address(self, side: Side) -> str:
        return self.session.ce_address if side == "ce" else self.session.msee_address

    def vrf(self, side: Side) -> str:
        return "" if side == "ce" else self.session.vrf

    def interface(self, side: Side) -> str:
        """The sub-interface that the peering asks of this end: `eth1.100`, `eth1.8.100`."""
        return ".".join([self.port(side), *map(str, self.tags)])


@dataclass(frozen=True)
class Face:
    """A sub-interface: `tags` by its name, or a VLAN device's own; `addresses` (with length) of the session's family.

    `arp` is False where it neither asks for neighbors nor answers them. `mtu` in octets.
    """

    name: str
    tags: Tags
    up: bool = True
    carrier: bool = True
    arp: bool = True
    mtu: int = 1500
    addresses: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Keys:
    """What the kernel of one end holds for TCP. `listens`: a BGP listener of the family is there; `key`: it, or a
    socket that connects, holds one for the other end. `connected` is None without a connection, else whether the one
    that stands is signed; `trying`: its SYN waits for an answer."""

    listens: bool = False
    key: bool = False
    connected: bool | None = None
    trying: bool = False


@dataclass(frozen=True)
class Refused:
    """TCP segments that a namespace has refused during the window, of whatever session: with another signature, without
    one, with one that nobody asked for; and with too small a TTL."""

    failure: int = 0
    not_found: int = 0
    unexpected: int = 0
    ttl: int = 0


@dataclass(frozen=True)
class Settings:
    """Lines of a neighbor's configuration that no JSON of FRR tells. `ttl_security` is its number of hops."""

    ttl_security: int | None = None
    minimum_hold: int | None = None
    bgp_shutdown: bool = False


@dataclass(frozen=True)
class Bgp:
    """What an end's bgpd says. `neighbor` is None where it has none for the other end; `reason` is what holds it down
    (`Admin`, `PfxCt`); `active` whether the family is activated.

    `received` counts prefixes before policy, without an MSEE's own that a CE hands back, None where it is not kept;
    `accepted` and `sent` after it; `has` what the table holds and could send that did not come from the other end.
    `unreachable` are next hops of the other end's routes that this
    end cannot resolve. `policies_in` and `policies_out` name route-maps and lists.
    """

    runs: bool = True
    neighbor: Neighbor | None = None
    reason: str = ""
    active: bool = True
    settings: Settings = Settings()
    received: int | None = None
    accepted: int = 0
    sent: int = 0
    has: int = 0
    unreachable: tuple[str, ...] = ()
    policies_in: tuple[str, ...] = ()
    policies_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class End:
    """One end of a session. `port` is the physical port, `face` the sub-interface that the peering asks for, in its
    namespace, `strays` other sub-interfaces of the port that no peering asks for. `bgp` is None where no FRR answers.

    `bfd` is FRR's word, empty where it is not armed here.
    """

    node: str
    seen: bool = True
    port: Face | None = None
    face: Face | None = None
    strays: tuple[Face, ...] = ()
    resolved: Resolved = "none"
    mac: str | None = None
    keys: Keys = Keys()
    refused: Refused = Refused()
    bgp: Bgp | None = None
    bfd: str = ""


@dataclass(frozen=True)
class OpenSeen:
    """An OPEN on the wire. `hold_time` in seconds; `families` as `ipv4`, `ipv6`."""

    asn: int
    hold_time: int
    families: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """What was seen of one end's frames of a session, at one port, during the window. All are counts but the sets.

    `asks` and `answers` are of ARP or ND. `syn`, `syn_ack` and `reset` are segments, `signed` those of the first two
    with a signature; `data` counts segments with octets, `again` those seen before. `ttls` are those of TCP segments.
    `own` counts frames from the address that the peering gives the end, `sources` are others that it sent from.
    `called` counts SYNs of the diagnosis itself, which are in no other count, and `call_reset` and `call_taken` the
    answers to them.
    """

    tags: Mapping[Tags, int] = field(default_factory=dict)
    frames: int = 0
    own: int = 0
    ip: int = 0
    asks: int = 0
    answers: int = 0
    syn: int = 0
    syn_ack: int = 0
    signed: int = 0
    reset: int = 0
    data: int = 0
    again: int = 0
    bfd: int = 0
    called: int = 0
    call_reset: int = 0
    call_taken: int = 0
    ttls: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    opens: tuple[OpenSeen, ...] = ()
    notifications: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Wire:
    """Both ends' frames as they left, and as they arrived at the other; `from_ce_at_msee` is what the MSEE's port saw
    of the CE."""

    from_ce_at_ce: Heard = Heard()
    from_ce_at_msee: Heard = Heard()
    from_msee_at_msee: Heard = Heard()
    from_msee_at_ce: Heard = Heard()

    def left(self, side: Side) -> Heard:
        """What this end's own port saw it send."""
        return self.from_ce_at_ce if side == "ce" else self.from_msee_at_msee

    def arrived(self, side: Side) -> Heard:
        """What this end's port saw coming from the other."""
        return self.from_msee_at_ce if side == "ce" else self.from_ce_at_msee


@dataclass(frozen=True)
class Echoes:
    """Whether an echo of each end is answered; `full` ones fill the MTU, in octets, and may not be cut. None: not
    tried."""

    ce: bool | None = None
    msee: bool | None = None
    ce_full: bool | None = None
    msee_full: bool | None = None
    mtu: int = 0

    def of(self, side: Side) -> bool | None:
        return self.ce if side == "ce" else self.msee

    def full_of(self, side: Side) -> bool | None:
        return self.ce_full if side == "ce" else self.msee_full

    @property
    def passes(self) -> bool:
        return bool(self.ce or self.msee)


@dataclass(frozen=True)
class Evidence:
    """One session, whole. `state` is the MSEE's word; `same_key` None where one end's key is not known. `seconds` is
    how long the wire was watched, 0 where it was not. `other_path` counts the prefixes accepted on the other path of
    the peering in this family, None where that is not Established. `sick` are daemons of both ends, and of what is
    behind the MSEE, that do not run or do not answer."""

    subject: Subject
    state: str
    ce: End
    msee: End
    wire: Wire = Wire()
    echoes: Echoes = Echoes()
    same_key: bool | None = None
    seconds: float = 0.0
    other_path: int | None = None
    sick: tuple[Sick, ...] = ()

    def end(self, side: Side) -> End:
        return self.ce if side == "ce" else self.msee

    @property
    def session(self) -> Session:
        return self.subject.session

    @property
    def established(self) -> bool:
        """At both ends: one that hears nothing any more may believe in a session for as long as its hold timer runs."""
        ce = self.ce.bgp.neighbor if self.ce.bgp else None
        return self.state == ESTABLISHED and (ce is None or ce.state == ESTABLISHED)

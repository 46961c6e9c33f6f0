"""What a BGP or BFD session is, as its router tells it. Values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["ipv4", "ipv6"]
SessionState = Literal["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"]
BfdStatus = Literal["up", "down", "init", "shutdown"]
ESTABLISHED: SessionState = "Established"
PREFIX_LIMIT = "PfxCt"  # FRR's word for a session that is held down since it was above its prefix limit
STATES: tuple[SessionState, ...] = ("Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established")


@dataclass(frozen=True)
class PeerSummary:
    """A neighbor in one family, as a summary has it.

    `uptime_seconds` is 0 unless Established. `reason` is why it is held down (`Admin`, `PfxCt`), `""` otherwise;
    `established_count`, `dropped_count` and the BGP messages count since the daemon's start.
    """

    vrf: str
    family: Family
    address: str
    remote_as: int
    state: SessionState
    uptime_seconds: float = 0.0
    prefixes_received: int = 0
    prefixes_sent: int = 0
    established_count: int = 0
    dropped_count: int = 0
    reason: str = ""
    messages_received: int = 0
    messages_sent: int = 0

    @property
    def established(self) -> bool:
        return self.state == ESTABLISHED


@dataclass(frozen=True)
class FamilyDetail:
    """What one family of a neighbor counts: prefixes accepted from it and sent to it; `limit` is its prefix limit.

    `policies_in` and `policies_out` are the lists and maps that its prefixes pass, in words (`route-map own-out`).
    """

    accepted: int = 0
    sent: int = 0
    limit: int | None = None
    policies_in: tuple[str, ...] = ()
    policies_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notification:
    """A NOTIFICATION as code and subcode (RFC 4271, 6.x), in words; `sent` says which end sent it, None if unknown."""

    code: int
    subcode: int
    text: str
    sent: bool | None = None

    def __str__(self) -> str:
        return f"{self.code}/{self.subcode} ({self.text})"


@dataclass(frozen=True)
class Neighbor:
    """A neighbor in detail. Times in seconds; `hold_time` is the negotiated one, 0 before a session;
    `configured_hold_time` is what an OPEN would offer, 0 where the daemon does not say.

    `key` says that the configuration has an MD5 key, which is no proof that the listener has it. `bfd` says that BGP
    follows a BFD session. `local` and `local_port` are of the TCP connection, if there is one.
    """

    vrf: str
    address: str
    remote_as: int
    local_as: int
    state: SessionState
    hold_time: float
    uptime_seconds: float
    established_count: int
    dropped_count: int
    families: tuple[tuple[Family, FamilyDetail], ...]
    key: bool
    bfd: bool
    bfd_status: str | None
    last_reset: str | None
    notification: Notification | None
    prefix_limit_hit: bool
    administratively_down: bool
    local: str | None
    local_port: int | None
    remote_port: int | None
    remote_router_id: str | None
    configured_hold_time: float = 0.0

    def family(self, family: Family) -> FamilyDetail | None:
        return next((detail for name, detail in self.families if name == family), None)

    @property
    def last_error(self) -> str | None:
        """Why the session is or was down, in words; None when nothing is known."""
        if self.administratively_down:
            return "administratively shut down"
        if self.notification:
            return str(self.notification)
        return self.last_reset


@dataclass(frozen=True)
class BfdPeer:
    """A BFD session. Intervals in milliseconds, what this end offers; `remote_*` what the other end does.

    `diagnostic` is the reason of the last change (`ok`, `control detection time expired`).
    """

    vrf: str
    peer: str
    local: str | None
    status: BfdStatus
    transmit: int
    receive: int
    multiplier: int
    passive: bool
    diagnostic: str
    remote_transmit: int = 0
    remote_receive: int = 0
    remote_multiplier: int = 0
    id: int = 0
    uptime_seconds: float = 0.0

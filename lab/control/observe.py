"""What the daemons say about the lab's sessions: one summary per MSEE, whatever the number of circuits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal

from bgp.frr import show
from bgp.frr.vty import Vty
from bgp.session import ESTABLISHED, BfdPeer, PeerSummary
from lab.circuit.models import Session
from lab.control.both_ends import refuted
from lab.control.daemon import MENDS, NodeVty
from lab.engine.base import Node
from lab.errors import DaemonGone, DaemonSilent

Md5 = Literal["yes", "-", "bad"]
Bfd = Literal["up", "down", "-"]
ABSENT = "Absent"
NOT_ENABLED = "NotEnabled"
OPEN_ERROR = 2
LOST = ("control detection time expired", "path down")
YOUNG_SECONDS = 2.0
"""A session that has just come up may not have sent what it has: FRR gathers for a second, unless it is told not to.
Not longer than a window, or a session that came up just before it would be called healthy at its end."""


@dataclass(frozen=True)
class SessionView:
    """A session as its MSEE sees it now.

    `state` is FRR's word, with the reason where it is held down (`Established`, `Connect`, `Idle (Admin)`,
    `Idle (PfxCt)`, `Idle (link1 is Disabled)`, and `Established (ce1: OpenSent)` where the CE does not agree); `Absent`
    where the MSEE has no such neighbor, `NotEnabled` where it has to have none, the prefixes of a Microsoft peering not
    being validated. `from_ce` counts prefixes accepted, `to_ce`
    prefixes advertised, both 0 while it is down. `dropped` counts how often it was lost. `md5` is `bad` when the kernel
    refused segments and the session is down, its link being up.
    """

    session: Session
    state: str
    uptime_seconds: float | None = None
    from_ce: int = 0
    to_ce: int = 0
    md5: Md5 = "-"
    bfd: Bfd = "-"
    last_error: str | None = None
    dropped: int = 0

    @property
    def established(self) -> bool:
        return self.state == ESTABLISHED


class Daemons:
    """Open command sockets of nodes, by node and daemon. A context manager, to be used inside the lab's world.

    `silent` are daemons, by node and name, that were seen to hang or not to run: they are not asked. `confirmed` are
    the sessions that the CE was seen to hold for Established too, each with how often it had been lost before.
    """

    def __init__(self, nodes: Mapping[str, Node], silent: Collection[tuple[str, str]] = ()) -> None:
        self.nodes = nodes
        self.silent = silent
        self.confirmed: dict[Session, int] = {}
        self._open: dict[tuple[str, str], Vty] = {}

    def __enter__(self) -> Daemons:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def vty(self, node: str, daemon: str = "bgpd") -> Vty:
        """The socket of a node's daemon. Raises DaemonGone when nothing listens there, DaemonSilent when it hangs."""
        if (node, daemon) in self.silent:
            raise DaemonSilent(f"{daemon} on {node} does not answer", next=MENDS)
        if (node, daemon) not in self._open:
            self._open[node, daemon] = NodeVty(self.nodes[node], daemon)
        return self._open[node, daemon]

    def runs(self, node: str, daemon: str = "bgpd") -> bool:
        """Whether the daemon answers. A CE need not have a bfdd, and an ExaBGP CE has no bgpd."""
        if (node, daemon) in self.silent:
            return False
        try:
            self.vty(node, daemon)
        except DaemonGone:
            return False
        return True


def observe(
    daemons: Daemons, sessions: Sequence[Session], *, details: bool = True, both_ends: bool = False
) -> tuple[SessionView, ...]:
    """Every session as its MSEE sees it, in the given order; Established where the CE agrees (`lab.control.both_ends`).

    With `details` BFD is asked too, and for sessions that are down the last error and the kernel's MD5 counters;
    without, it is one question per MSEE, for loops that wait, and the CEs are asked once every MSEE says Established,
    or with `both_ends`. An MSEE whose bgpd has gone shows its sessions as Absent.
    """
    by_msee: dict[str, list[Session]] = {}
    for session in sessions:
        by_msee.setdefault(session.msee, []).append(session)
    seen: dict[Session, SessionView] = {}
    for msee, mine in by_msee.items():
        seen |= _of_msee(daemons, msee, mine, details)
    if details or both_ends or all(view.established for view in seen.values()):
        seen |= refuted(daemons, seen.values())
    return tuple(seen[session] for session in sessions)


def _of_msee(daemons: Daemons, msee: str, sessions: list[Session], details: bool) -> dict[Session, SessionView]:
    if not daemons.runs(msee):
        why = "bgpd does not answer" if (msee, "bgpd") in daemons.silent else "bgpd does not run"
        return {session: SessionView(session, ABSENT, last_error=why) for session in sessions}
    peers = {(p.vrf, p.family, p.address): p for p in show.summaries(daemons.vty(msee))}
    bfd = bfd_states(daemons, msee) if details else {}
    found = {}
    for session in sessions:
        peer = peers.get((session.vrf, session.family, session.ce_address))
        found[session] = _view(session, peer, bfd.get((session.vrf, session.ce_address), "-"))
    if details:
        refused: dict[str, bool] = {}
        for session, view in found.items():
            if not view.established and view.state not in (ABSENT, NOT_ENABLED):
                found[session] = _explained(daemons, view, refused)
    return found


def _view(session: Session, peer: PeerSummary | None, bfd: Bfd) -> SessionView:
    if peer is None:
        return SessionView(session, ABSENT if session.enabled else NOT_ENABLED, bfd=bfd)
    if not peer.established:
        reason = peer.reason or session.why
        state = f"{peer.state} ({reason})" if reason else peer.state
        return SessionView(session, state, bfd=bfd, dropped=peer.dropped_count)
    return SessionView(
        session,
        peer.state,
        peer.uptime_seconds,
        peer.prefixes_received,
        peer.prefixes_sent,
        "yes" if session.key else "-",
        bfd,
        dropped=peer.dropped_count,
    )


def _explained(daemons: Daemons, view: SessionView, refused: dict[str, bool]) -> SessionView:
    """A session that is down, with its last error and whether the kernel refused segments in its VRF."""
    session = view.session
    detail = show.neighbor(daemons.vty(session.msee), session.vrf, session.ce_address)
    if session.vrf not in refused:
        refused[session.vrf] = any(md5_refused(daemons, session.msee, session.vrf))
    # Where an OPEN was answered, segments pass the kernel: then it is not the key.
    opened = detail is not None and detail.notification is not None and detail.notification.code == OPEN_ERROR
    bad = refused[session.vrf] and not opened and session.enabled and _lit(daemons, session)
    return replace(view, last_error=detail.last_error if detail else None, md5="bad" if bad else "-")


def _lit(daemons: Daemons, session: Session) -> bool:
    """Whether segments can arrive at all: what the kernel has refused was earlier, where the link is down now."""
    from lab.net.reading import read

    pid = daemons.nodes[session.msee].pid
    face = next((a.device for a in read(pid, session.vrf).addresses if a.address == session.msee_address), "")
    # A sub-interface in a routing domain of its own keeps its carrier while the port has lost its.
    port = face.partition(".")[0]
    return any(device.name == port and device.up and device.carrier for device in read(pid).devices)


def bfd_states(daemons: Daemons, node: str) -> dict[tuple[str, str], Bfd]:
    """BFD by (VRF, peer address), of every peer of the node; empty where no bfdd runs."""
    if not daemons.runs(node, "bfdd"):
        return {}
    return {(peer.vrf, peer.peer): bfd_word(peer) for peer in show.bfd_peers(daemons.vty(node, "bfdd"))}


def bfd_word(peer: BfdPeer) -> Bfd:
    """The MSEE's end is always armed: `-` until the CE's first packet, and again when the CE has said that it disarms.

    RFC 5880 diagnostic 1 is a silence that followed a good path (`down`), 3 is the other end's own word.
    """
    if peer.status == "up":
        return "up"
    return "down" if peer.status == "init" or peer.diagnostic in LOST else "-"


def md5_refused(daemons: Daemons, node: str, vrf: str) -> tuple[int, int, int]:
    """What the kernel has refused so far in a VRF's namespace of a node (or its own, `vrf` empty).

    Segments with another signature than our key's, without any though we have a key, and signed though we have none.
    """
    from lab.net.counters import md5_counters

    found = md5_counters(daemons.nodes[node], vrf)
    return found.failure, found.not_found, found.unexpected

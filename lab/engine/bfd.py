"""The watcher of the routers: takes BFD into BGP, and holds prefix limits where FRR is late (`bgp.frr.limits`).

BFD in BGP is `neighbor X bfd` while BFD with X is up, from the first Established on.

The peers are configured in bfdd, passive, and cost nothing where the other end has no BFD. FRR 10 refuses an armed
neighbor as long as BFD is down, so a CE without BFD, or one that has switched it off, must not be armed. A path that is
cut while armed drops BGP within BFD's time; two polls later the neighbor is disarmed, and armed again when BFD is back.

Runs in a world, or in the pids of a node that has files of its own, and imports little: it stays for as long as the
lab does.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import Any

from bgp.frr.clear import clear
from bgp.frr.limits import Limit, LimitWatch
from bgp.frr.vty import Vty, VtyError
from lab.engine.presence import Presence, log

QUICK, SLOW = 0.25, 1.0
LOG = "bgpd.log"
SECONDS_QUICK_AFTER_CHANGE = 5.0
SECONDS_QUICK_AFTER_ORDERS = 15.0
SECONDS_OF_CALLING = 15.0
POLLS_DOWN_TO_DISARM = 2
PATIENCE = 5.0


class Peer:
    """A neighbor to arm. `armed` None is unknown: bgpd is asked before anything is changed. `heard` is when a bfdd that
    calls it first had proof that the path carries."""

    __slots__ = ("address", "armed", "asn", "down", "heard", "local", "passive", "profile", "said", "vrf")

    def __init__(self, order: dict[str, Any]) -> None:
        self.asn = int(order["asn"])
        self.vrf = str(order["vrf"])
        self.address = str(order["peer"])
        self.local = str(order["local"] or "")
        self.profile = str(order["profile"])
        self.passive = bool(order.get("passive", False))
        self.armed: bool | None = None
        self.down = 0
        self.heard: float | None = None
        self.said = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.vrf or "default", self.address

    @property
    def within(self) -> str:
        return f"router bgp {self.asn}" + (f" vrf {self.vrf}" if self.vrf else "")

    def arming(self) -> list[str]:
        # The source comes after: on FRR 8.4 a session that is armed after it is made anew at 0.0.0.0 and falls once.
        source = [f"neighbor {self.address} update-source {self.local}"] if self.local else []
        return [self.within, f"neighbor {self.address} bfd profile {self.profile}", *source]

    def disarming(self) -> list[str]:
        return [self.within, f"no neighbor {self.address} bfd"]


class NodeWatch:
    """The neighbors of one node, and the two daemons' sockets while they answer."""

    def __init__(self, node: str, orders: Sequence[dict[str, Any]], sockets: str) -> None:
        self.node = node
        self._sockets = sockets
        self.peers = [Peer(order) for order in orders if order["profile"]]
        limits = [limit for order in orders for limit in _limits(order)]
        self.limits = LimitWatch(limits, os.path.join(os.path.dirname(self._path("bgpd")), LOG))
        self._open: dict[str, Vty] = {}
        self._seen: dict[tuple[str, str], str] = {}
        self._calling_since: float | None = None

    @property
    def pending(self) -> bool:
        return any(not peer.armed for peer in self.peers)

    def poll(self) -> bool:
        """Looks once and acts; whether anything has changed. A daemon that is not there is asked again next time."""
        told = self._hold_limits()
        return self._follow_bfd() or told

    def _hold_limits(self) -> bool:
        try:
            told = self.limits.poll(lambda: self._vty("bgpd"))
        except (OSError, VtyError) as error:
            self._lose("bgpd")
            self._log("-", "-", f"limits: {error}")
            return False
        for limit in told:
            self._log(limit.vrf, limit.address, f"above {limit.limit} {limit.family} prefixes")
        return bool(told)

    def _follow_bfd(self) -> bool:
        if not self.peers:
            return False
        try:
            listed = json.loads(self._vty("bfdd").command("show bfd peers json"))
        except (OSError, VtyError, ValueError):
            self._lose("bfdd")
            return False
        seen = {(str(peer.get("vrf", "default")), str(peer["peer"])): str(peer.get("status")) for peer in listed}
        changed = seen != self._seen
        self._seen = seen
        try:
            changed |= self._be_passive(listed)
            for peer in self.peers:
                changed |= self._follow(peer, seen.get(peer.key) == "up")
        except OSError:
            self._lose("bgpd")  # also its silence: what was sent may or may not have been taken
            for peer in self.peers:
                peer.armed = None
        return changed

    def _be_passive(self, listed: list[dict[str, Any]]) -> bool:
        """Ends the calling of a bfdd that was started anew (`Router.call_bfd`) once each peer is up or has no BFD.

        A bfdd that is silenced before its peers could hear it may wait for them for ever. So no clock alone ends the
        calling: neither the age of the orders, nor the time that it has lasted over a path that is cut.
        """
        calling = {(str(p.get("vrf", "default")), str(p["peer"])) for p in listed if not p.get("passive-mode")}
        mine = [peer for peer in self.peers if peer.passive and peer.key in calling]
        now = time.monotonic()
        if not mine:
            self._calling_since = None
            return False
        if self._calling_since is None:
            self._calling_since = now
            for peer in mine:
                peer.heard = None
        waiting = [peer for peer in mine if self._seen.get(peer.key) != "up"]
        called = now - self._calling_since
        deaf = [peer for peer in waiting if self._has_no_bfd(peer, now, called)]
        if deaf != waiting:
            return False
        try:
            for profile in dict.fromkeys(peer.profile for peer in mine):
                self._vty("bfdd").configure(["bfd", f"profile {profile}", "passive-mode"])
        except (OSError, VtyError) as error:
            self._lose("bfdd")
            self._log("-", "-", f"passive-mode: {error}")
            return False
        return True

    def _has_no_bfd(self, peer: Peer, now: float, called: float) -> bool:
        """Whether a peer was called for long enough (`called`: seconds) over a path that carries, and does not answer.

        Established is no proof of the path, for as long as the hold time: a message that came since is.
        """
        neighbor = self._neighbor(peer) or {}
        if neighbor.get("bgpState") != "Established":
            peer.heard = None
        elif peer.heard is None and int(neighbor["bgpTimerLastRead"]) / 1000 < called:
            peer.heard = now
        return peer.heard is not None and now - peer.heard >= SECONDS_OF_CALLING

    def close(self) -> None:
        for daemon in list(self._open):
            self._lose(daemon)

    def _follow(self, peer: Peer, up: bool) -> bool:
        peer.down = 0 if up else peer.down + 1
        if not up and peer.down < POLLS_DOWN_TO_DISARM:
            return False
        if peer.armed == up:
            return False
        neighbor = self._neighbor(peer)
        if neighbor is None:
            return False
        peer.armed = "peerBfdInfo" in neighbor
        if peer.armed == up or (up and neighbor.get("bgpState") != "Established"):
            # Armed before, FRR 8.4 makes the BFD session anew at Established, and the BGP session falls with it.
            return False
        try:
            self._vty("bgpd").configure(peer.arming() if up else peer.disarming())
            if not up and neighbor.get("bgpState") == "Idle":
                # FRR 10 stops an armed neighbor while BFD is down, and does not start it when it is disarmed.
                self._vty("bgpd").command(clear(peer.vrf, peer.address))
        except VtyError as error:
            self._say(peer, str(error))
            peer.armed = None
            return False
        self._say(peer, "armed" if up else "disarmed")
        peer.armed = up
        return True

    def _neighbor(self, peer: Peer) -> dict[str, Any] | None:
        """The neighbor as bgpd has it; None when it has none (yet)."""
        vrf = f"vrf {peer.vrf} " if peer.vrf else ""
        status, answer = self._vty("bgpd").ask(f"show bgp {vrf}neighbors {peer.address} json")
        try:
            known = json.loads(answer) if status == 0 else {}
        except ValueError:
            return None  # FRR says in plain text that it has no such instance
        neighbor = known.get(peer.address)
        return neighbor if isinstance(neighbor, dict) else None

    def _vty(self, daemon: str) -> Vty:
        if daemon not in self._open:
            self._open[daemon] = Vty(self._path(daemon), timeout=PATIENCE)
        return self._open[daemon]

    def _path(self, daemon: str) -> str:
        return self._sockets.format(node=self.node, daemon=daemon)

    def _lose(self, daemon: str) -> None:
        if daemon in self._open:
            self._open.pop(daemon).close()

    def _say(self, peer: Peer, text: str) -> None:
        """One line in the log for each thing that is new about a peer."""
        if text != peer.said:
            peer.said = text
            self._log(peer.vrf, peer.address, text)

    def _log(self, vrf: str, address: str, text: str) -> None:
        log(f"{self.node} {vrf or '-'} {address}: {text}")


def _limits(order: dict[str, Any]) -> list[Limit]:
    who = int(order["asn"]), str(order["vrf"]), str(order["peer"])
    limits = order.get("limits", ())
    return [Limit(*who, str(one["family"]), int(one["limit"]), str(one["line"])) for one in limits]


class Orders:
    """The file of orders: read again whenever another has taken its place."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None

    def changed(self) -> dict[str, list[dict[str, Any]]] | None:
        """The orders when they are new, else None."""
        try:
            with open(self._path, "rb") as file:
                found = os.fstat(file.fileno())
                version = (found.st_ino, found.st_mtime_ns)
                if version == self._version:
                    return None
                self._version = version
                orders: dict[str, list[dict[str, Any]]] = json.load(file)
                return orders
        except FileNotFoundError:
            return None


def watch(path: str, sockets: str) -> None:
    """Watches for as long as its supervisor lives.

    `path` is a file that whoever applies a configuration replaces: {node: [{asn, vrf, peer, local, profile, limits}]},
    limits being [{family, limit, line}], and profile null for a neighbor without BFD; `passive` is the
    profile's.
    `sockets` is where a daemon's command socket is, with `{node}` and `{daemon}` in it.
    """
    orders = Orders(path)
    presence = Presence(os.path.join(os.path.dirname(path), "watcher.sock"))
    nodes: list[NodeWatch] = []
    quick_until = hurried_until = 0.0
    while os.getppid() == presence.supervisor:
        fresh = orders.changed()
        if fresh is not None:
            for node in nodes:
                node.close()
            nodes = [NodeWatch(name, peers, sockets) for name, peers in fresh.items()]
            hurried_until = time.monotonic() + SECONDS_QUICK_AFTER_ORDERS
        now = time.monotonic()
        changed = [node.poll() for node in nodes]
        now = time.monotonic()
        if any(changed):
            quick_until = now + SECONDS_QUICK_AFTER_CHANGE
        hurry = bool(nodes) and now < hurried_until and any(node.pending for node in nodes)
        hurry = hurry or any(node.limits.near for node in nodes)
        presence.wait(QUICK if hurry or now < quick_until else SLOW)

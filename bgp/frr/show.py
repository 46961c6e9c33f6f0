"""What FRR's daemons say about themselves, from JSON to values. Reads FRR 8.4 and 10.3 alike.

Every function takes an open `Vty` of the daemon it names. The default VRF is the empty string, as in the
configuration values. An unknown VRF or neighbor is an empty answer or None, never an error: it may not be there yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from bgp.frr.notification import from_code
from bgp.frr.vty import DONE, WARNING, Vty, VtyError
from bgp.route import Origin, Route
from bgp.session import STATES, BfdPeer, BfdStatus, Family, FamilyDetail, Neighbor, PeerSummary, SessionState

DEFAULT_VRF = "default"
FAMILY_KEYS: tuple[tuple[str, Family], ...] = (("ipv4Unicast", "ipv4"), ("ipv6Unicast", "ipv6"))
_ORIGINS: dict[str, Origin] = {"i": "igp", "e": "egp", "igp": "igp", "egp": "egp"}
_BFD_STATUS: dict[str, BfdStatus] = {"up": "up", "init": "init", "shutdown": "shutdown"}
_LIMIT_WORDS = ("reducePrefixNumFrom", "reducePrefixNumAndClearIpBgp", "prefixAllowedRestartIntervalMsecsLeft")


def summaries(bgpd: Vty) -> tuple[PeerSummary, ...]:
    """Every neighbor of every VRF in every family, in one call."""
    return tuple(_summaries(_ask(bgpd, "show bgp vrf all summary json")))


def neighbor(bgpd: Vty, vrf: str, address: str) -> Neighbor | None:
    """One neighbor in detail."""
    answer = _ask(bgpd, f"show bgp vrf {vrf or DEFAULT_VRF} neighbors {address} json")
    return _neighbor(vrf, address, answer[address]) if address in answer else None


def neighbors(bgpd: Vty) -> tuple[Neighbor, ...]:
    """Every neighbor of every VRF in detail, in one call (about 4 kB a neighbor)."""
    found = []
    for name, vrf in _ask(bgpd, "show bgp vrf all neighbors json").items():
        if isinstance(vrf, dict):
            found += [_neighbor(_vrf(name), a, n) for a, n in vrf.items() if isinstance(n, dict) and "bgpState" in n]
    return tuple(found)


def bgp_vrfs(bgpd: Vty) -> dict[str, int]:
    """bgpd's instances: VRF to its id, -1 while zebra does not know that VRF."""
    found = _ask(bgpd, "show bgp vrfs json").get("vrfs", {})
    return {_vrf(name): int(vrf["vrfId"]) for name, vrf in found.items()}


def rib(bgpd: Vty, vrf: str, family: Family, *, detail: bool = False) -> tuple[Route, ...]:
    """Every path in the table. `detail` adds communities, at four times the cost."""
    command = f"show bgp vrf {vrf or DEFAULT_VRF} {family} unicast json{' detail' if detail else ''}"
    return tuple(_table(_ask(bgpd, command).get("routes", {})))


def accepted_routes(bgpd: Vty, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
    """The paths of one neighbor that passed the inbound policy."""
    return tuple(_table(_ask(bgpd, _of(vrf, family, address, "routes")).get("routes", {})))


def received_routes(bgpd: Vty, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
    """What one neighbor sent, before policy. Needs soft reconfiguration; empty without."""
    return tuple(_flat(_ask(bgpd, _of(vrf, family, address, "received-routes")).get("receivedRoutes", {}), address))


def advertised_routes(bgpd: Vty, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
    """What is sent to one neighbor, after policy; the AS path is without the router's own AS."""
    return tuple(_flat(_ask(bgpd, _of(vrf, family, address, "advertised-routes")).get("advertisedRoutes", {}), None))


def bfd_peers(bfdd: Vty) -> tuple[BfdPeer, ...]:
    """Every BFD session of every VRF, in one call."""
    return tuple(_bfd(peer) for peer in bfdd.json("show bfd peers json"))


def zebra_vrfs(zebra: Vty) -> tuple[str, ...]:
    """The VRFs zebra has taken in (it looks for new namespaces once a second), the default one apart."""
    found = []
    for line in zebra.command("show vrf").splitlines():
        words = line.split()
        if words[:1] == ["vrf"] and "inactive" not in words:
            found.append(words[1])
    return tuple(found)


def kernel_routes(zebra: Vty, vrf: str, family: Family) -> dict[str, tuple[str, ...]]:
    """The BGP routes zebra installed: prefix to next hops in use."""
    verb = "ip" if family == "ipv4" else "ipv6"
    answer = _ask(zebra, f"show {verb} route vrf {vrf} bgp json" if vrf else f"show {verb} route bgp json")
    return {
        prefix: tuple(hop["ip"] for route in routes for hop in route["nexthops"] if hop.get("fib") and "ip" in hop)
        for prefix, routes in answer.items()
        if any(route.get("installed") for route in routes)
    }


def _ask(vty: Vty, command: str) -> dict[str, Any]:
    """The answer as an object; `{}` where FRR answers with a warning: no such VRF, no such neighbor, nothing kept."""
    status, text = vty.ask(command)
    if status == WARNING or (status == DONE and not text.strip()):
        return {}
    if status != DONE:
        raise VtyError(command, status, text)
    if text.lstrip().startswith("View/Vrf"):
        return {}
    try:
        answer = json.loads(text)
    except ValueError:
        raise VtyError(command, status, text) from None
    return answer if isinstance(answer, dict) else {}


def _of(vrf: str, family: Family, address: str, what: Literal["routes", "received-routes", "advertised-routes"]) -> str:
    return f"show bgp vrf {vrf or DEFAULT_VRF} {family} unicast neighbors {address} {what} json"


def _vrf(name: str) -> str:
    return "" if name == DEFAULT_VRF else name


def _state(words: str) -> SessionState:
    """`Idle (PfxCt)` and the FSM's inner states (`Clearing`, `Deleted`) are Idle to everybody else."""
    return next((state for state in STATES if words.split()[:1] == [state]), "Idle")


def _summaries(answer: dict[str, Any]) -> Iterator[PeerSummary]:
    for name, vrf in answer.items():
        for key, family in FAMILY_KEYS:
            for address, peer in vrf.get(key, {}).get("peers", {}).items():
                state = _state(peer["state"])
                held = peer.get("peerState", "OK")
                yield PeerSummary(
                    _vrf(name),
                    family,
                    address,
                    int(peer["remoteAs"]),
                    state,
                    peer.get("peerUptimeMsec", 0) / 1000 if state == "Established" else 0.0,
                    int(peer.get("pfxRcd", 0)),
                    int(peer.get("pfxSnt", 0)),
                    int(peer.get("connectionsEstablished", 0)),
                    int(peer.get("connectionsDropped", 0)),
                    "" if held == "OK" else held,
                )


def _neighbor(vrf: str, address: str, found: dict[str, Any]) -> Neighbor:
    families: list[tuple[Family, FamilyDetail]] = []
    for key, family in FAMILY_KEYS:
        counts = found.get("addressFamilyInfo", {}).get(key)
        if counts is not None:
            accepted, sent = counts.get("acceptedPrefixCounter", 0), counts.get("sentPrefixCounter", 0)
            families.append((family, FamilyDetail(accepted, sent, counts.get("prefixAllowedMax"))))
    state = _state(found["bgpState"])
    established = state == "Established"
    code = found.get("lastErrorCodeSubcode")
    reset = found.get("lastResetDueTo")
    bfd = found.get("peerBfdInfo")
    return Neighbor(
        vrf=vrf,
        address=address,
        remote_as=int(found["remoteAs"]),
        local_as=int(found["localAs"]),
        state=state,
        hold_time=found.get("bgpTimerHoldTimeMsecs", 0) / 1000 if established else 0.0,
        uptime_seconds=found.get("bgpTimerUpMsec", 0) / 1000 if established else 0.0,
        established_count=int(found.get("connectionsEstablished", 0)),
        dropped_count=int(found.get("connectionsDropped", 0)),
        families=tuple(families),
        key=bool(found.get("authenticationEnabled")),
        bfd=bfd is not None,
        bfd_status=bfd.get("status") if bfd else None,
        last_reset=None if reset in (None, "Never", "never") else reset,
        notification=from_code(code, found.get("lastNotificationReason"), reset) if code else None,
        prefix_limit_hit=any(word in found for word in _LIMIT_WORDS)
        or any(word in counts for counts in found.get("addressFamilyInfo", {}).values() for word in _LIMIT_WORDS),
        administratively_down=bool(found.get("adminShutDown")),
        local=found.get("hostLocal"),
        local_port=found.get("portLocal"),
        remote_port=found.get("portForeign"),
        remote_router_id=None if found.get("remoteRouterId") == "0.0.0.0" else found.get("remoteRouterId"),
    )


def _table(routes: dict[str, Any]) -> Iterator[Route]:
    for prefix, entry in routes.items():
        for path in entry["paths"] if isinstance(entry, dict) else entry:
            if "aspath" in path or "path" in path:
                yield _path(prefix, path)


def _path(prefix: str, path: dict[str, Any]) -> Route:
    best = path.get("bestpath", False)
    text = path["aspath"]["string"] if "aspath" in path else path["path"]
    peer = path["peer"].get("peerId") if "peer" in path else path.get("peerId")
    hops = path.get("nexthops", [])
    used = next((hop for hop in hops if hop.get("used")), hops[0] if hops else {})
    own = peer in ("0.0.0.0", "::", "(unspec)")
    return Route(
        prefix=prefix,
        next_hop=used.get("ip", ""),
        as_path=_as_path(text),
        origin=_origin(path.get("origin", "")),
        local_pref=path.get("locPrf", path.get("localpref")),
        med=path.get("metric", path.get("med")),
        weight=path.get("weight", 0),
        communities=tuple(path.get("community", {}).get("list", ())),
        best=bool(best.get("overall") if isinstance(best, dict) else best),
        multipath=bool(path.get("multipath") or (best.get("overall") if isinstance(best, dict) else best)),
        valid=bool(path.get("valid", False)),
        peer=None if own else peer,
    )


def _flat(routes: dict[str, Any], peer: str | None) -> Iterator[Route]:
    """Rows of the older tables, one path a prefix, marks as a dictionary."""
    for prefix, row in routes.items():
        if not isinstance(row, dict):
            continue
        marks = row.get("appliedStatusSymbols", {})
        best = bool(marks.get(">") or row.get("best"))
        yield Route(
            prefix=row.get("network", prefix),
            next_hop=row.get("nextHop") or row.get("nextHopGlobal") or "",
            as_path=_as_path(row.get("path", "")),
            origin=_origin(row.get("bgpOriginCode") or row.get("origin") or ""),
            local_pref=row.get("locPrf"),
            med=row.get("metric"),
            weight=row.get("weight", 0),
            best=best,
            multipath=best or bool(marks.get("=")),
            valid=bool(marks.get("*", row.get("valid", True))),
            peer=peer,
        )


def _as_path(text: str) -> tuple[int, ...]:
    words = text.translate(str.maketrans("{}(),[]", "       ")).split()
    return tuple(int(word) for word in words if word.isdigit())


def _origin(word: str) -> Origin:
    return _ORIGINS.get(word.lower(), "incomplete")


def _bfd(peer: dict[str, Any]) -> BfdPeer:
    return BfdPeer(
        vrf=_vrf(peer.get("vrf", DEFAULT_VRF)),
        peer=peer["peer"],
        local=peer.get("local"),
        status=_BFD_STATUS.get(peer["status"], "down"),
        transmit=peer.get("transmit-interval", 0),
        receive=peer.get("receive-interval", 0),
        multiplier=peer.get("detect-multiplier", 0),
        passive=bool(peer.get("passive-mode", False)),
        diagnostic=peer.get("diagnostic", ""),
        remote_transmit=peer.get("remote-transmit-interval", 0),
        remote_receive=peer.get("remote-receive-interval", 0),
        remote_multiplier=peer.get("remote-detect-multiplier", 0),
        id=peer.get("id", 0),
        uptime_seconds=float(peer.get("uptime", 0)),
    )

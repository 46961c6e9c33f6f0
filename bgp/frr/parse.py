"""FRR's JSON as values, FRR 8.4's and 10.3's alike. Pure: who asks for the JSON is `show`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from bgp.frr.notification import from_code
from bgp.route import Origin, Route
from bgp.session import STATES, BfdPeer, BfdStatus, Family, FamilyDetail, Neighbor, PeerSummary, SessionState

DEFAULT_VRF = "default"
Mark = tuple[str, Family, str, int, int, str]
"""(VRF, family, `""`, its table's version, 0, `""`), or (VRF, family, peer, prefixes received, sent, state)."""
FAMILY_KEYS: tuple[tuple[str, Family], ...] = (("ipv4Unicast", "ipv4"), ("ipv6Unicast", "ipv6"))
_ORIGINS: dict[str, Origin] = {"i": "igp", "e": "egp", "igp": "igp", "egp": "egp"}
_BFD_STATUS: dict[str, BfdStatus] = {"up": "up", "init": "init", "shutdown": "shutdown"}
_LIMIT_WORDS = ("reducePrefixNumFrom", "reducePrefixNumAndClearIpBgp", "prefixAllowedRestartIntervalMsecsLeft")


def vrf_name(name: str) -> str:
    """The VRF as the configuration values name it: the default one is empty."""
    return "" if name == DEFAULT_VRF else name


def session_state(words: str) -> SessionState:
    """`Idle (PfxCt)` and the FSM's inner states (`Clearing`, `Deleted`) are Idle to everybody else."""
    return next((state for state in STATES if words.split()[:1] == [state]), "Idle")


def summaries(answer: dict[str, Any]) -> Iterator[PeerSummary]:
    """Of `show bgp vrf all summary json`."""
    for name, vrf in answer.items():
        for key, family in FAMILY_KEYS:
            for address, peer in vrf.get(key, {}).get("peers", {}).items():
                state = session_state(peer["state"])
                held = peer.get("peerState", "OK")
                yield PeerSummary(
                    vrf_name(name),
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
                    int(peer.get("msgRcvd", 0)),
                    int(peer.get("msgSent", 0)),
                )


def marks(answer: dict[str, Any]) -> Iterator[Mark]:
    """Of the same answer."""
    for name, vrf in answer.items():
        for key, family in FAMILY_KEYS:
            if key in vrf:
                yield vrf_name(name), family, "", int(vrf[key].get("tableVersion", 0)), 0, ""
                for address, peer in vrf[key].get("peers", {}).items():
                    received, sent = int(peer.get("pfxRcd", 0)), int(peer.get("pfxSnt", 0))
                    yield vrf_name(name), family, address, received, sent, peer["state"]


def neighbor(vrf: str, address: str, found: dict[str, Any]) -> Neighbor:
    """One neighbor's object of `show bgp neighbors json`."""
    families: list[tuple[Family, FamilyDetail]] = []
    for key, family in FAMILY_KEYS:
        counts = found.get("addressFamilyInfo", {}).get(key)
        if counts is not None:
            accepted, sent = counts.get("acceptedPrefixCounter", 0), counts.get("sentPrefixCounter", 0)
            policies = (_policies(counts, way) for way in ("incoming", "outgoing"))
            families.append((family, FamilyDetail(accepted, sent, counts.get("prefixAllowedMax"), *policies)))
    state = session_state(found["bgpState"])
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
        configured_hold_time=found.get("bgpTimerConfiguredHoldTimeMsecs", 0) / 1000,
    )


def _policies(counts: dict[str, Any], way: str) -> tuple[str, ...]:
    """Each list and map of one way (`incoming`, `outgoing`) with its kind."""
    kinds = {
        f"{way}UpdateNetworkFilterList": "distribute-list",
        f"{way}UpdatePrefixFilterList": "prefix-list",
        f"{way}UpdateAsPathFilterList": "filter-list",
        f"routeMapFor{way.capitalize()}Advertisements": "route-map",
    }
    return tuple(f"{kind} {counts[key]}" for key, kind in kinds.items() if key in counts)


def table(routes: dict[str, Any]) -> Iterator[Route]:
    """The `routes` of a table, brief or detailed: every path of every prefix."""
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


def flat_table(routes: dict[str, Any], peer: str | None) -> Iterator[Route]:
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


@lru_cache(maxsize=4096)
def _as_path(text: str) -> tuple[int, ...]:
    words = text.translate(str.maketrans("{}(),[]", "       ")).split()
    return tuple(int(word) for word in words if word.isdigit())


def _origin(word: str) -> Origin:
    return _ORIGINS.get(word.lower(), "incomplete")


def bfd_peer(peer: dict[str, Any]) -> BfdPeer:
    """One object of `show bfd peers json`."""
    return BfdPeer(
        vrf=vrf_name(peer.get("vrf", DEFAULT_VRF)),
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

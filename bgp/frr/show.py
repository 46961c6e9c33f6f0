"""What FRR's daemons say about themselves, as values.

Every function takes an open `Vty` of the daemon it names. The default VRF is the empty string, as in the
configuration values. An unknown VRF or neighbor is an empty answer or None, never an error: it may not be there yet.
An answer of another shape raises Misread.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from bgp.frr import parse
from bgp.frr.misread import understood
from bgp.frr.parse import DEFAULT_VRF, Mark
from bgp.frr.vty import DONE, WARNING, Vty, VtyError
from bgp.route import Route
from bgp.session import BfdPeer, Family, Neighbor, PeerSummary


@understood
def summaries(bgpd: Vty) -> tuple[PeerSummary, ...]:
    """Every neighbor of every VRF in every family, in one call."""
    return tuple(parse.summaries(_ask(bgpd, "show bgp vrf all summary json")))


@understood
def marks(bgpd: Vty) -> frozenset[Mark]:
    """What tells whether any table has changed since: equal marks, the same tables; a route that came and went, too."""
    return frozenset(parse.marks(_ask(bgpd, "show bgp vrf all summary json")))


@understood
def neighbor(bgpd: Vty, vrf: str, address: str) -> Neighbor | None:
    """One neighbor in detail."""
    answer = _ask(bgpd, f"show bgp vrf {vrf or DEFAULT_VRF} neighbors {address} json")
    return parse.neighbor(vrf, address, answer[address]) if address in answer else None


@understood
def neighbors(bgpd: Vty) -> tuple[Neighbor, ...]:
    """Every neighbor of every VRF in detail, in one call (about 4 kB a neighbor)."""
    found = []
    for name, vrf in _ask(bgpd, "show bgp vrf all neighbors json").items():
        if isinstance(vrf, dict):
            found += [
                parse.neighbor(parse.vrf_name(name), a, n)
                for a, n in vrf.items()
                if isinstance(n, dict) and "bgpState" in n
            ]
    return tuple(found)


@understood
def version(bgpd: Vty) -> str:
    """The daemon's version, as it spells it: `8.4.4`."""
    return bgpd.command("show version").split()[1]


@understood
def bgp_vrfs(bgpd: Vty) -> dict[str, int]:
    """bgpd's instances: VRF to its id, -1 while zebra does not know that VRF."""
    found = _ask(bgpd, "show bgp vrfs json").get("vrfs", {})
    return {parse.vrf_name(name): int(vrf["vrfId"]) for name, vrf in found.items()}


@understood
def rib(bgpd: Vty, vrf: str, family: Family, *, detail: bool = False) -> tuple[Route, ...]:
    """Every path in the table. `detail` adds communities, at four times the cost."""
    command = f"show bgp vrf {vrf or DEFAULT_VRF} {family} unicast json{' detail' if detail else ''}"
    return tuple(parse.table(_ask(bgpd, command).get("routes", {})))


@understood
def routes_to(bgpd: Vty, vrf: str, family: Family, prefix: str) -> tuple[Route, ...]:
    """Every path to one prefix, communities with them; cheap at any size of the table."""
    answer = _ask(bgpd, f"show bgp vrf {vrf or DEFAULT_VRF} {family} unicast {prefix} json")
    return tuple(parse.table({prefix: answer})) if "paths" in answer else ()


@understood
def accepted_routes(bgpd: Vty, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
    """The paths of one neighbor that passed the inbound policy."""
    return tuple(parse.table(_ask(bgpd, _of(vrf, family, address, "routes")).get("routes", {})))


@understood
def received_routes(bgpd: Vty, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
    """What one neighbor sent, before policy. Needs soft reconfiguration; empty without."""
    return tuple(
        parse.flat_table(_ask(bgpd, _of(vrf, family, address, "received-routes")).get("receivedRoutes", {}), address)
    )


@understood
def filtered_count(bgpd: Vty, vrf: str, family: Family, address: str) -> int:
    """How many prefixes one neighbor sent that are not in the table. Needs soft reconfiguration; cheap at any size."""
    counts = _ask(bgpd, _of(vrf, family, address, "prefix-counts")).get("ribTableWalkCounters", {})
    return int(counts.get("Adj-in", 0)) - int(counts.get("All RIB", 0))


@understood
def advertised_routes(bgpd: Vty, vrf: str, family: Family, address: str) -> tuple[Route, ...]:
    """What is sent to one neighbor, after policy; the AS path is without the router's own AS."""
    return tuple(
        parse.flat_table(_ask(bgpd, _of(vrf, family, address, "advertised-routes")).get("advertisedRoutes", {}), None)
    )


@understood
def bfd_peers(bfdd: Vty) -> tuple[BfdPeer, ...]:
    """Every BFD session of every VRF, in one call."""
    return tuple(parse.bfd_peer(peer) for peer in bfdd.json("show bfd peers json"))


@understood
def reaches(bgpd: Vty, vrf: str, address: str) -> bool:
    """Whether bgpd holds a neighbor's address for reachable."""
    status, text = bgpd.ask(f"show bgp vrf {vrf} nexthop {address}" if vrf else f"show bgp nexthop {address}")
    return status == DONE and text.split()[1:2] == ["valid"]


@understood
def zebra_vrfs(zebra: Vty) -> tuple[str, ...]:
    """The VRFs zebra has taken in (it looks for new namespaces once a second), the default one apart."""
    found = []
    for line in zebra.command("show vrf").splitlines():
        words = line.split()
        if words[:1] == ["vrf"] and "inactive" not in words:
            found.append(words[1])
    return tuple(found)


@understood
def zebra_addresses(zebra: Vty, vrf: str) -> dict[str, frozenset[str]]:
    """What zebra knows of a VRF's interfaces (`vrf` empty: the default one): addresses with prefix length, by name."""
    found = json.loads(zebra.command(f"show interface vrf {vrf or 'default'} json"))
    return {
        name: frozenset(entry["address"] for entry in interface.get("ipAddresses", []))
        for name, interface in found.items()
    }


@understood
def kernel_routes(zebra: Vty, vrf: str, family: Family) -> dict[str, tuple[str, ...]]:
    """The BGP routes zebra installed: prefix to next hops in use."""
    return {
        prefix: tuple(hop["ip"] for route in routes for hop in route["nexthops"] if _installed(hop) and "ip" in hop)
        for prefix, routes in _bgp_routes(zebra, vrf, family).items()
        if any(route.get("installed") for route in routes)
    }


@understood
def forwards_to(zebra: Vty, vrf: str, family: Family, address: str) -> bool:
    """Whether the kernel may still send to a next hop: a BGP route has it, and not behind a dead link, or one is on its
    way to the kernel.

    The hops' own flag `fib` says too little: where two gateways name the same hops, FRR 10.3 sets it on one alone.
    """
    return in_use(_bgp_routes(zebra, vrf, family), address)


def in_use(routes: dict[str, Any], address: str) -> bool:
    """The same of zebra's answer: routes by prefix."""
    return any(
        route.get("queued") or (route.get("installed") and any(_used(hop, address) for hop in route["nexthops"]))
        for entries in routes.values()
        for route in entries
    )


def _installed(hop: dict[str, Any]) -> bool:
    return bool(hop.get("active")) and not hop.get("duplicate")


def _used(hop: dict[str, Any], address: str) -> bool:
    return hop.get("ip") == address and bool(hop.get("active"))


def _bgp_routes(zebra: Vty, vrf: str, family: Family) -> dict[str, Any]:
    verb = "ip" if family == "ipv4" else "ipv6"
    return _ask(zebra, f"show {verb} route vrf {vrf} bgp json" if vrf else f"show {verb} route bgp json")


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
    except (ValueError, RecursionError):
        raise VtyError(command, status, text) from None
    return answer if isinstance(answer, dict) else {}


def _of(
    vrf: str,
    family: Family,
    address: str,
    what: Literal["routes", "received-routes", "advertised-routes", "prefix-counts"],
) -> str:
    return f"show bgp vrf {vrf or DEFAULT_VRF} {family} unicast neighbors {address} {what} json"

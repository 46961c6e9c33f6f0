"""Circuits with Microsoft peering for live tests, and what tests ask of them."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp

PRIVATE, MICROSOFT = "AzurePrivatePeering", "MicrosoftPeering"
STORAGE_WEU, SQL_WEU, DEVOPS = "12076:52002", "12076:53002", "12076:5050"
STORAGE_PREFIX, SQL_PREFIX, DEVOPS_PREFIX = "198.18.66.0/24", "198.18.130.0/24", "198.19.68.0/24"
DECLARED, DECLARED6 = "198.51.100.0/24", "2001:db8:100::/48"
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
PEERING: dict[str, Any] = {
    "name": MICROSOFT,
    "peerASN": 65010,
    "vlanId": 200,
    "primaryPeerAddressPrefix": "203.0.113.0/30",
    "secondaryPeerAddressPrefix": "203.0.113.4/30",
    "sharedKey": {"env": "LIVE_KEY"},
    "microsoftPeeringConfig": {"advertisedPublicPrefixes": [DECLARED]},
    "routeFilter": {"id": "storage"},
    "ipv6PeeringConfig": {
        "primaryPeerAddressPrefix": "2001:db8:12::/126",
        "secondaryPeerAddressPrefix": "2001:db8:12::4/126",
        "microsoftPeeringConfig": {"advertisedPublicPrefixes": [DECLARED6]},
        "routeFilter": {"id": "storage"},
    },
}
FILTERS = [{"name": "storage", "rules": [{"access": "Allow", "communities": [STORAGE_WEU]}]}]


def both(**peering: Any) -> dict[str, Any]:
    """Private and Microsoft peering, both families; `peering` replaces fields of Microsoft peering, None removes."""
    document = circuits.one()
    document["peerings"].append(changed(PEERING, **peering))
    document["routeFilters"] = copy.deepcopy(FILTERS)
    return document


def changed(peering: dict[str, Any], **fields: Any) -> dict[str, Any]:
    found = copy.deepcopy(peering) | fields
    return {name: value for name, value in found.items() if value is not None}


def public(document: dict[str, Any]) -> dict[str, Any]:
    """The Microsoft peering of `both()`, to be changed in place."""
    found: dict[str, Any] = next(p for p in document["peerings"] if p["name"] == MICROSOFT)
    return found


def alone(ce: str, **peering: Any) -> tuple[str, str]:
    """(circuit.yml, ce1.conf): Microsoft peering in IPv4 without a key, and a CE of the customer's own."""
    document = both(sharedKey=None, ipv6PeeringConfig=None, **peering)
    document["peerings"] = [public(document)]
    document.pop("virtualNetworks")
    document["customerEdges"] = [{"name": "ce1", "config": "ce1.conf"}]
    return circuits.text(document), ce


def own_ce(networks: list[str], maps: dict[str, str] | None = None) -> str:
    """The CE's own FRR file: sends `networks`, and what `maps` sets on some of them (`set …` by prefix)."""
    lines = ["bgp route-map delay-timer 0"]
    for port, address in (("eth1", "203.0.113.1"), ("eth2", "203.0.113.5")):
        lines += [f"interface {port}.200", f" ip address {address}/30", "exit"]
    for number, (prefix, line) in enumerate((maps or {}).items(), start=1):
        lines.append(f"ip prefix-list P{number} seq 5 permit {prefix}")
        lines += [f"route-map OUT permit {number}", f" match ip address prefix-list P{number}", f" {line}", "exit"]
    lines += ["route-map OUT permit 100", "exit"]
    lines += ["router bgp 65010", " no bgp ebgp-requires-policy", " no bgp network import-check"]
    for msee in ("203.0.113.2", "203.0.113.6"):
        lines += [f" neighbor {msee} remote-as 12076", f" neighbor {msee} timers connect 1"]
    lines += [" address-family ipv4 unicast", *(f"  network {network}" for network in networks)]
    lines += [f"  neighbor {msee} route-map OUT out" for msee in ("203.0.113.2", "203.0.113.6")]
    return "\n".join([*lines, " exit-address-family", "exit"]) + "\n"


def states(labs: Labs) -> dict[tuple[str, str, str], Any]:
    """`status -o json`, by peering, path and family; of the only circuit."""
    (circuit,) = json.loads(labs.ok("status", "-o", "json").out)["circuits"]
    return {(s["peering"], s["path"], s["family"]): s for s in circuit["sessions"]}


def drops(labs: Labs, node: str = "msee1") -> dict[tuple[str, str], int]:
    """How often the node has lost each neighbor, by VRF and address."""
    return {
        (vrf, address): int(peer["connectionsDropped"])
        for vrf, families in bgp(labs, node, "show bgp vrf all summary json").items()
        for family in families.values()
        if isinstance(family, dict)
        for address, peer in family.get("peers", {}).items()
    }


def table(labs: Labs, node: str, vrf: str = "default", family: str = "ipv4") -> dict[str, list[dict[str, Any]]]:
    """The paths of each prefix in a table."""
    found: dict[str, list[dict[str, Any]]] = bgp(labs, node, f"show bgp vrf {vrf} {family} unicast json")["routes"]
    return found


def path(labs: Labs, node: str, prefix: str, vrf: str = "default") -> dict[str, Any]:
    """The first path of a prefix in detail."""
    family = "ipv6" if ":" in prefix else "ipv4"
    found: dict[str, Any] = bgp(labs, node, f"show bgp vrf {vrf} {family} unicast {prefix} json")["paths"][0]
    return found

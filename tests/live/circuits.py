"""Circuit files for live tests: the two-path lab, with what a test wants changed."""

from __future__ import annotations

import copy
from typing import Any

import yaml

KEY = "liveKey2026"
PRIVATE: dict[str, Any] = {
    "name": "AzurePrivatePeering",
    "peerASN": 65010,
    "vlanId": 100,
    "primaryPeerAddressPrefix": "192.168.100.128/30",
    "secondaryPeerAddressPrefix": "192.168.100.132/30",
    "sharedKey": {"env": "LIVE_KEY"},
    "ipv6PeeringConfig": {
        "primaryPeerAddressPrefix": "fd00:64::/126",
        "secondaryPeerAddressPrefix": "fd00:64::4/126",
    },
}
ONE: dict[str, Any] = {
    "name": "er-live",
    "peerings": [PRIVATE],
    "virtualNetworks": [{"name": "hub", "addressSpace": {"addressPrefixes": ["10.100.0.0/16", "fd00:100::/48"]}}],
    "customerEdges": [{"name": "ce1", "advertise": ["10.10.0.0/16", "fd00:10::/48"]}],
}
SECOND: dict[str, Any] = {
    "name": "er-second",
    "connections": ["apps"],
    "peerings": [
        {
            "name": "AzurePrivatePeering",
            "peerASN": 65010,
            "vlanId": 300,
            "primaryPeerAddressPrefix": "192.168.101.128/30",
            "secondaryPeerAddressPrefix": "192.168.101.132/30",
        }
    ],
}


def one(**peering: Any) -> dict[str, Any]:
    """The lab with one circuit; `peering` replaces fields of its private peering, None removes one."""
    document = copy.deepcopy(ONE)
    for name, value in peering.items():
        if value is None:
            document["peerings"][0].pop(name)
        else:
            document["peerings"][0][name] = value
    return document


def two() -> dict[str, Any]:
    """The same with a second circuit and a VNet of its own."""
    document = copy.deepcopy(ONE)
    first = {"name": document.pop("name"), "peerings": document.pop("peerings"), "connections": ["hub"]}
    document["lab"] = "er-live"
    document["circuits"] = [first, copy.deepcopy(SECOND)]
    document["virtualNetworks"].append({"name": "apps", "addressSpace": {"addressPrefixes": ["10.200.0.0/16"]}})
    return document


def text(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False)


def own_ce(
    *, vlan: int = 100, asn: int = 65010, key: str | None = "${LIVE_KEY}", swapped: bool = False,
    remote_as: int = 12076, bfd: bool = True,
) -> str:
    """A CE's own FRR file for the IPv4 sessions of `one()`, with what a test wants to be wrong in it.

    `swapped` gives the CE the MSEE's address of the primary link, and looks for the MSEE at its own.
    """
    primary, msee1 = ("192.168.100.130", "192.168.100.129") if swapped else ("192.168.100.129", "192.168.100.130")
    lines = []
    for port, address in (("eth1", primary), ("eth2", "192.168.100.133")):
        lines += [f"interface {port}.{vlan}", f" ip address {address}/30", "exit"]
    lines += [f"router bgp {asn}", " no bgp ebgp-requires-policy", " no bgp network import-check"]
    for msee in (msee1, "192.168.100.134"):
        lines.append(f" neighbor {msee} remote-as {remote_as}")
        lines.append(f" neighbor {msee} timers connect 1")
        if key is not None:
            lines.append(f" neighbor {msee} password {key}")
        if bfd:
            lines.append(f" neighbor {msee} bfd")
    lines += [" address-family ipv4 unicast", "  network 10.10.0.0/16"]
    lines += [f"  neighbor {m} route-map ONPREM out" for m in (msee1, "192.168.100.134")]
    lines += [" exit-address-family", "exit"]
    lines += ["ip prefix-list ONPREM seq 5 permit 10.10.0.0/16"]
    lines += ["route-map ONPREM permit 10", " match ip address prefix-list ONPREM", "exit"]
    return "\n".join(lines) + "\n"


def with_own_ce(config: str, **peering: Any) -> tuple[str, str]:
    """(circuit.yml, ce1.conf): IPv4 alone, the CE with its own file."""
    document = one(ipv6PeeringConfig=None, **peering)
    document["virtualNetworks"][0]["addressSpace"]["addressPrefixes"] = ["10.100.0.0/16"]
    document["customerEdges"] = [{"name": "ce1", "config": "ce1.conf", "advertise": ["10.10.0.0/16"]}]
    return text(document), config

"""What `plan` says of sessions is what `apply` does to them: both for one change after another on a running lab."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live import circuits, public
from tests.live.harness import Labs
from tests.live.looking import bgp

Document = dict[str, Any]
Name = tuple[str, str, str, str]
KINDS = ("ends", "resets", "begins")
ORDERED = {"serviceProviderName": "Equinix", "peeringLocation": "Amsterdam", "bandwidthInMbps": 50}
BIGGER = ORDERED | {"bandwidthInMbps": 1000}
AT_ONCE = 1.5
"""Seconds by which the moment that a session came up may differ when it is told twice."""


def base() -> Document:
    """A circuit of both peerings and both families, with a VNet."""
    document = circuits.one()
    document["sku"] = {"tier": "Premium"}
    document["serviceProviderProperties"] = ORDERED
    document["peerings"].append(copy.deepcopy(public.PEERING))
    document["routeFilters"] = copy.deepcopy(public.FILTERS)
    return document


def private(document: Document) -> Document:
    found: Document = document["peerings"][0]
    return found


def microsoft(document: Document) -> Document:
    found: Document = document["peerings"][1]
    return found


def _second_circuit(document: Document) -> Document:
    whole = circuits.two()
    names = ("name", "peerings", "sku", "serviceProviderProperties")
    first = {name: document.pop(name) for name in names} | {"connections": ["hub"]}
    return document | {
        "lab": "er-live", "circuits": [first, whole["circuits"][1]], "virtualNetworks": whole["virtualNetworks"],
    }


CHANGES: dict[str, Callable[[Document], Any]] = {
    "the provider has taken it back": lambda d: d.update(serviceProviderProvisioningState="NotProvisioned"),
    "Microsoft peering is removed": lambda d: d.update(peerings=d["peerings"][:1]),
    "private peering is disabled": lambda d: private(d).update(state="Disabled"),
    "private peering has no IPv6": lambda d: private(d).update(ipv6PeeringConfig=None),
    "another VLAN": lambda d: private(d).update(vlanId=101),
    "another AS": lambda d: [p.update(peerASN=65011) for p in d["peerings"]],
    "no key": lambda d: private(d).update(sharedKey=None),
    "another primary subnet": lambda d: private(d).update(primaryPeerAddressPrefix="192.168.100.160/30"),
    "another secondary subnet of IPv6": lambda d: private(d)["ipv6PeeringConfig"].update(
        secondaryPeerAddressPrefix="fd00:64::8/126"
    ),
    "the CE announces more": lambda d: d["customerEdges"][0]["advertise"].append("10.20.0.0/16"),
    "another declared prefix": lambda d: microsoft(d)["microsoftPeeringConfig"].update(
        advertisedPublicPrefixes=["198.51.100.0/25"]
    ),
    "no route filter": lambda d: microsoft(d).update(routeFilter=None),
    "another filter": lambda d: d["routeFilters"][0]["rules"][0].update(communities=[public.SQL_WEU]),
    "another bandwidth": lambda d: d.update(serviceProviderProperties=BIGGER),
    "the VNet has another space": lambda d: d["virtualNetworks"][0]["addressSpace"]["addressPrefixes"].append(
        "10.101.0.0/16"
    ),
    "a second circuit": _second_circuit,
}


def of(labs: Labs) -> dict[Name, tuple[int, float]]:
    """Of each session that is up: how often it came up, and when. Asked of the MSEEs."""
    (record,) = labs.state.glob("*/lab.json")
    neighbors = {msee: bgp(labs, msee, "show bgp vrf all neighbors json") for msee in ("msee1", "msee2")}
    found = {}
    for one in json.loads(record.read_text())["sessions"]:
        there = neighbors[one["msee"]].get(one["vrf"], {}).get(one["ce_address"], {})
        if there.get("bgpState") == "Established":
            name = one["circuit"], one["peering"], one["path"], one["family"]
            found[name] = there["connectionsEstablished"], there["bgpTimerUpEstablishedEpoch"]
    return found


def promised(labs: Labs) -> dict[str, set[Name]]:
    changes = json.loads(labs.ok("plan", "-o", "json").out)["changes"]
    return {
        kind: {(s["circuit"], s["peering"], s["path"], s["family"]) for change in changes for s in change[kind]}
        for kind in KINDS
    }


def seen(labs: Labs) -> dict[str, set[Name]]:
    """Applies, and says what became of the sessions."""
    before = of(labs)
    labs.ok("apply")
    after = of(labs)
    both = before.keys() & after.keys()
    return {
        "ends": before.keys() - after.keys(),
        "resets": {n for n in both if before[n][0] != after[n][0] or abs(before[n][1] - after[n][1]) > AT_ONCE},
        "begins": after.keys() - before.keys(),
    }


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.environment = {**module_labs.environment, "LIVE_KEY": circuits.KEY}
    module_labs.write("circuit.yml", circuits.text(base()))
    module_labs.ok("up")
    yield module_labs
    module_labs.ok("down", "--all")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_session_that_moves_was_named(lab: Labs, change: Callable[[Document], Any]) -> None:
    """Cases, section 5: no session was to reset, and four were gone. There, and back again."""
    document = base()
    changed = change(document)
    for wanted in (changed if isinstance(changed, dict) else document, base()):
        lab.write("circuit.yml", circuits.text(wanted))
        words = promised(lab)
        assert words == seen(lab), str(lab("status"))

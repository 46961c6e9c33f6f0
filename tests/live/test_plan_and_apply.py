"""What `plan` says of sessions is what `apply` does to them: both for one change after another on a running lab."""

from __future__ import annotations

import copy
import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live import circuits, public
from tests.live.harness import Labs
from tests.live.looking import bgp
from tests.live.sickness import hit

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


def _bare(document: Document) -> None:
    """Cases, section 5: of a file as az prints it, VNet and filter put in, two sessions were to reset and none did."""
    for place in (microsoft(document), microsoft(document)["ipv6PeeringConfig"]):
        del place["routeFilter"]
    del document["routeFilters"], document["virtualNetworks"]


CHANGES: dict[str, Callable[[Document], Any]] = {
    "the provider has taken it back": lambda d: d.update(serviceProviderProvisioningState="NotProvisioned"),
    "Microsoft peering is removed": lambda d: d.update(peerings=d["peerings"][:1]),
    "private peering is disabled": lambda d: private(d).update(state="Disabled"),
    "private peering has no IPv6": lambda d: private(d).update(ipv6PeeringConfig=None),
    "another VLAN": lambda d: private(d).update(vlanId=101),
    "another AS": lambda d: [p.update(peerASN=65011) for p in d["peerings"]],
    "the circuit is disabled": lambda d: d.update(circuitProvisioningState="Disabled"),
    "another key": lambda d: private(d).update(sharedKey={"env": "OTHER_KEY"}),
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
    "neither VNet nor filter, as az prints it": _bare,
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


@pytest.fixture(autouse=True)
def nothing_left_by_the_test() -> None:
    """`apply` starts daemons of the module's lab anew: what is left is looked at after the module."""


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.environment = {**module_labs.environment, "LIVE_KEY": circuits.KEY, "OTHER_KEY": f"{circuits.KEY}x"}
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


IN = """route-map IN permit 10
 set local-preference 120
exit
router bgp 65010
 address-family ipv4 unicast
  neighbor 192.168.100.130 route-map IN in
 exit-address-family
exit
"""
OWN_CHANGES: dict[str, tuple[str, str]] = {
    "a static route": ("ip prefix-list ONPREM", "ip route 10.20.0.0/16 Null0\nip prefix-list ONPREM"),
    "one prefix more": (
        "ip prefix-list ONPREM", "ip prefix-list ONPREM seq 10 permit 10.20.0.0/16\nip prefix-list ONPREM",
    ),
    "another permitted prefix": ("seq 5 permit 10.10.0.0/16", "seq 5 permit 10.10.0.0/15 le 16"),
    "a route-map that sets more": ("\nexit\n", "\nexit\nroute-map ONPREM permit 20\n set metric 5\nexit\n"),
    "a map for what comes in": ("ip prefix-list ONPREM", f"{IN}ip prefix-list ONPREM"),
    "a description": (
        " neighbor 192.168.100.130 bfd", " neighbor 192.168.100.130 bfd\n neighbor 192.168.100.130 description x",
    ),
    "a network": ("  network 10.10.0.0/16", "  network 10.10.0.0/16\n  network 10.20.0.0/16"),
    "another timer": ("neighbor 192.168.100.134 timers connect 1", "neighbor 192.168.100.134 timers connect 2"),
    "a comment": ("interface eth1.100", "! the primary\ninterface eth1.100"),
}


@pytest.fixture(scope="module")
def own(module_labs: Labs) -> Iterator[Labs]:
    circuit, ce = circuits.with_own_ce(circuits.own_ce())
    module_labs.environment = {**module_labs.environment, "LIVE_KEY": circuits.KEY}
    module_labs.write("circuit.yml", circuit)
    module_labs.write("ce1.conf", ce)
    module_labs.ok("up")
    yield module_labs
    module_labs.ok("down", "--all")


def tables(labs: Labs) -> list[Any]:
    """What the CE has, and what each MSEE has."""
    (record,) = labs.state.glob("*/lab.json")
    vrfs = {one["msee"]: one["vrf"] for one in json.loads(record.read_text())["sessions"]}
    asked = [("ce1", ""), *((msee, f"vrf {vrf} ") for msee, vrf in vrfs.items())]
    answers = [bgp(labs, node, f"show bgp {vrf}ipv4 unicast json")["routes"] for node, vrf in asked]
    return [
        {prefix: sorted((p["path"], p.get("metric", 0), p["valid"]) for p in paths) for prefix, paths in routes.items()}
        for routes in answers
    ]


@pytest.mark.parametrize(("was", "shall"), OWN_CHANGES.values(), ids=OWN_CHANGES)
def test_lines_of_a_ce_file_are_applied_and_the_router_is_as_if_it_had_started_so(
    own: Labs, was: str, shall: str
) -> None:
    """Cases, section 5: a static route in ce1.conf reset every session of the CE. There, and back again."""
    text = circuits.own_ce()
    assert was in text
    for wanted in (text.replace(was, shall, 1), text):
        own.write("ce1.conf", wanted)
        words = promised(own)
        assert words == seen(own)
        if wanted != text:
            followed = tables(own)
            hit(own, "ce1", "bgpd", signal.SIGKILL)
            own.ok("up")
            assert tables(own) == followed

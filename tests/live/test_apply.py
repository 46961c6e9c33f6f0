"""Changes on a running lab touch what differs: every session that did not have to move keeps its connection."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import circuits
from tests.live.harness import Done, Labs
from tests.live.looking import bgp, sessions

pytestmark = pytest.mark.both_engines

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
Counts = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def running(module_labs: Labs) -> Labs:
    """Two circuits with a VNet each."""
    module_labs.write("circuit.yml", circuits.text(circuits.two()))
    module_labs.ok("up", environment=ENVIRONMENT)
    return module_labs


@pytest.fixture
def lab(running: Labs) -> Iterator[Labs]:
    """The same; afterwards it is so again, which is one more apply that has to go well."""
    yield running
    apply(running, circuits.two())


def resets(labs: Labs) -> Counts:
    """How often each neighbor of each MSEE has lost an Established session, by VRF and address, CEs and gateways."""
    found: Counts = {}
    for node in ("msee1", "msee2"):
        everything = bgp(labs, node, "show bgp vrf all summary json")
        for vrf, families in everything.items():
            for family in families.values():
                for address, peer in family.get("peers", {}).items() if isinstance(family, dict) else ():
                    found[f"{node} {vrf}", address] = int(peer["connectionsDropped"])
    return found


def moved(before: Counts, after: Counts) -> set[tuple[str, str]]:
    """Neighbors that are in both and have lost their session in between."""
    return {who for who, count in after.items() if who in before and count != before[who]}


def apply(labs: Labs, document: dict[str, Any], key: str = circuits.KEY) -> Done:
    labs.write("circuit.yml", circuits.text(document))
    done = labs.ok("apply", environment={"LIVE_KEY": key})
    labs.ok("check", environment={"LIVE_KEY": key})
    return done


def test_nothing_to_do_changes_nothing(lab: Labs) -> None:
    before = resets(lab)
    apply(lab, circuits.two())
    assert moved(before, resets(lab)) == set()


@pytest.mark.rule("ER207")
def test_a_new_key_resets_its_peering_and_nothing_else(lab: Labs) -> None:
    before = resets(lab)
    plan = json.loads(lab("plan", "-o", "json", environment={"LIVE_KEY": "otherKey7"}).out)
    assert len(plan["changes"]) == 1
    assert len(plan["changes"][0]["resets"]) == 4
    apply(lab, circuits.two(), key="otherKey7")
    assert {address for _, address in moved(before, resets(lab))} == {
        "192.168.100.129", "192.168.100.133", "fd00:64::1", "fd00:64::5",
    }


def test_another_link_subnet_moves_one_session(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    document["circuits"][0]["peerings"][0]["primaryPeerAddressPrefix"] = "192.168.100.140/30"
    apply(lab, document)
    assert moved(before, resets(lab)) == set()
    assert sessions(lab)[("er-live", "primary", "ipv4")]["mseeAddress"] == "192.168.100.142"


def test_another_vlan_moves_the_sessions_of_its_circuit_only(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    document["circuits"][1]["peerings"][0]["vlanId"] = 301
    apply(lab, document)
    assert {vrf.split()[1] for vrf, _ in moved(before, resets(lab))} <= {"er2p"}


def test_another_peer_asn_moves_the_customers_sessions(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    for circuit in document["circuits"]:
        circuit["peerings"][0]["peerASN"] = 65020
    apply(lab, document)
    assert not {a for _, a in moved(before, resets(lab)) if a.startswith(("10.", "fd00:100"))}, "gateways stay"


def test_another_advertised_prefix_moves_nothing(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    document["customerEdges"][0]["advertise"] = ["10.10.0.0/16", "10.11.0.0/16", "fd00:10::/48"]
    apply(lab, document)
    assert moved(before, resets(lab)) == set()
    routes = bgp(lab, "azure", "show bgp vrf v1g0 ipv4 unicast json")["routes"]
    assert "10.11.0.0/16" in routes
    document["customerEdges"][0]["advertise"] = ["10.11.0.0/16", "fd00:10::/48"]
    apply(lab, document)
    assert moved(before, resets(lab)) == set()
    assert "10.10.0.0/16" not in bgp(lab, "azure", "show bgp vrf v1g0 ipv4 unicast json")["routes"]


def test_a_circuit_and_a_vnet_come_and_go(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    third = copy.deepcopy(circuits.SECOND)
    third["name"], third["connections"] = "er-third", ["data"]
    third["peerings"][0] |= {
        "vlanId": 400,
        "primaryPeerAddressPrefix": "192.168.102.128/30",
        "secondaryPeerAddressPrefix": "192.168.102.132/30",
    }
    document["circuits"].append(third)
    document["virtualNetworks"].append({"name": "data", "addressSpace": {"addressPrefixes": ["10.210.0.0/16"]}})
    apply(lab, document)
    assert ("er-third", "primary", "ipv4") in sessions(lab)
    apply(lab, circuits.two())
    assert ("er-third", "primary", "ipv4") not in sessions(lab)
    apply(lab, document)
    assert moved(before, resets(lab)) == set()


@pytest.mark.rule("ER219")
def test_a_peering_is_disabled_and_enabled(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    document["circuits"][1]["peerings"][0]["state"] = "Disabled"
    apply(lab, document)
    found = sessions(lab)
    assert found[("er-second", "primary", "ipv4")]["state"] != "Established"
    apply(lab, circuits.two())
    assert {vrf.split()[1] for vrf, a in moved(before, resets(lab)) if a.startswith("192.168.")} == {"er2p"}


@pytest.mark.rule("ER225")
def test_ipv6_comes_and_goes(lab: Labs) -> None:
    before = resets(lab)
    document = circuits.two()
    del document["circuits"][0]["peerings"][0]["ipv6PeeringConfig"]
    apply(lab, document)
    assert ("er-live", "primary", "ipv6") not in sessions(lab)
    apply(lab, circuits.two())
    assert {a for _, a in moved(before, resets(lab)) if "." in a} == set()

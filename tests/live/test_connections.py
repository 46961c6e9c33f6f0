"""Circuits and VNets side by side: who is told what, where MSEEs and gateways are, what is not there yet."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import circuits
from tests.live.bgp_world import held
from tests.live.harness import Labs
from tests.live.looking import bgp, established, sessions, sniffing

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


def document() -> dict[str, Any]:
    """er-live has two VNets, er-second shares one of them, er-bare has none."""
    found = circuits.two()
    found["circuits"][0]["connections"] = ["hub", "apps"]
    bare = copy.deepcopy(circuits.SECOND) | {"name": "er-bare", "connections": []}
    bare["peerings"][0] |= {
        "vlanId": 400,
        "primaryPeerAddressPrefix": "192.168.102.128/30",
        "secondaryPeerAddressPrefix": "192.168.102.132/30",
    }
    found["circuits"].append(bare)
    return found


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.write("circuit.yml", circuits.text(document()))
    module_labs.ok("up", environment=ENVIRONMENT)
    yield module_labs
    module_labs.ok("down")


def sent(labs: Labs, vrf: str, ce: str) -> set[str]:
    """What msee1 advertises to the CE of a circuit."""
    shown = bgp(labs, "msee1", f"show bgp vrf {vrf} ipv4 unicast neighbors {ce} advertised-routes json")
    return set(shown["advertisedRoutes"])


def peers(labs: Labs, node: str, vrf: str, family: str = "ipv4") -> dict[str, int]:
    """Neighbors in a VRF with their AS number."""
    shown = bgp(labs, node, f"show bgp vrf {vrf} {family} unicast summary json")
    return {address: peer["remoteAs"] for address, peer in shown["peers"].items()}


def hops(labs: Labs, node: str, namespace: str, prefix: str) -> set[str]:
    """The next hops that the kernel spreads a prefix over."""
    shown = labs.ok("exec", node, "ip", "netns", "exec", namespace, "ip", "-j", "route", "show", prefix)
    return {hop["gateway"] for route in json.loads(shown.out) for hop in route.get("nexthops", ())}


@pytest.mark.rule("ER103", "ER225")
def test_a_circuit_ends_on_two_msees_with_a_session_each_in_each_family(lab: Labs) -> None:
    found = {(path, family): s["msee"] for (name, path, family), s in sessions(lab).items() if name == "er-live"}
    assert found == {
        ("primary", "ipv4"): "msee1",
        ("primary", "ipv6"): "msee1",
        ("secondary", "ipv4"): "msee2",
        ("secondary", "ipv6"): "msee2",
    }
    assert established(lab) == 8


@pytest.mark.rule("ER217")
def test_without_a_connection_nothing_is_sent(lab: Labs) -> None:
    assert sessions(lab)[("er-bare", "primary", "ipv4")]["state"] == "Established"
    held(lambda: sent(lab, "er3p", "192.168.102.129"), 1, "sent on a circuit without a connection")
    assert sent(lab, "er2p", "192.168.101.129") == {"10.200.0.0/16"}


@pytest.mark.rule("ER401", "ER409")
def test_the_blocks_of_the_connected_vnets_are_sent_as_they_are(lab: Labs) -> None:
    assert sent(lab, "er1p", "192.168.100.129") == {"10.100.0.0/16", "10.200.0.0/16"}


@pytest.mark.rule("ER223")
def test_vnets_of_one_circuit_do_not_hear_of_each_other(lab: Labs) -> None:
    assert "10.200.0.0/16" in bgp(lab, "msee1", "show bgp vrf er1p ipv4 unicast json")["routes"]

    def heard() -> set[str]:
        hub = bgp(lab, "azure", "show bgp vrf v1g0 ipv4 unicast json")["routes"]
        apps = bgp(lab, "azure", "show bgp vrf v2g0 ipv4 unicast json")["routes"]
        return {"10.200.0.0/16"} & set(hub) | {"10.100.0.0/16"} & set(apps)

    held(heard, 1, "one VNet's prefix at the other's gateway")
    told = bgp(lab, "msee1", "show bgp vrf er1p ipv4 unicast neighbors 10.100.0.12 advertised-routes json")
    assert set(told["advertisedRoutes"]) == {"10.10.0.0/16"}, "a gateway would refuse its own AS in the path anyway"
    ping = lab("exec", "azure", "ip", "netns", "exec", "v1", "ping", "-c", "1", "-W", "1", "10.200.0.36")
    assert ping.code != 0


@pytest.mark.rule("ER407")
def test_addresses_in_the_gateway_subnet(lab: Labs) -> None:
    seen = peers(lab, "msee1", "er1p")
    gateways = {f"10.{vnet}.0.{instance}": 65515 for vnet in (100, 200) for instance in (12, 13)}
    assert {address: asn for address, asn in seen.items() if address.startswith("10.")} == gateways
    at_hub, at_apps = peers(lab, "azure", "v1g0"), peers(lab, "azure", "v2g1")
    assert {address for address, asn in at_hub.items() if asn == 12076} == {"10.100.0.4", "10.100.0.5"}
    assert {address for address, asn in at_apps.items() if asn == 12076} == {f"10.200.0.{n}" for n in (4, 5, 6, 7)}
    in_ipv6 = peers(lab, "azure", "v1g0", "ipv6")
    assert {address for address, asn in in_ipv6.items() if asn == 12076} == {"fd00:100::4", "fd00:100::5"}


@pytest.mark.rule("ER408")
def test_a_host_answers_in_every_vnet_and_family(lab: Labs) -> None:
    for target in ("10.100.0.36", "10.200.0.36", "fd00:100::24"):
        source = "fd00:10::1" if ":" in target else "10.10.0.1"
        lab.ok("exec", "ce1", "ping", "-c", "1", "-W", "2", "-I", source, target)


@pytest.mark.rule("ER420")
def test_a_gateway_stands_in_the_way_in_and_not_in_the_way_out(lab: Labs) -> None:
    assert hops(lab, "msee1", "er1p", "10.100.0.0/16") == {"10.100.0.12", "10.100.0.13"}
    assert hops(lab, "azure", "v1", "10.10.0.0/16") == {"10.100.0.4", "10.100.0.5"}


@pytest.mark.rule("ER410")
def test_the_heavier_connection_has_all_the_traffic(labs: Labs) -> None:
    found = circuits.two()
    found["circuits"][1]["connections"] = [{"virtualNetwork": "hub", "routingWeight": 100}]
    labs.write("circuit.yml", circuits.text(found))
    labs.ok("up", environment=ENVIRONMENT)
    paths = bgp(labs, "azure", "show bgp vrf v1g0 ipv4 unicast json")["routes"]["10.10.0.0/16"]
    used = {path["peerId"] for path in paths if path.get("bestpath") or path.get("multipath")}
    assert len(paths) == 4, "both circuits, both paths, the AS paths are equally long"
    assert used == {"10.100.0.6", "10.100.0.7"}
    assert hops(labs, "azure", "v1", "10.10.0.0/16") == used


@pytest.mark.rule("ER104")
def test_before_the_provider_is_done_nobody_answers(labs: Labs) -> None:
    circuit, config = circuits.with_own_ce(circuits.own_ce())
    labs.write("circuit.yml", f"serviceProviderProvisioningState: NotProvisioned\n{circuit}")
    labs.write("ce1.conf", config)
    labs.ok("up", environment=ENVIRONMENT)
    with sniffing(labs, "msee1", "eth1", 2) as seen:
        assert labs("exec", "ce1", "ping", "-c", "1", "-W", "1", "192.168.100.130").code != 0
        frames = seen()
    asked = [f for f in frames if f["kind"] == 0x0806]
    assert asked, "the CE asks for the MSEE's address"
    assert len({f["source"] for f in asked}) == 1, "and nobody answers"
    assert {tuple(f["tags"]) for f in asked} == {(100,)}
    arp = labs.ok("exec", "ce1", "ip", "neigh", "show", "192.168.100.130").out
    assert "lladdr" not in arp
    assert "INCOMPLETE" in arp or "FAILED" in arp

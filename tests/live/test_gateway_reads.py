"""The gateway's reads say what its daemon knows, and follow what happens on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, until, vtysh

pytestmark = pytest.mark.both_engines

WEIGHT = 100
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
DOWN_SECONDS = 20.0


@pytest.fixture(scope="module")
def two(module_labs: Labs) -> Labs:
    """Two circuits: `hub` behind both of them, by the second sooner; `apps` behind the second."""
    document = circuits.two()
    document["circuits"][1]["connections"] = [{"virtualNetwork": "hub", "routingWeight": WEIGHT}, "apps"]
    module_labs.write("circuit.yml", circuits.text(document))
    module_labs.ok("up", environment=ENVIRONMENT)
    return module_labs


def read(labs: Labs, *arguments: str) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = json.loads(labs.ok("show", *arguments, "-o", "json").out)["value"]
    return value


@pytest.mark.rule("ER805")
@pytest.mark.parametrize("instance", [0, 1])
def test_peer_status_is_the_daemons(two: Labs, instance: int) -> None:
    rows = {r["neighbor"]: r for r in read(two, "bgp-peer-status", "--vnet", "hub", "--instance", str(instance))}
    assert list(rows) == ["10.100.0.4", "10.100.0.5", "10.100.0.6", "10.100.0.7"], "both circuits, both MSEEs"
    assert {r["localAddress"] for r in rows.values()} == {f"10.100.0.{12 + instance}"}
    for address, row in rows.items():
        counted = 0
        for family, peer in (("ipv4", address), ("ipv6", f"fd00:100::{address.rpartition('.')[2]}")):
            summary = bgp(two, "azure", f"show bgp vrf v1g{instance} {family} unicast summary json")["peers"][peer]
            assert summary["state"] == "Established"
            counted += summary["pfxRcd"]
            assert row["messagesReceived"] >= summary["msgRcvd"] // 2 > 0
        assert (row["asn"], row["state"], row["routesReceived"]) == (12076, "Connected", counted)


@pytest.mark.rule("ER806", "ER410")
@pytest.mark.parametrize("instance", [0, 1])
def test_learned_routes_are_the_daemons_table(two: Labs, instance: int) -> None:
    expected = set()
    for family in ("ipv4", "ipv6"):
        table = bgp(two, "azure", f"show bgp vrf v1g{instance} {family} unicast json")["routes"]
        for prefix, paths in table.items():
            for path in paths:
                own = path["path"] == ""
                hop = None if own else path["nexthops"][0]["ip"]
                weight = 32768 if own else 32769 + (WEIGHT if str(hop)[-1] in "67" else 0)
                expected.add((prefix, hop, path["path"].replace(" ", "-"), weight))
    rows = read(two, "learned-routes", "--vnet", "hub", "--instance", str(instance))
    assert {(r["network"], r["nextHop"], r["asPath"], r["weight"]) for r in rows} == expected
    assert len(rows) == len(expected)
    assert {r["localAddress"] for r in rows} == {f"10.100.0.{12 + instance}"}
    ours = [r for r in rows if r["network"] == "10.10.0.0/16"]
    assert [(r["origin"], r["sourcePeer"]) for r in ours] == [("EBgp", f"10.100.0.{n}") for n in (4, 5, 6, 7)]
    assert all(r["asPath"] == "12076-65010" for r in ours)


@pytest.mark.rule("ER807", "ER409")
def test_advertised_routes_are_what_the_msee_received(two: Labs) -> None:
    rows = read(two, "advertised-routes", "--vnet", "hub", "--peer", "10.100.0.4")
    received: dict[str, Any] = {}
    for family, gateway in (("ipv4", "10.100.0.12"), ("ipv6", "fd00:100::c")):
        routes = bgp(two, "msee1", f"show bgp vrf er1p {family} unicast neighbors {gateway} routes json")["routes"]
        received |= {prefix: paths[0] for prefix, paths in routes.items()}
    assert {r["network"]: r["asPath"] for r in rows} == {p: path["path"] for p, path in received.items()}
    assert {r["nextHop"] for r in rows} == {"10.100.0.12", "fd00:100::c"}


@pytest.mark.rule("ER807")
def test_the_msees_link_address_is_no_peer_of_the_gateway(two: Labs) -> None:
    assert read(two, "advertised-routes", "--vnet", "hub", "--peer", "192.168.100.130") == []
    assert read(two, "advertised-routes", "--vnet", "hub", "--peer", "10.100.0.36") == [], "the lab's own host"


def test_which_gateway(two: Labs) -> None:
    unclear = two("show", "learned-routes")
    assert unclear.code == 2
    assert "2 virtual networks; which one?" in unclear.err
    assert "--vnet NAME, one of: hub apps" in unclear.err
    assert two("show", "bgp-peer-status", "--vnet", "nowhere").code == 2
    assert two("show", "advertised-routes", "--vnet", "hub", "--peer", "10.100.0.4/32").code == 2
    apps = read(two, "learned-routes", "--vnet", "apps")
    assert {r["network"] for r in apps if r["origin"] == "Network"} == {"10.200.0.0/16"}
    assert [r["neighbor"] for r in read(two, "bgp-peer-status", "--vnet", "apps")] == ["10.200.0.4", "10.200.0.5"]


@pytest.mark.rule("ER805")
def test_an_msee_whose_core_session_is_shut_is_not_connected(two: Labs) -> None:
    def first() -> dict[str, Any]:
        return read(two, "bgp-peer-status", "--vnet", "hub")[0]

    def lost() -> dict[str, Any] | None:
        return row if (row := first())["state"] != "Connected" else None

    shut = "neighbor fd00:100::c shutdown"
    vtysh(two, "msee1", "configure terminal", "router bgp 12076 vrf er1p", shut)
    try:
        row = until(lost, DOWN_SECONDS, "not connected")
        assert (row["neighbor"], row["connectedDuration"]) == ("10.100.0.4", None)
        known = {r["nextHop"] for r in read(two, "learned-routes", "--vnet", "hub") if r["network"] == "fd00:10::/48"}
        assert known == {"fd00:100::5"}, "what came over that session is gone"
    finally:
        vtysh(two, "msee1", "configure terminal", "router bgp 12076 vrf er1p", f"no {shut}")
    until(lambda: first()["state"] == "Connected", DOWN_SECONDS, "connected again")

"""ExpressRoute is no transit router: what one circuit's customer sends, another's does not get."""

from __future__ import annotations

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp

pytestmark = pytest.mark.both_engines

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


@pytest.mark.rule("ER214", "ER217")
def test_no_transit_between_circuits(labs: Labs) -> None:
    document = circuits.two()
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment=ENVIRONMENT)
    sent = bgp(labs, "msee1", "show bgp vrf er2p ipv4 unicast neighbors 192.168.101.129 advertised-routes json")
    assert set(sent["advertisedRoutes"]) == {"10.200.0.0/16"}
    first = bgp(labs, "msee1", "show bgp vrf er1p ipv4 unicast neighbors 192.168.100.129 advertised-routes json")
    assert set(first["advertisedRoutes"]) == {"10.100.0.0/16"}
    other = bgp(labs, "azure", "show bgp vrf v2g0 ipv4 unicast json")
    assert "10.100.0.0/16" not in other["routes"], "one VNet's prefix in the gateway of another circuit's VNet"


@pytest.mark.rule("ER214", "ER220")
def test_a_shared_vnet_does_not_join_its_circuits(labs: Labs) -> None:
    document = circuits.two()
    document["circuits"][1]["connections"] = ["hub", "apps"]
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment=ENVIRONMENT)
    gateway = bgp(labs, "azure", "show bgp vrf v1g0 ipv4 unicast json")
    paths = {(p["peerId"], p["path"]) for p in gateway["routes"]["10.10.0.0/16"]}
    assert len(paths) == 4, "both circuits, both paths"
    sent = bgp(labs, "msee1", "show bgp vrf er2p ipv4 unicast neighbors 192.168.101.129 advertised-routes json")
    assert set(sent["advertisedRoutes"]) == {"10.100.0.0/16", "10.200.0.0/16"}

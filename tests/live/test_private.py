"""Private peering to the letter: what a CE sends and what becomes of it, attribute by attribute."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.live import circuits
from tests.live.bgp_world import held
from tests.live.harness import Labs
from tests.live.looking import bgp, established, until, vtysh

CE_PRIMARY, MSEE_PRIMARY = "192.168.100.129", "192.168.100.130"
CE_SECONDARY, MSEE_SECONDARY = "192.168.100.133", "192.168.100.134"
BOTH = {"10.100.0.4", "10.100.0.5"}  # the MSEEs, as a gateway sees them
VNET = "10.100.0.0/16"
TAGGED, LOOPED, LONGER, METRIC = "10.11.0.0/16", "10.12.0.0/16", "10.13.0.0/16", "10.14.0.0/16"
TAKEN = ["0.0.0.0/0", "10.10.0.0/16", TAGGED, LONGER, METRIC]
# What the CE's route-maps do, by path and prefix. `no-export` would end at the MSEE if it meant anything there.
COMMUNITIES = ("set community 65010:1 12076:50002 no-export", "set large-community 65010:1:1")
ON_BOTH = {TAGGED: COMMUNITIES, LOOPED: ("set as-path prepend 12076",)}
STEERING = {
    "PRIMARY": ON_BOTH | {LONGER: ("set as-path prepend 65010 65010",), METRIC: ("set metric 10",)},
    "SECONDARY": ON_BOTH | {METRIC: ("set metric 500",)},
}
DRAINED = "set as-path prepend 12076 12076 12076 12076 12076 12076 12076 12076"
UNDRAINED = "no set as-path prepend"


def steering_ce() -> str:
    """The CE's own file: all of TAKEN and LOOPED, with attributes; GR asked for; hold time 10 s on the primary."""
    lines = circuits.own_ce().splitlines()
    at = lines.index("  network 10.10.0.0/16")
    lines[at : at + 1] = [f"  network {prefix}" for prefix in (*TAKEN, LOOPED)]
    lines = lines[: lines.index("ip prefix-list ONPREM seq 5 permit 10.10.0.0/16")]
    lines.insert(lines.index("router bgp 65010") + 1, " bgp graceful-restart")
    at = lines.index(f" neighbor {MSEE_PRIMARY} bfd")
    lines.insert(at, f" neighbor {MSEE_PRIMARY} timers 3 10")
    for path, msee in (("PRIMARY", MSEE_PRIMARY), ("SECONDARY", MSEE_SECONDARY)):
        lines = [line.replace(f"{msee} route-map ONPREM", f"{msee} route-map {path}") for line in lines]
        for number, (prefix, actions) in enumerate(STEERING[path].items(), 1):
            lines.append(f"ip prefix-list {path}{number} seq 5 permit {prefix}")
            lines += [f"route-map {path} permit {number}", f" match ip address prefix-list {path}{number}"]
            lines += [*(f" {action}" for action in actions), "exit"]
        lines += [f"route-map {path} permit 100", "exit"]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    circuit, config = circuits.with_own_ce(steering_ce())
    document = yaml.safe_load(circuit)
    document["customerEdges"][0]["advertise"] = TAKEN
    module_labs.write("circuit.yml", circuits.text(document))
    module_labs.write("ce1.conf", config)
    module_labs.ok("up", environment={"LIVE_KEY": circuits.KEY})
    yield module_labs
    module_labs.ok("down")


def at_gateway(labs: Labs) -> dict[str, Any]:
    """The gateway's table, prefix by prefix."""
    routes: dict[str, Any] = bgp(labs, "azure", "show bgp vrf v1g0 ipv4 unicast json")["routes"]
    return routes


def used(paths: list[dict[str, Any]]) -> set[str]:
    """Next hops that traffic is spread over."""
    return {path["peerId"] for path in paths if path.get("bestpath") or path.get("multipath")}


@pytest.mark.rule("ER212")
def test_communities_change_nothing_and_go_no_further(lab: Labs) -> None:
    assert used(at_gateway(lab)[TAGGED]) == BOTH, "no-export would have ended it at the MSEE"
    for node, vrf in (("msee1", "er1p"), ("azure", "v1g0")):
        assert "ommunit" not in vtysh(lab, node, f"show bgp vrf {vrf} ipv4 unicast {TAGGED}")


@pytest.mark.rule("ER213", "ER220", "ER226")
def test_the_ce_sees_12076_alone_without_communities_on_both_paths(lab: Labs) -> None:
    paths = bgp(lab, "ce1", f"show bgp ipv4 unicast {VNET} json")["paths"]
    seen = {p["peer"]["peerId"]: p["aspath"]["string"] for p in paths}
    assert seen == {MSEE_PRIMARY: "12076", MSEE_SECONDARY: "12076"}
    assert "ommunit" not in vtysh(lab, "ce1", f"show bgp ipv4 unicast {VNET}")
    (route,) = json.loads(lab.ok("exec", "ce1", "ip", "-j", "route", "show", VNET).out)
    assert {hop["gateway"] for hop in route["nexthops"]} == {MSEE_PRIMARY, MSEE_SECONDARY}


@pytest.mark.rule("ER227")
def test_the_shorter_as_path_wins(lab: Labs) -> None:
    paths = at_gateway(lab)[LONGER]
    seen = {p["peerId"]: p["path"] for p in paths}
    assert seen == {"10.100.0.4": "12076 65010 65010 65010", "10.100.0.5": "12076 65010"}
    assert used(paths) == {"10.100.0.5"}
    assert used(at_gateway(lab)["10.10.0.0/16"]) == BOTH


@pytest.mark.rule("ER228")
def test_med_is_not_compared_across_the_links(lab: Labs) -> None:
    (path,) = bgp(lab, "msee1", f"show bgp vrf er1p ipv4 unicast {METRIC} json")["paths"]
    assert path["metric"] == 10, "the CE sends it"
    assert used(at_gateway(lab)[METRIC]) == BOTH


@pytest.mark.rule("ER218")
def test_a_path_with_12076_in_it_is_kept_and_not_used(lab: Labs) -> None:
    def received() -> dict[str, Any]:
        shown = bgp(lab, "msee1", f"show bgp vrf er1p ipv4 unicast neighbors {CE_PRIMARY} received-routes json")
        routes: dict[str, Any] = shown["receivedRoutes"]
        return routes

    assert until(lambda: received().get(LOOPED), 5, "the CE sends it")["path"] == "65010 12076"
    held(lambda: LOOPED in at_gateway(lab), 1, "at the gateway")
    assert LOOPED not in bgp(lab, "msee1", "show bgp vrf er1p ipv4 unicast json")["routes"]
    shown = json.loads(lab.ok("show", "prefixes", "--path", "primary", "-o", "json").out)
    assert "ER218" in json.dumps(shown)


@pytest.mark.rule("ER222")
def test_a_default_route_draws_the_vnet_on_premises(lab: Labs) -> None:
    shown = lab.ok("exec", "azure", "ip", "netns", "exec", "v1", "ip", "-j", "route", "show", "default")
    (route,) = json.loads(shown.out)
    assert {hop["gateway"] for hop in route["nexthops"]} == BOTH


@pytest.mark.rule("ER221")
def test_link_subnets_are_known_only_from_the_ce(lab: Labs) -> None:
    link = "192.168.100.128/30"
    assert not {link, "192.168.100.132/30"} & set(at_gateway(lab))
    in_family = ("conf t", "router bgp 65010", "address-family ipv4 unicast")
    vtysh(lab, "ce1", *in_family, f"network {link}")
    paths = until(lambda: at_gateway(lab).get(link), 5, "the CE's word for it")
    assert {p["path"] for p in paths} == {"12076 65010"}
    vtysh(lab, "ce1", *in_family, f"no network {link}")
    until(lambda: link not in at_gateway(lab), 5, "gone with it")


@pytest.mark.rule("ER216")
def test_the_lower_hold_time_wins_and_the_other_session_has_180(lab: Labs) -> None:
    timers = {}
    for node, ce in (("msee1", CE_PRIMARY), ("msee2", CE_SECONDARY)):
        neighbor = bgp(lab, node, f"show bgp vrf er1p neighbors {ce} json")[ce]
        timers[node] = (neighbor["bgpTimerKeepAliveIntervalMsecs"], neighbor["bgpTimerHoldTimeMsecs"])
    assert timers == {"msee1": (3000, 10000), "msee2": (60000, 180000)}


@pytest.mark.rule("ER231")
def test_what_the_msee_opens_with(lab: Labs) -> None:
    """As the CE heard it: it asked for graceful restart and did not get it."""
    heard = bgp(lab, "ce1", f"show bgp neighbors {MSEE_PRIMARY} json")[MSEE_PRIMARY]
    capabilities = heard["neighborCapabilities"]
    assert capabilities["routeRefresh"].startswith("advertisedAndReceived")
    assert "eceived" not in str(capabilities.get("gracefulRestart", capabilities.get("gracefulRestartCapability")))
    assert not [word for word in capabilities["addPath"]["ipv4Unicast"] if word.startswith("tx")]
    assert "minimumTtl" not in str(heard), "no TTL security"


@pytest.mark.rule("ER230")
def test_a_drained_msee_keeps_its_sessions_and_loses_its_traffic(lab: Labs) -> None:
    to_ce, to_gateway = "route-map msee-ce-out permit 10", "route-map msee-gw-out permit 10"
    now = ("end", "clear bgp vrf er1p * soft out")
    vtysh(lab, "msee1", "conf t", to_ce, DRAINED, to_gateway, DRAINED, *now)

    def way() -> tuple[set[str], set[str]]:
        to_vnet = {
            p["peer"]["peerId"]
            for p in bgp(lab, "ce1", f"show bgp ipv4 unicast {VNET} json")["paths"]
            if p.get("multipath") or p.get("bestpath", {}).get("overall")
        }
        return to_vnet, used(at_gateway(lab)["10.10.0.0/16"])

    until(lambda: way() == ({MSEE_SECONDARY}, {"10.100.0.5"}), 5, "all traffic on the secondary, both ways")
    (drained,) = [
        p for p in bgp(lab, "ce1", f"show bgp ipv4 unicast {VNET} json")["paths"] if p["peer"]["peerId"] == MSEE_PRIMARY
    ]
    assert drained["aspath"]["string"] == " ".join(["12076"] * 9)
    assert established(lab) == 2
    vtysh(lab, "msee1", "conf t", to_ce, UNDRAINED, to_gateway, UNDRAINED, *now)
    until(lambda: way() == ({MSEE_PRIMARY, MSEE_SECONDARY}, BOTH), 5, "both paths again")


@pytest.mark.rule("ER231")
def test_prefixes_of_a_ce_that_dies_do_not_linger(labs: Labs) -> None:
    circuit, config = circuits.with_own_ce(circuits.own_ce().replace("65010\n", "65010\n bgp graceful-restart\n", 1))
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", config)
    labs.ok("up", environment={"LIVE_KEY": circuits.KEY})
    assert "10.10.0.0/16" in at_gateway(labs)
    labs.ok("exec", "ce1", "sh", "-c", "kill -9 $(cat /run/frr/bgpd.pid)")
    until(lambda: "10.10.0.0/16" not in at_gateway(labs), 3, "gone; a stale path stays two minutes")

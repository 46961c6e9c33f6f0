"""The MSEEs' reads say what their daemons and their kernel know; and how fast, on a circuit that is full."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, sessions, until

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
LIMIT = 4000
RUNS = 5
CE = {"primary": "192.168.100.129", "secondary": "192.168.100.133"}
MSEES = {"primary": "msee1", "secondary": "msee2"}


def read(labs: Labs, *arguments: str) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = json.loads(labs.ok("show", *arguments, "-o", "json").out)["value"]
    return value


def daemons_paths(labs: Labs, msee: str) -> list[tuple[str, str, tuple[int, ...], bool]]:
    """(prefix, next hop, AS path, best) of every path of the peering's table."""
    found = []
    for family in ("ipv4", "ipv6"):
        routes = bgp(labs, msee, f"show bgp vrf er1p {family} unicast json")["routes"]
        for prefix, paths in routes.items():
            for path in paths:
                hop = next(hop["ip"] for hop in path["nexthops"] if hop.get("used", True))
                found.append((prefix, hop, tuple(map(int, path["path"].split())), "bestpath" in path))
    return found


@pytest.fixture(scope="module")
def dual(module_labs: Labs) -> Labs:
    module_labs.write("circuit.yml", circuits.text(circuits.one()))
    module_labs.ok("up", environment=ENVIRONMENT)
    module_labs.ok("check", environment=ENVIRONMENT)
    return module_labs


@pytest.mark.both_engines
@pytest.mark.rule("ER802")
@pytest.mark.parametrize("path", MSEES)
def test_a_route_table_of_either_hardware_is_the_daemons(dual: Labs, path: str) -> None:
    known = daemons_paths(dual, MSEES[path])
    several = [prefix for prefix, *_ in known]
    junos, ios = (read(dual, "route-table", "--path", path, "--flavour", f) for f in ("junos", "ios"))
    expected = {(p, f"{hop}{'*' if best and several.count(p) > 1 else ''}", path) for p, hop, path, best in known}
    assert {(r["network"], r["nextHop"], tuple(map(int, r["path"].split()[:-1]))) for r in junos} == expected
    assert {r["path"][-2:] for r in junos} == {" I"}
    assert {(r["network"].lower(), r["nextHop"].lower(), tuple(map(int, r["path"].split()))) for r in ios} == expected
    assert "FD00:100::/48" in {r["network"] for r in ios}
    assert {r["locPrf"] for r in junos} == {"100"}
    assert {r["locPrf"] for r in ios} == {""}


@pytest.mark.both_engines
@pytest.mark.rule("ER803")
def test_a_summary_of_either_hardware_counts_what_the_daemon_counts(dual: Labs) -> None:
    counted: dict[str, tuple[int, str]] = {}
    for family in ("ipv4", "ipv6"):
        peers = bgp(dual, "msee1", f"show bgp vrf er1p {family} unicast summary json")["peers"]
        counted |= {address: (peer["remoteAs"], str(peer["pfxRcd"])) for address, peer in peers.items()}
    for flavour in ("junos", "ios"):
        rows = read(dual, "route-table-summary", "--path", "primary", "--flavour", flavour)
        assert {r["neighbor"].lower(): (r["as"], r["statePfxRcd"]) for r in rows} == counted
        assert {r["upDown"].count(":") for r in rows} == {1 if flavour == "junos" else 2}


@pytest.mark.both_engines
@pytest.mark.rule("ER801")
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_an_arp_table_has_the_macs_of_both_ends(dual: Labs, family: str) -> None:
    table = ("arp-table", "--path", "primary", "--family", family)
    both = read(dual, *table)
    assert [row["interface"] for row in both] == ["On-Prem", "Microsoft"]
    links = json.loads(dual.ok("exec", "ce1", "ip", "-j", "link", "show", "eth1.100").out)
    digits = links[0]["address"].replace(":", "")
    assert both[0]["macAddress"] == f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"
    assert [row["ipAddress"] for row in read(dual, *table, "--on-prem-only")] == [both[0]["ipAddress"]]


@pytest.mark.both_engines
@pytest.mark.rule("ER804")
def test_counters_grow_with_what_crosses_the_link(dual: Labs) -> None:
    def counters() -> dict[str, int]:
        counted: dict[str, int] = json.loads(dual.ok("show", "stats", "-o", "json").out)
        return counted

    before = counters()
    assert list(before) == ["primarybytesIn", "primarybytesOut", "secondarybytesIn", "secondarybytesOut"]
    # More than BGP and BFD say on a path in a minute.
    echoes = ("ping", "-q", "-c", "100", "-i", "0.002", "-s", "1200", "-I", "eth1.100", "192.168.100.130")
    dual.ok("exec", "ce1", *echoes)
    after = counters()
    assert after["primarybytesIn"] - before["primarybytesIn"] >= 100 * 1200
    assert after["primarybytesOut"] - before["primarybytesOut"] >= 100 * 1200
    assert after["secondarybytesIn"] - before["secondarybytesIn"] < 100 * 1200


@pytest.mark.rule("ER218")
def test_what_the_ce_sends_back_to_azure_is_shown_counted_and_not_used(labs: Labs) -> None:
    circuit, config = circuits.with_own_ce(circuits.own_ce())
    unfiltered = "\n".join(line for line in config.splitlines() if not line.endswith("route-map ONPREM out"))
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", unfiltered + "\n")
    labs.ok("up", environment=ENVIRONMENT)

    def sent_back(path: str) -> list[dict[str, Any]]:
        return [r for r in read(labs, "route-table", "--path", path) if r["path"] == "65010 12076 I"]

    path = until(lambda: next((p for p in MSEES if sent_back(p)), None), 10, "a CE that reflects its best route")
    (row,) = sent_back(path)
    assert (row["network"], row["nextHop"], row["locPrf"]) == ("10.100.0.0/16", CE[path], "100"), "no star: not best"
    rows = {r["neighbor"]: r for r in read(labs, "route-table-summary", "--path", path)}
    assert rows[CE[path]]["statePfxRcd"] == "2"
    assert sessions(labs)["er-live", path, "ipv4"]["prefixesFromCe"] == 1
    used = [hop for prefix, hop, *_ in daemons_paths(labs, MSEES[path]) if prefix == "10.100.0.0/16"]
    assert sorted(used) == ["10.100.0.12", "10.100.0.13"]
    gateway = bgp(labs, "azure", "show bgp vrf v1g0 ipv4 unicast json")["routes"]["10.100.0.0/16"]
    assert [p["path"] for p in gateway] == [""], "its own, and no echo of it"
    labs.ok("check", environment=ENVIRONMENT)


@pytest.mark.parametrize("kind", ["exabgp", "frr"])
def test_reads_of_a_full_circuit_are_quick(labs: Labs, kind: str) -> None:
    document = circuits.one()
    document["customerEdges"] = [
        {"name": "ce1", "kind": kind, "advertise": [{"first": "10.64.0.0/24", "count": LIMIT}, "fd00:10::/48"]}
    ]
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment=ENVIRONMENT)

    def seconds(*arguments: str) -> float:
        # The least of them: what else this machine has to do meanwhile is no part of the bar.
        return min(labs.ok(*arguments, environment=ENVIRONMENT).seconds for _ in range(RUNS))

    assert len(read(labs, "route-table", "--path", "primary", "--family", "ipv4")) == LIMIT + 2
    assert len(read(labs, "learned-routes")) == 2 * LIMIT + 4
    taken = {
        "status": (seconds("status"), 0.3),
        "route-table": (seconds("show", "route-table", "--path", "primary"), 1.0),
        "route-table as JSON": (seconds("show", "route-table", "--path", "primary", "-o", "json"), 1.0),
        "learned-routes": (seconds("show", "learned-routes"), 1.0),
        "check": (seconds("check"), 2.0),
    }
    assert not {name: pair for name, pair in taken.items() if pair[0] > pair[1]}, taken


def test_every_read_has_an_answer_in_every_step_of_the_workflow(labs: Labs) -> None:
    reads = [
        ("arp-table", "--path", "primary"),
        ("route-table", "--path", "primary"),
        ("route-table-summary", "--path", "secondary"),
        ("stats",),
        ("prefixes",),
        ("lab",),
        ("bgp-peer-status",),
        ("learned-routes",),
        ("advertised-routes", "--peer", "10.100.0.4"),
    ]

    def look() -> dict[str, int]:
        seen = {}
        for arguments in reads:
            done = labs("show", *arguments)
            assert done.code in (0, 1, 2), str(done)
            assert done.code == 0 or (done.out == "" and len(done.err.splitlines()) == 2), str(done)
            seen[arguments[0]] = done.code
        return seen

    of_msee, of_gateway = [r[0] for r in reads[:5]], [r[0] for r in reads[6:]]
    links = ("--primary-peer-subnet", "192.168.100.128/30", "--secondary-peer-subnet", "192.168.100.132/30")
    vlan_and_as = ("--vlan-id", "100", "--peer-asn", "65010")
    steps: list[tuple[tuple[str, ...], int, int]] = [  # what is typed, exit codes of the MSEE's and the gateway's reads
        (("up", "--physical", "dual-path", "--lab", "er-step"), 2, 2),
        (("circuit", "create", "--name", "er-step", "--provider", "Lab Exchange", "--peering-location", "Amsterdam",
          "--bandwidth", "1000"), 1, 2),
        (("provider", "provision", "er-step"), 1, 2),
        (("peering", "create", "--peering-type", "AzurePrivatePeering", *vlan_and_as, *links), 0, 2),
        (("connection", "create", "--name", "c", "--vnet", "hub", "--address-prefix", "10.100.0.0/16"), 0, 0),
        (("peering", "update", "--name", "AzurePrivatePeering", "--state", "Disabled"), 0, 0),
        (("connection", "delete", "c"), 0, 0),
        (("provider", "deprovision", "er-step"), 1, 0),
    ]
    for typed, msee, gateway in steps:
        labs.ok(*typed)
        seen = look()
        assert seen == {**dict.fromkeys(of_msee, msee), **dict.fromkeys(of_gateway, gateway), "lab": 0}, typed

"""Designs that prefer one path: each path works and is green, whatever the CE's own routes prefer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import until, ways

OWN = Path(__file__).resolve().parents[2] / "topologies" / "own-config"
FIRST, SECOND = "192.168.100.130", "192.168.100.134"
FIRST6, SECOND6 = "fd00:64::2", "fd00:64::6"


def own(labs: Labs, *changes: tuple[str, str]) -> None:
    """The shipped lab as files of the user's, with `changes` in its CE's file."""
    for file in OWN.iterdir():
        if file.suffix == ".conf":
            text = file.read_text()
            for old, new in changes:
                text = text.replace(old, new)
            labs.write(file.name, text)
        elif file.name == "circuit.yml":
            shutil.copy(file, labs.folder / file.name)


def policy(name: str, line: str) -> tuple[str, str]:
    return "router bgp 65010\n", f"route-map {name} permit 10\n {line}\nexit\nrouter bgp 65010\n"


def applied(name: str, way: str, address: str, address6: str) -> tuple[tuple[str, str], ...]:
    """The route-map in place of what a neighbor of either family has."""
    old = {"in": "prefix-list ANY in", "out": "route-map TO-AZURE out"}[way]
    old6 = {"in": "route-map FROM-AZURE6 in", "out": "route-map TO-AZURE6 out"}[way]
    return (
        (f"neighbor {address} {old}", f"neighbor {address} route-map {name} {way}"),
        (f"neighbor {address6} {old6}", f"neighbor {address6} route-map {name}6 {way}"),
    )


def both(name: str, line: str, way: str, address: str, address6: str) -> list[tuple[str, str]]:
    global_ = "set ipv6 next-hop prefer-global\n " if way == "in" else "match ipv6 address prefix-list ONPREM6\n "
    only = "match ip address prefix-list ONPREM\n " if way == "out" else ""
    return [policy(name, only + line), policy(f"{name}6", global_ + line), *applied(name, way, address, address6)]


DESIGNS = {
    "local-preference": both("PREF", "set local-preference 200", "in", FIRST, FIRST6),
    "local-preference-of-the-secondary": both("PREF", "set local-preference 200", "in", SECOND, SECOND6),
    "weight": both("HEAVY", "set weight 900", "in", FIRST, FIRST6),
    "prepend": both("LONG", "set as-path prepend 65010 65010 65010", "out", SECOND, SECOND6),
    "prepend-and-local-preference": [
        *both("LONG", "set as-path prepend 65010 65010 65010", "out", SECOND, SECOND6),
        *both("PREF", "set local-preference 200", "in", FIRST, FIRST6),
    ],
}


def passes(labs: Labs) -> dict[str, str]:
    """The verdict of every check of the running lab by its id."""
    done = labs("check", "-o", "json")
    report = json.loads(done.out)
    assert (report["failed"], done.code) == (0, 0), str(done)
    return {check["id"]: check["result"] for check in report["checks"]}


@pytest.mark.parametrize("design", DESIGNS)
def test_a_path_that_the_ce_does_not_prefer_is_reached(labs: Labs, design: str) -> None:
    """Cases, section 3, first row: `up` and `check` were red, "no answer over secondary"."""
    own(labs, *DESIGNS[design])
    up = labs.ok("up")
    assert "FAILED" not in up.out + up.err, str(up)
    assert passes(labs)["er-own/hub/ipv4/reach"] == "pass"
    if "local-preference" in design:
        via = SECOND if design.endswith("secondary") else FIRST
        assert ways(labs, "10.100.0.0/16", "ce1") == {via}, "it does prefer one"


def of_a_pair(number: int, address: str, msee: str, preference: int) -> str:
    """One of two CEs that tell each other by iBGP what Azure announces; the higher preference wins on both."""
    own, other = f"10.255.0.{number}", f"10.255.0.{3 - number}"
    return f"""interface lo
 ip address 10.10.0.{number}/32
interface eth1.100
 ip address {address}/30
interface eth2
 ip address {own}/30
ip route 10.10.0.0/16 Null0
ip route 10.10.0.{3 - number}/32 {other}
route-map FROM-AZURE permit 10
 set local-preference {preference}
router bgp 65010
 no bgp ebgp-requires-policy
 neighbor {msee} remote-as 12076
 neighbor {other} remote-as 65010
 address-family ipv4 unicast
  network 10.10.0.0/16
  neighbor {msee} route-map FROM-AZURE in
  neighbor {other} next-hop-self
 exit-address-family
"""


def pair(labs: Labs) -> None:
    """A lab of two CEs with files of their own, up."""
    document = circuits.one(ipv6PeeringConfig=None, sharedKey=None)
    edges = [{"name": f"ce{n}", "config": f"ce{n}.conf", "advertise": ["10.10.0.0/16"]} for n in (1, 2)]
    spaces = {"addressPrefixes": ["10.100.0.0/16"]}
    hub = {"name": "hub", "addressSpace": spaces}
    document |= {"topology": "dual-ce", "customerEdges": edges, "virtualNetworks": [hub]}
    labs.write("circuit.yml", circuits.text(document))
    labs.write("ce1.conf", of_a_pair(1, "192.168.100.129", FIRST, 200))
    labs.write("ce2.conf", of_a_pair(2, "192.168.100.133", SECOND, 100))
    labs.ok("up")


def test_a_standby_ce_that_follows_ibgp_is_green(labs: Labs) -> None:
    """The standby's own best way is over the active CE, told by iBGP: its path to its MSEE carries packets yet."""
    pair(labs)
    # The session between the two CEs is their own: `up` waits for those with an MSEE.
    until(lambda: ways(labs, "10.100.0.0/16", "ce2") == {"10.255.0.1"}, 30, "ce2 follows ce1")
    assert passes(labs)["er-live/hub/ipv4/reach"] == "pass"


def test_apply_says_whose_file_has_changed(labs: Labs) -> None:
    """Cases, section 5: only ce1.conf had changed, plan named ce1, and apply `ce1 ce2`."""
    pair(labs)
    labs.write("ce1.conf", of_a_pair(1, "192.168.100.129", FIRST, 200) + "ip route 10.99.0.0/16 Null0\n")
    (change,) = json.loads(labs("plan", "-o", "json").out)["changes"]
    assert (change["resets"], change["ends"], change["begins"]) == ([], [], [])
    applied = labs.ok("apply")
    (line,) = [line for line in applied.err.splitlines() if " changes: " in line]
    assert line.split("changes: ")[1].split(" (")[0] == "ce1", str(applied)
    assert ways(labs, "10.99.0.0/16", "ce1") == set()


def test_a_path_is_no_excuse_for_a_ce_that_routes_elsewhere(labs: Labs) -> None:
    """Each path carries what is forced onto it, and the CE's own packets go to Null0: red, and the line is named."""
    own(labs, ("ip route 10.10.0.0/16 Null0\n", "ip route 10.10.0.0/16 Null0\nip route 10.100.0.0/20 Null0\n"))
    up = labs("up", "--timeout", "2")
    assert up.code == 1, str(up)
    report = json.loads(labs("check", "-o", "json", "--timeout", "1").out)
    bad = {check["id"]: check for check in report["checks"] if check["result"] == "fail"}
    assert list(bad) == ["er-own/hub/ipv4/reach"]
    red = bad["er-own/hub/ipv4/reach"]
    assert "routes of ce1" in red["got"]
    assert "ip route 10.100.0.0/20 Null0 (ce1.conf:" in red["why"]
    on, _, line = red["next"].partition(": ")
    assert on == "on ce1"
    labs.ok("exec", "ce1", "vtysh", "-c", "configure terminal", "-c", line)
    assert passes(labs)["er-own/hub/ipv4/reach"] == "pass"


ONE_WAY_EACH = [
    *both("PREF", "set local-preference 200", "in", FIRST, FIRST6),
    *both("LONG", "set as-path prepend 65010 65010", "out", FIRST, FIRST6),
]


def test_there_by_one_path_and_back_by_the_other_is_seen(labs: Labs) -> None:
    """Issue 12, point 2: a warning row by default, red where `symmetric` is asked for, and `trace` shows the way."""
    own(labs, *ONE_WAY_EACH)
    labs.ok("up")
    done = labs("check", "-o", "json")
    (row,) = [check for check in json.loads(done.out)["checks"] if check["kind"] == "symmetry"]
    assert (done.code, row["result"]) == (0, "warn"), str(done)
    assert "there over primary, back over secondary" in row["why"]
    asked = "checks:\n  - {id: s, reach: {symmetric: %s}}\n"
    for wanted, code in (("true", 1), ("false", 0)):
        labs.write("own.yml", asked % wanted)
        done = labs("check", "--checks", "own.yml", "--only", "s")
        assert (done.code, "there over primary, back over secondary" in done.out) == (code, code == 1), str(done)
    shown = labs.ok("trace", "ce1", "hub").out
    assert "asymmetric: there over primary, back over secondary" in shown, shown
    way = json.loads(labs.ok("trace", "ce1", "10.100.0.36", "-o", "json").out)
    assert (way["answered"], way["symmetric"]) == (True, False)
    assert [[s["path"] for s in way[end]["sessions"]] for end in ("there", "back")] == [["primary"], ["secondary"]]
    first, *_, last = way["there"]["hops"]
    assert (first["node"], first["protocol"], first["next"][0]["address"]) == ("ce1", "bgp", FIRST)
    assert sorted(path["localPreference"] or 100 for path in first["paths"]) == [100, 200]
    assert (last["node"], last["kind"]) == ("azure", "local")


def test_trace_says_where_a_way_ends(labs: Labs) -> None:
    own(labs, ("ip route 10.10.0.0/16 Null0\n", "ip route 10.10.0.0/16 Null0\nip route 10.100.0.0/20 Null0\n"))
    labs("up", "--timeout", "1")
    lost = labs("trace", "ce1", "10.100.0.36")
    assert (lost.code, "static 10.100.0.0/20 dropped here" in lost.out) == (1, True), str(lost)
    nowhere = labs("trace", "ce1", "nosuch")
    assert (nowhere.code, "no address and no VNet" in nowhere.err) == (2, True)

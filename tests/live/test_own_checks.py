"""Own checks on a real lab: each kind is green, and red once what it asks for is broken; a baseline sees changes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from lab.control.wait import pass_time
from tests.live import circuits
from tests.live.harness import Done, Labs
from tests.live.looking import established, until, vtysh

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
OTHER = "203.0.113.0/24"
SPEAKER = ("configure terminal", "router bgp 65010")
AGAIN = "do clear bgp ipv4 unicast * soft out"
FAMILY = "address-family ipv4 unicast"
GREEN = {
    "signed": "sessions: {holdTime: 180, md5: true, bfd: up}",
    "from-ce": 'prefixes: {from: ce, exactly: [10.10.0.0/16, "fd00:10::/48"], asPath: [65010], communities: []}',
    "to-ce": 'prefixes: {to: ce, contains: [10.100.0.0/16], asPath: "^12076$", asPathLength: 1, path: primary}',
    "at-ce": "prefixes: {from: msee, contains: [10.100.0.0/16], best: true, count: 1..4}",
    "sent": "prefixes: {to: msee, path: primary, family: ipv4, count: 1, nextHop: 192.168.100.129}",
    "gateway": "prefixes: {to: gateway, vnet: hub, contains: [10.10.0.0/16], asPath: [12076, 65010]}",
    "vnet": 'prefixes: {from: gateway, exactly: [10.100.0.0/16, "fd00:100::/48"], asPath: [65515]}',
    "hub": "reach: {to: hub, loss: 1%, mtu: 1500}",
    "address": "reach: {from: 10.10.0.1, to: 10.100.0.36, path: secondary}",
    "clear": "converge: {event: clear, path: secondary, within: 10s}",
    "withdraw": "converge: {event: withdraw, within: 5s}",
    "announce": "converge: {event: announce, prefix: 10.10.0.0/16, within: 5s}",
    "failover": "failover: {path: primary, within: 3s, loss: 3s, back: 25s}",
}
RED = {
    "sessions: {holdTime: 9}": ("hold time 9 s", "180 s"),
    "sessions: {md5: false, path: primary, family: ipv4}": ("no MD5", "MD5"),
    "prefixes: {from: ce, family: ipv4, exactly: []}": ("exactly none", "10.10.0.0/16"),
    "prefixes: {from: ce, contains: [10.11.0.0/16]}": ("10.11.0.0/16", "10.10.0.0/16"),
    "prefixes: {to: gateway, absent: [10.10.0.0/16]}": ("10.10.0.0/16 absent", "10.10.0.0/16"),
    "prefixes: {from: gateway, asPath: [65000]}": ("10.100.0.0/16 with AS path 65000", "65515"),
    "prefixes: {to: gateway, peering: MicrosoftPeering, count: 1}": ("a session with a gateway to look at", "none"),
    "reach: {to: 10.100.0.99}": ("10.100.0.99 answers over primary", "no answer"),
    "reach: {to: hub, mtu: 1501, path: primary, family: ipv4}": ("packets of 1501 bytes get through", "no answer"),
    "reach: {from: 10.99.0.1}": ("a way into Azure to look at", "none"),
    "converge: {event: clear, path: primary, family: ipv4, within: 50ms}": ("everybody knows within 50 ms", "after"),
    "failover: {path: secondary, fault: link-down, within: 1ms}": ("carried again within 1 ms", ""),
}


@pytest.fixture(scope="module")
def dual(module_labs: Labs) -> Labs:
    module_labs.write("circuit.yml", circuits.text(circuits.one()))
    module_labs.ok("up", environment=ENVIRONMENT)
    module_labs.ok("check")
    return module_labs


def write(labs: Labs, checks: Mapping[str, str], name: str = "own.yml") -> None:
    labs.write(name, "checks:\n" + "".join(f"  - {{id: {id_}, {body}}}\n" for id_, body in checks.items()))


def judged(labs: Labs, *arguments: str) -> tuple[Done, dict[str, dict[str, Any]]]:
    """The run, and its own checks by id."""
    done = labs("check", "--checks", "own.yml", "-o", "json", *arguments)
    found = json.loads(done.out)
    assert "checks" in found, str(done)
    return done, {result["id"]: result for result in found["checks"] if "/" not in result["id"]}


@contextmanager
def typed(labs: Labs, node: str, lines: tuple[str, ...], undo: tuple[str, ...]) -> Iterator[None]:
    vtysh(labs, node, *lines)
    try:
        yield
    finally:
        vtysh(labs, node, *undo)


def test_every_kind_is_green(dual: Labs) -> None:
    write(dual, GREEN)
    done, found = judged(dual, "--timeout", "20")
    wrong = {id_: (result["expected"], result["got"], result["why"]) for id_, result in found.items()
             if result["result"] != "pass"}
    assert not wrong
    assert done.code == 0
    assert set(GREEN) <= set(found)
    assert "back after" in found["failover"]["got"]
    assert json.loads(dual("status", "-o", "json").out)["faults"] == []


def test_every_kind_is_red_where_it_is_not_so(dual: Labs) -> None:
    write(dual, {f"red-{number}": body for number, body in enumerate(RED)})
    done, found = judged(dual, "--timeout", "1", "--only", "red-*")
    assert done.code == 1
    for result, (body, (expected, got)) in zip(found.values(), RED.items(), strict=True):
        assert result["result"] == "fail", body
        assert result["expected"] == expected, body
        assert result["got"].startswith(got), body
        assert result["source"].startswith("own.yml:")
    until(lambda: established(dual) == 4, 20, "sessions back")


def test_what_is_really_broken_is_told_with_its_reason(dual: Labs) -> None:
    write(dual, {"all": "sessions: {}", "default": "prefixes: {from: ce, absent: [0.0.0.0/0]}"})
    closed = (*SPEAKER[:1], "router bgp 12076 vrf er1p")
    with typed(dual, "msee2", (*closed, "neighbor 192.168.100.133 shutdown"),
               (*closed, "no neighbor 192.168.100.133 shutdown")):
        done, found = judged(dual, "--timeout", "1")
    assert done.code == 1
    assert (found["all"]["path"], found["all"]["family"], found["all"]["result"]) == ("secondary", "ipv4", "fail")
    assert found["all"]["why"]
    assert found["default"]["result"] == "fail", "an empty table of a session that is down proves nothing"
    until(lambda: established(dual) == 4, 20, "session back")


def test_what_comes_late_and_must_not_be_there_is_seen(dual: Labs) -> None:
    # A thousand echo requests keep the check busy after its first look, and the window with it.
    write(dual, {"late": f"prefixes: {{from: ce, absent: [{OTHER}]}}",
                 "long": "reach: {loss: 0.1%, path: primary, family: ipv4}"})
    assert judged(dual)[0].code == 0
    permit = f"ip prefix-list ONPREM-ipv4 seq 99 permit {OTHER}"
    with typed(dual, "ce1", ("configure terminal", permit), ("configure terminal", f"no {permit}")):
        running = dual.start("check", "--checks", "own.yml", "--only", "late", "--only", "long", "-o", "json")
        pass_time(2.5)
        with typed(dual, "ce1", (*SPEAKER, FAMILY, f"network {OTHER}"), (*SPEAKER, FAMILY, f"no network {OTHER}")):
            out, err = running.communicate(timeout=30)
    late = json.loads(out)["checks"][0]
    assert (late["result"], late["got"]) == ("fail", OTHER), out + err


def test_only_list_and_severity(dual: Labs) -> None:
    slow = "severity: warning, message: see the wiki, sessions: {holdTime: 9}"
    write(dual, {"slow": slow, "hub": "reach: {to: hub}"})
    listed = json.loads(dual.ok("check", "--checks", "own.yml", "--list", "-o", "json").out)["checks"]
    assert [(c["id"], c["kind"], c["source"]) for c in listed if c["own"]] == [
        ("slow", "sessions", "own.yml:2"), ("hub", "reach", "own.yml:3")
    ]
    assert len(listed) == 16
    arguments = ("check", "--checks", "own.yml", "--only", "slow", "--timeout", "0")
    plain, strict = dual(*arguments), dual(*arguments, "--strict")
    assert (plain.code, strict.code) == (0, 3)
    assert "see the wiki" in plain.out
    only = dual.ok("check", "--checks", "own.yml", "--only", "reach")
    assert "3 checks: 2 follow from the circuit, 1 of your own" in only.out
    refused = dual("check", "--checks", "own.yml", "--only", "slwo")
    assert (refused.code, "did you mean slow" in refused.err) == (2, True)


def test_the_files_suffice_to_list_and_to_refuse(labs: Labs) -> None:
    text = circuits.text(circuits.one())
    labs.write("circuit.yml", f"{text}checks:\n  - {{id: mine, sessions: {{}}}}\n")
    listed = labs("check", "--list")
    assert (listed.code, "mine" in listed.out) == (0, True)
    labs.write("circuit.yml", f"{text}checks:\n  - {{id: f, failover: {{path: primary, fault: no, within: 1s}}}}\n")
    refused = labs("validate", environment=ENVIRONMENT)
    assert (refused.code, "ER924 failover: no fault named no" in refused.err) == (2, True)
    write(labs, {"x": "reach: {to: hbu}", "y": "failover: {path: primary, within: 1}"})
    refused = labs("check", "--checks", "own.yml", environment=ENVIRONMENT)
    assert (refused.code, "own.yml:3: ER913 within" in refused.err) == (2, True)
    assert json.loads(labs("list", "-o", "json").out)["labs"] == []


def test_the_circuit_files_checks_are_read_as_they_are_now(dual: Labs) -> None:
    text = circuits.text(circuits.one())
    for hold, code in (("180", 0), ("9", 1)):
        dual.write("circuit.yml", f"{text}checks:\n  - {{id: mine, sessions: {{holdTime: {hold}}}}}\n")
        done = dual("check", "--only", "mine", "--timeout", "0")
        assert (done.code, "has changed" in done.err) == (code, False), str(done)
    assert "nothing to apply" in dual.ok("status").out
    plan = dual("plan", environment=ENVIRONMENT)
    assert "nothing to apply" in plan.out
    dual.write("circuit.yml", f"{text}checks:\n  - {{id: mine, sessions: {{node: ce9}}}}\n")
    refused = dual("check")
    assert (refused.code, "ER924 node: found ce9" in refused.err) == (2, True)
    dual.write("circuit.yml", text)


def test_a_fault_is_lifted_when_the_check_is_interrupted(dual: Labs) -> None:
    write(dual, {"long": "failover: {path: primary, fault: silent-drop, within: 1m, side: ce}"})
    running = dual.start("check", "--checks", "own.yml", "--only", "long")
    until(lambda: bool(faults(dual)), 15, "fault made")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert faults(dual) == []
    until(lambda: established(dual) == 4, 30, "sessions back")


def faults(labs: Labs) -> list[Any]:
    found: list[Any] = json.loads(labs("status", "-o", "json").out)["faults"]
    return found


CHANGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "prefix": ((*SPEAKER, FAMILY, "no network 10.10.0.0/16"), (*SPEAKER, FAMILY, "network 10.10.0.0/16")),
    "policy": (
        ("configure terminal", "route-map own-out permit 10", "set as-path prepend 65010", AGAIN),
        ("configure terminal", "route-map own-out permit 10", "no set as-path prepend", AGAIN),
    ),
    "key": (
        (*SPEAKER, "no neighbor 192.168.100.130 password"),
        (*SPEAKER, f"neighbor 192.168.100.130 password {circuits.KEY}"),
    ),
}


def test_a_baseline_sees_every_change(dual: Labs) -> None:
    said = dual.ok("record", "-w", "own.yml")
    assert "own.yml" in said.err
    baseline = (dual.folder / "own.yml").read_text()
    assert dual.ok("record").out == baseline
    assert len(baseline.splitlines()) < 20
    assert circuits.KEY not in baseline
    assert judged(dual)[0].code == 0
    for name, (change, undo) in CHANGES.items():
        with typed(dual, "ce1", change, undo):
            # bgpd applies a policy, and tells its neighbors, some moments after it was typed.
            until(lambda: judged(dual, "--timeout", "2")[0].code == 1, 20, f"{name} seen")
            assert any(result["result"] == "fail" for result in judged(dual, "--timeout", "2")[1].values()), name
        until(lambda: judged(dual, "--timeout", "10")[0].code == 0, 40, f"as before, after {name}")


@pytest.mark.both_engines
def test_own_checks_on_either_engine(labs: Labs) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.ok("up", environment=ENVIRONMENT)
    write(labs, GREEN)
    done, found = judged(labs, "--timeout", "20")
    wrong = {id_: (r["expected"], r["got"], r["why"]) for id_, r in found.items() if r["result"] == "fail"}
    assert (done.code, wrong) == (0, {})
    labs.ok("record", "-w", "own.yml")
    assert judged(labs)[0].code == 0


def test_what_two_ces_announce_is_withdrawn_by_both(labs: Labs) -> None:
    """12/8: the `withdrawn` of docs/checks.md never passed on its own lab: ce2 told ce1, which told msee1."""
    labs.ok("init", "dual-ce")
    labs.ok("up")
    write(labs, {
        "withdrawn": "converge: {event: withdraw, prefix: 10.10.0.0/16, within: 5s}",
        "announced": "converge: {event: announce, within: 5s}",
    })
    done, found = judged(labs, "--only", "withdrawn", "--only", "announced")
    assert {check["result"] for check in found.values()} == {"pass"}, str(done)


def test_an_exabgp_ce_withdraws_too(labs: Labs) -> None:
    document = circuits.one()
    document["customerEdges"][0]["kind"] = "exabgp"
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment=ENVIRONMENT)
    write(labs, {"withdraw": "converge: {event: withdraw, within: 5s}", "at-ce": "prefixes: {from: msee, count: 1}"})
    done, found = judged(labs, "--timeout", "1")
    assert found["withdraw"]["result"] == "pass", str(done)
    assert found["at-ce"]["got"] == "not to be seen"

"""Faults really made: the lab shows each, and after it is lifted everything is as before."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.circuit.models import FAMILIES, PATHS
from lab.fault.registry import kinds
from tests.live.harness import ROOT, Labs
from tests.live.looking import until, vtysh

DRIVER = Path(__file__).with_name("fault_driver.py")
# A fault of the path shows when BFD is through.
SECONDS, BACK_SECONDS = 15.0, 30.0
OLD_SECONDS = 1.5
DOWN, NOTHING_FROM_CE, NOTHING_TO_CE = "down", "nothing from the CE", "nothing to the CE"
# Where a session stays up: what the MSEE sees instead.
SHOWS = {
    ("deny-all", "ce"): NOTHING_FROM_CE, ("deny-all", "msee"): NOTHING_TO_CE, ("one-path", "ce"): NOTHING_FROM_CE,
    ("no-connection", "msee"): NOTHING_TO_CE, ("mtu", "ce"): NOTHING_FROM_CE, ("ttl", "ce"): NOTHING_FROM_CE,
}
# These need another lab, or are looked at by a test of their own.
ELSEWHERE = ("stag-lost", "validation-needed", "no-route-filter", "next-hop-unreachable", "bfd-down", "loss")
# Each kind at one end, in turns: both ends, families and engines are what `make bench-diagnose` goes through.
KINDS = [kind for kind in kinds().values() if kind.name not in ELSEWHERE]
CASES = [(kind.name, kind.sides[number % len(kind.sides)]) for number, kind in enumerate(KINDS)]
IN_CONTAINERS = [("wrong-vlan", "ce"), ("md5-different", "msee"), ("silent-drop", "ce"), ("prefix-limit", "ce")]
AS_A_USER = [("link-down", "ce"), ("wrong-vlan", "ce"), ("tcp-refused", "msee"), ("silent-drop", "ce")]
BOTH_ENGINES = [
    pytest.param("netns", CASES, id="netns"),
    pytest.param("containerlab", IN_CONTAINERS, id="containerlab", marks=pytest.mark.containerlab),
]


class Driver:
    """The process of `fault_driver.py`."""

    def __init__(self, labs: Labs, lab: str) -> None:
        script = labs.write(DRIVER.name, DRIVER.read_text())
        environment = dict(labs.environment) if labs.user else {**labs.environment, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [labs.command[0], str(script), lab], cwd=labs.folder, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, user=labs.user, group=labs.user, extra_groups=labs.groups,
        )
        self.heard()  # it is in the lab, and holds what it holds from here on

    def __call__(self, do: str, kind: str = "", **fault: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, "fault": {"kind": kind, **fault}}) + "\n")
        self.process.stdin.flush()
        return self.heard()

    def heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the process that makes faults has ended: {self.process.poll()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Labs:
    module_labs.ok("up", "dual-path")
    module_labs.ok("check")
    return module_labs


@pytest.fixture(scope="module")
def driver(lab: Labs) -> Iterator[Driver]:
    made = Driver(lab, "er-lab")
    yield made
    made.close()


def primary(seen: dict[str, Any]) -> list[list[Any]]:
    return [seen["sessions"][f"primary {family}"] for family in ("ipv4", "ipv6")]


def shows(seen: dict[str, Any], what: str) -> bool:
    return all(
        state != "Established" if what == DOWN else (from_ce if what == NOTHING_FROM_CE else to_ce) == 0
        for state, from_ce, to_ce, *_ in primary(seen)
    )


def showing(driver: Driver, what: str) -> bool:
    return shows(driver("look"), what)


def settled(driver: Driver) -> dict[str, Any] | None:
    """What is there, once FRR 10 would see a path that is cut: it compares the second in which BFD fell with that in
    which the session came up, and lets a session be that has both in one (bgp_bfd.c, bfd_session_status_update)."""
    seen = driver("look")
    ages = [session[5] for session in seen["sessions"].values() if session[0] == "Established"]
    return seen if min(ages) >= OLD_SECONDS else None


def back(driver: Driver, before: dict[str, Any], label: str = "") -> None:
    """Everything is as before but for how often a session was lost."""

    def as_before() -> bool:
        seen = driver("look")
        now, then = (
            {name: session[:4] for name, session in each["sessions"].items()} for each in (seen, before)
        )
        return now == then and seen["routers"] == before["routers"] and not seen["faults"]

    until(as_before, BACK_SECONDS, f"{label} as before")


def faults(labs: Labs) -> list[str]:
    return [fault["kind"] for fault in json.loads(labs.ok("status", "-o", "json").out)["faults"]]


@pytest.mark.parametrize(("engine", "cases"), BOTH_ENGINES, indirect=["engine"])
def test_each_fault_shows_and_is_lifted_exactly(lab: Labs, driver: Driver, cases: list[tuple[str, str]]) -> None:
    """One after another in one test: what comes with every test costs more than a fault."""
    made_and_lifted(driver, cases)


def test_an_ordinary_user_makes_the_same_faults(user_labs: Labs) -> None:
    """In a user namespace, without eBPF and with no program of the host's."""
    user_labs.ok("up", "dual-path")
    user_labs.ok("check")
    driver = Driver(user_labs, "er-lab")
    made_and_lifted(driver, AS_A_USER)
    driver.close()
    user_labs.ok("check")


def made_and_lifted(driver: Driver, cases: list[tuple[str, str]]) -> None:
    for kind, side in cases:
        before = until(partial(settled, driver), SECONDS, "sessions older than a second")
        assert "error" not in driver("inject", kind, side=side)
        assert driver("look")["faults"] == [kind]
        what = SHOWS.get((kind, side), DOWN)
        until(partial(showing, driver, what), SECONDS, f"{kind} {side}: {what}")
        driver("lift", kind, side=side)
        back(driver, before, f"{kind} {side}")
        if kinds()[kind].paths != "whole":
            lost = [seen["sessions"][f"secondary {f}"][4] for f in FAMILIES for seen in (before, driver("look"))]
            assert lost[0::2] == lost[1::2], f"{kind} {side} reset the other path"


def test_plan_and_check_see_nothing_of_lifted_faults(lab: Labs) -> None:
    assert "nothing to apply" in lab.ok("plan").out
    lab.ok("check")


def test_a_next_hop_that_does_not_exist(lab: Labs, driver: Driver) -> None:
    before = driver("look")
    driver("inject", "next-hop-unreachable", family="ipv4")
    vrf = next(line.split()[1] for line in vtysh(lab, "msee1", "show vrf").splitlines() if line.startswith("vrf "))

    def hops() -> list[dict[str, Any]]:
        found = json.loads(vtysh(lab, "msee1", f"show bgp vrf {vrf} ipv4 unicast 10.10.0.0/16 json"))
        return [hop for path in found["paths"] for hop in path["nexthops"] if hop.get("ip") == "192.0.2.99"]

    seen = until(hops, SECONDS, "a path by 192.0.2.99")
    assert not any(hop.get("accessible") for hop in seen)
    driver("lift", "next-hop-unreachable", family="ipv4")
    back(driver, before)


def test_bfd_alone_is_lost(lab: Labs, driver: Driver) -> None:
    before = driver("look")
    driver("inject", "bfd-down", family="ipv4")
    until(lambda: primary(driver("look"))[0][3] != "up", SECONDS, "BFD down")
    assert primary(driver("look"))[1][3] == "up"
    until(lambda: primary(driver("look"))[0][0] == "Established", SECONDS, "BGP without BFD")
    driver("lift", "bfd-down", family="ipv4")
    back(driver, before)


def test_one_family_alone(lab: Labs, driver: Driver) -> None:
    before = driver("look")
    driver("inject", "md5-different", family="ipv6", side="msee")
    until(lambda: primary(driver("look"))[1][0] != "Established", SECONDS, "IPv6 down")
    assert primary(driver("look"))[0][0] == "Established"
    assert "1 fault active: md5-different primary ipv6" in lab("status").out
    driver("lift", "md5-different", family="ipv6", side="msee")
    back(driver, before)


def test_two_faults_do_not_share_what_they_change(lab: Labs, driver: Driver) -> None:
    before = driver("look")
    driver("inject", "deny-all")
    assert driver("inject", "next-hop-unreachable")["error"] == "deny-all primary is active there already"
    assert "error" not in driver("inject", "deny-all", path="secondary")
    driver("lift", "deny-all")
    assert driver("look")["faults"] == ["deny-all"]
    driver("lift", "deny-all", path="secondary")
    driver("lift", "deny-all", path="secondary")
    back(driver, before)


def test_what_cannot_be_made_here_changes_nothing(lab: Labs, driver: Driver) -> None:
    before = driver("look")
    assert driver("inject", "stag-lost")["error"] == "ce1 has no S-tag to lose"
    assert driver("inject", "no-route-filter")["error"].startswith("no-route-filter is a fault of MicrosoftPeering")
    assert driver("look") == before


def test_the_next_check_lifts_what_a_killed_command_has_left(lab: Labs) -> None:
    kinds_held = ("silent-drop", "md5-missing")
    driver = Driver(lab, "er-lab")
    assert not any("error" in driver("hold", kind, path=path) for kind, path in zip(kinds_held, PATHS, strict=True))
    assert "lifted" not in lab("check", "--timeout", "0").err  # their owner lives
    assert faults(lab) == list(kinds_held)
    driver.process.kill()
    driver.close()
    done = lab.ok("check")
    for kind, path in zip(kinds_held, PATHS, strict=True):
        assert f"{kind} {path} lifted: the command that had made it has ended" in done.err
    assert faults(lab) == []


def test_a_command_that_ends_lifts_its_own(lab: Labs) -> None:
    driver = Driver(lab, "er-lab")
    driver("hold", "tcp-filtered")
    assert faults(lab) == ["tcp-filtered"]
    driver.close()
    assert faults(lab) == []
    lab.ok("check")

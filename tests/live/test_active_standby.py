"""Two circuits, one preferred: by AS path and by longer match towards the site, by local preference from it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.live.harness import Labs
from tests.live.looking import away, established, until, vtysh, ways

ACTIVE, STANDBY = {"10.100.0.4", "10.100.0.5"}, {"10.100.0.6", "10.100.0.7"}
PREPENDED, SPLIT, HALVES = "10.10.0.0/16", "10.20.0.0/16", ("10.20.0.0/17", "10.20.128.0/17")
CE1, CE2 = {"10.255.0.1"}, {"10.255.0.5"}


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.ok("up", "active-standby")
    yield module_labs
    module_labs.ok("down", "er-active-standby")


@pytest.mark.rule("ER227")
def test_the_standby_prepends_and_is_passed_over(lab: Labs) -> None:
    assert ways(lab, PREPENDED, "azure", "v1") == ACTIVE


@pytest.mark.rule("ER227")
def test_a_more_specific_comes_before_paths_that_are_equal(lab: Labs) -> None:
    assert ways(lab, SPLIT, "azure", "v1") == ACTIVE | STANDBY, "the whole is the same on both"
    for half in HALVES:
        assert ways(lab, half, "azure", "v1") == ACTIVE
    taken = lab.ok("exec", "azure", "ip", "netns", "exec", "v1", "ip", "-j", "route", "get", "10.20.0.1").out
    assert json.loads(taken)[0]["gateway"] in ACTIVE


def test_local_preference_decides_on_premises_and_azure_never_sees_it(lab: Labs) -> None:
    assert ways(lab, "10.100.0.0/16", "core") == CE1
    paths = json.loads(vtysh(lab, "msee1", "show bgp vrf er1p ipv4 unicast 10.10.0.0/16 json"))["paths"]
    assert {path.get("locPrf", 100) for path in paths} == {100}


@pytest.mark.rule("ER227")
def test_the_standby_takes_over_both_ways_and_gives_back(lab: Labs) -> None:
    away(lab, "ce1", 65010)
    until(lambda: ways(lab, PREPENDED, "azure", "v1") == STANDBY, 5, "Azure to on-premises")
    assert ways(lab, SPLIT, "azure", "v1") == STANDBY
    assert not any(ways(lab, half, "azure", "v1") for half in HALVES)
    until(lambda: ways(lab, "10.100.0.0/16", "core") == CE2, 5, "on-premises to Azure")
    for source in ("10.10.0.3", "10.20.0.3"):
        lab.ok("exec", "core", "ping", "-c", "1", "-W", "2", "-I", source, "10.100.0.36")
    away(lab, "ce1", 65010, back=True)
    until(lambda: established(lab) == 4, 10, "the sessions of the active circuit")
    until(lambda: ways(lab, PREPENDED, "azure", "v1") == ACTIVE, 5, "Azure to on-premises, as before")
    until(lambda: ways(lab, "10.100.0.0/16", "core") == CE1, 5, "on-premises to Azure, as before")

"""The labs that ship: each comes up green, as root and as an ordinary user, and leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import topologies
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import sessions

GREEN = [name for name in topologies.names() if name != "workflow"]  # which has no circuit, see test_workflow.py


@pytest.mark.parametrize("name", GREEN)
def test_a_shipped_lab_comes_up_green(any_labs: Labs, name: str) -> None:
    up = any_labs.ok("up", name)
    assert "up in" in up.out + up.err
    check = any_labs.ok("check")
    assert "0 failed" in check.out or "failed" not in check.out
    assert {s["state"] for s in sessions(any_labs).values()} == {"Established"}
    any_labs.ok("down")
    assert json.loads(any_labs("list", "-o", "json").out)["labs"] == []


def test_up_again_changes_nothing(labs: Labs) -> None:
    labs.ok("up")
    first = sessions(labs)
    again = labs.ok("up")
    second = sessions(labs)
    assert again.seconds < 10
    assert all(second[k]["uptimeSeconds"] >= first[k]["uptimeSeconds"] for k in first)


def test_labs_side_by_side(any_labs: Labs) -> None:
    for name in ("dual-path", "two-circuits"):
        any_labs.ok("up", name)
    listed = json.loads(any_labs.ok("list", "-o", "json").out)["labs"]
    assert len(listed) == 2
    assert all(lab["established"] == lab["sessions"] for lab in listed)
    refused = any_labs("status")
    assert refused.code == 2
    assert "--lab" in refused.err
    any_labs.ok("down", listed[0]["lab"])
    assert any_labs("status").code == 0


@pytest.mark.rule("ER501")
def test_an_exabgp_ce_announces_a_range(labs: Labs) -> None:
    document = circuits.one()
    document["customerEdges"] = [
        {"name": "ce1", "kind": "exabgp", "advertise": [{"first": "10.64.0.0/24", "count": 500}, "fd00:10::/48"]}
    ]
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment={"LIVE_KEY": circuits.KEY})
    labs.ok("check", environment={"LIVE_KEY": circuits.KEY})
    assert sessions(labs)[("er-live", "primary", "ipv4")]["prefixesFromCe"] == 500


@pytest.mark.rule("ER211")
def test_over_the_prefix_limit_the_session_is_torn_down(labs: Labs) -> None:
    document = circuits.one(ipv6PeeringConfig=None)
    document["customerEdges"] = [
        {"name": "ce1", "kind": "exabgp", "advertise": [{"first": "10.64.0.0/24", "count": 4001}]}
    ]
    labs.write("circuit.yml", circuits.text(document))
    done = labs("up", environment={"LIVE_KEY": circuits.KEY}, timeout=120)
    assert done.code == 1
    states = {s["state"] for s in sessions(labs).values()}
    assert "Established" not in states


def test_the_lab_outlives_its_command_and_holds_nothing_of_it(labs: Labs, tmp_path: Path) -> None:
    done = labs.ok("up")
    assert done.seconds < 30, "a daemon that kept the pipe would have held the command"
    assert labs("status").code == 0


def test_vtysh_is_quiet_for_an_ordinary_user(user_labs: Labs) -> None:
    user_labs.ok("up")
    for node in ("ce1", "msee1"):
        shown = user_labs.ok("exec", node, "vtysh", "-c", "show version")
        assert "FRRouting" in shown.out
        assert shown.err == "", "Debian 13's vtysh asks PAM, which cannot read what only the machine's root may"

"""What is late and comes just after the deadline: exit code, headline and verdict say the same."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from bgp.frr.vty import Vty
from lab.control.wait import pass_time
from tests.live import circuits
from tests.live.harness import Labs

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
MSEES = ("192.168.100.130", "192.168.100.134")
NETWORK = "  network 10.10.0.0/16\n"
LONGER_THAN_A_LOOK = 0.7
AT_ONCE, AS_LONG_AS_IT_TAKES = 6.0, 10.0
HELD = "".join(f" neighbor {msee} shutdown\n" for msee in MSEES)


@pytest.fixture
def held(labs: Labs) -> Labs:
    """A lab to be: the CE's own file keeps its sessions shut down."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce(bfd=False).replace(" address-family", HELD + " address-family"))
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.environment = {**labs.environment, **ENVIRONMENT}
    return labs


def let_go(labs: Labs, *lines: str) -> None:
    """Gives bgpd of the CE these lines, without a command of ours: the moment is short."""
    (record,) = labs.state.glob("*/lab.json")
    world = json.loads(record.read_text())["world"]
    with Vty(f"/proc/{world['pid']}/root/proc/{world['nodes']['ce1']}/root/run/frr/bgpd.vty") as vty:
        vty.configure(["router bgp 65010", *lines])


def until_deadline(process: subprocess.Popen[str]) -> str:
    """Reads what the verb says up to the step that has failed."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "FAILED" in line:
            return said
    pytest.fail(f"no step failed:\n{said}")


def test_late_and_then_there(held: Labs) -> None:
    process = held.start("up", "--wait")
    said = until_deadline(process)
    assert "sessions: FAILED: 0 of 2 Established" in said
    let_go(held, *(f"no neighbor {msee} shutdown" for msee in MSEES))
    verdict, rest = process.communicate(timeout=60)
    assert process.returncode == 0, verdict + rest
    assert "✗" not in verdict
    assert "✓ sessions   2 of 2" in verdict
    assert rest.rstrip().endswith("; what was late has come")


def test_prefixes_that_are_later_than_the_last_look_at_sessions(held: Labs) -> None:
    """As they are where sessions come in that look: it is not over as soon as every session is up."""
    held.write("ce1.conf", circuits.own_ce(bfd=False).replace(NETWORK, ""))
    process = held.start("up")
    said = until_deadline(process)
    assert "prefixes: FAILED: as expected on 0 of 2 sessions" in said
    pass_time(LONGER_THAN_A_LOOK)
    let_go(held, "address-family ipv4 unicast", NETWORK)
    verdict, rest = process.communicate(timeout=60)
    assert process.returncode == 0, verdict + rest
    assert rest.rstrip().endswith("; what was late has come")


def test_late_and_not_there(held: Labs) -> None:
    up = held("up", "-o", "json")
    seen = json.loads(up.out)
    assert (up.code, seen["ok"]) == (1, False)
    assert len([line for line in seen["missing"] if "expected Established" in line]) == 2, seen["missing"]
    changed = circuits.own_ce(bfd=False).replace("10.10.0.0", "10.11.0.0")
    held.write("ce1.conf", changed)
    apply = held("apply")
    assert apply.code == 1, "the circuit's file expects 10.10.0.0/16"
    assert "✗ from-ce" in apply.out
    assert apply.err.rstrip().endswith(", and not as it should be")


def test_what_time_does_not_mend_is_not_waited_for(held: Labs) -> None:
    """12/5: a wrong key, an AS number, a tag took 12 to 21 s; each verb now says it and ends, and `--wait` waits."""
    held.write("ce1.conf", circuits.own_ce(bfd=False, key="another"))
    up = held("up")
    assert up.code == 1
    assert "MD5-DIFFERENT" in up.out
    assert up.err.rstrip().endswith(", and not as it should be: waiting longer would mend nothing")
    again = json.loads(held("up", "-o", "json").out)
    assert not again["ok"]
    assert _seconds(again) < AT_ONCE, again["steps"]
    check = json.loads(held("check", "-o", "json").out)
    assert check["failed"]
    assert check["seconds"] < AT_ONCE
    assert "MD5-DIFFERENT" in str(check["checks"])
    waited = json.loads(held("up", "--wait", "-o", "json").out)
    assert _seconds(waited) > AS_LONG_AS_IT_TAKES


def test_what_may_pass_is_waited_for(held: Labs) -> None:
    """12/5: a daemon that knows no such neighbor may be starting."""
    lines = circuits.own_ce(bfd=False).splitlines()
    held.write("ce1.conf", "\n".join(line for line in lines if " neighbor " not in line) + "\n")
    up = json.loads(held("up", "-o", "json").out)
    assert _seconds(up) > AS_LONG_AS_IT_TAKES


def _seconds(up: Any) -> float:
    (seconds,) = (step["seconds"] for step in up["steps"] if step["name"] == "sessions")
    return float(seconds)

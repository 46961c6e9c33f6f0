"""kill -9 at random moments: the next command works, and nothing is left.

Fifty moments in all here; `MSEELAB_KILLS=N` gives each verb N of them (`make soak`).
"""

from __future__ import annotations

import copy
import json
import os
import random
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.control.wait import pass_time, wait
from tests.live import circuits
from tests.live.conftest import nothing_left
from tests.live.harness import Labs

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
SEED = 7


def moments(share: int, longest: float) -> list[float]:
    count = int(os.environ.get("MSEELAB_KILLS", share))
    chosen = random.Random(SEED + share)
    return [round(chosen.uniform(0.0, longest), 3) for _ in range(count)]


def killed(labs: Labs, verb: str, after: float, environment: dict[str, str] = ENVIRONMENT) -> int:
    """Starts `verb` and kills it -9 `after` seconds later; its exit code, 0 when it was faster."""
    labs.environment = {**labs.environment, **environment}
    process = labs.start(verb)
    pass_time(after)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    return process.returncode


@pytest.mark.parametrize("after", moments(25, 0.9))
def test_up_killed_then_down_or_up(labs: Labs, after: float) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    with nothing_left():
        killed(labs, "up", after)
        if int(after * 1000) % 2:
            labs.ok("up", environment=ENVIRONMENT)
            labs.ok("check", environment=ENVIRONMENT)
        labs.ok("down", "--all")


def test_apply_killed_then_another_apply(labs: Labs) -> None:
    """One lab, changed again and again; each killed apply is followed by one that has to reach its own end."""
    labs.write("circuit.yml", circuits.text(circuits.two()))
    labs.ok("up", environment=ENVIRONMENT)
    for number, after in enumerate(moments(15, 0.8)):
        document = circuits.two()
        document["circuits"][0]["peerings"][0]["vlanId"] = 100 + number % 3
        document["customerEdges"][0]["advertise"] = [f"10.{20 + number}.0.0/16", "fd00:10::/48"]
        if number % 2:
            del document["circuits"][1]
            document["virtualNetworks"].pop()
        labs.write("circuit.yml", circuits.text(document))
        killed(labs, "apply", after, {"LIVE_KEY": f"killedKey{number % 4}"})
        final = circuits.two() if number % 3 else document
        labs.write("circuit.yml", circuits.text(final))
        labs.ok("apply", environment={"LIVE_KEY": f"finalKey{number % 5}"})
        labs.ok("check", environment={"LIVE_KEY": f"finalKey{number % 5}"})


def has_device(record: Path, name: str) -> bool:
    """Whether ce1 has the device, read from the host without a command: the moment to kill at is short."""
    world = json.loads(record.read_text())["world"]
    devices = Path(f"/proc/{world['pid']}/root/proc/{world['nodes']['ce1']}/net/dev").read_text()
    return f"{name}:" in devices


def with_another(name: str, vlan: int, third_octet: int) -> dict[str, Any]:
    """The two circuits and one more. zebra takes most of a second to see its VRF: time to kill what waits for it."""
    document = circuits.two()
    another = copy.deepcopy(circuits.SECOND)
    another |= {"name": name, "connections": ["apps"]}
    another["peerings"][0] |= {
        "vlanId": vlan,
        "primaryPeerAddressPrefix": f"192.168.{third_octet}.128/30",
        "secondaryPeerAddressPrefix": f"192.168.{third_octet}.132/30",
    }
    document["circuits"].append(another)
    return document


def is_pending(record: Path) -> bool:
    return bool(json.loads(record.read_text())["pending"])


def test_a_neighbor_that_a_killed_apply_never_made(labs: Labs) -> None:
    """Its policy changes again with the next apply, which has to make it, and cannot tell it anything before."""
    without = circuits.two()
    del without["circuits"][1]
    labs.write("circuit.yml", circuits.text(without))
    labs.environment = {**labs.environment, **ENVIRONMENT}
    labs.ok("up")
    (record,) = labs.state.glob("*/lab.json")
    both = circuits.two()
    labs.write("circuit.yml", circuits.text(both))
    process = labs.start("apply")
    assert wait(partial(is_pending, record), deadline=20, label="pending", every=0.002, longest=0.002).ok
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert is_pending(record), "killed too late to prove anything"
    both["customerEdges"][0]["advertise"] = ["10.11.0.0/16", "fd00:10::/48"]
    labs.write("circuit.yml", circuits.text(both))
    labs.ok("apply")
    labs.ok("check")


def test_two_applies_killed_one_after_the_other(labs: Labs) -> None:
    """What each of them had made is not forgotten: it is gone after an apply that knows none of it."""
    labs.write("circuit.yml", circuits.text(circuits.two()))
    labs.environment = {**labs.environment, **ENVIRONMENT}
    labs.ok("up")
    (record,) = labs.state.glob("*/lab.json")
    first, second = with_another("er-a", 400, 102), with_another("er-b", 401, 103)
    for document, device in ((first, "eth1.400"), (second, "eth1.401")):
        labs.write("circuit.yml", circuits.text(document))
        process = labs.start("apply")
        seen = wait(partial(has_device, record, device), deadline=20, label=device, every=0.002, longest=0.002)
        assert seen.ok, f"{device} was never made"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL
        assert json.loads(record.read_text())["pending"], "killed too late to prove anything"
    labs.write("circuit.yml", circuits.text(circuits.two()))
    labs.ok("apply")
    labs.ok("check")
    assert not has_device(record, "eth1.400")
    assert not has_device(record, "eth1.401")


@pytest.mark.parametrize("after", moments(10, 0.25))
def test_down_killed_then_down_or_up(labs: Labs, after: float) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    with nothing_left():
        labs.ok("up", environment=ENVIRONMENT)
        killed(labs, "down", after)
        if int(after * 1000) % 2:
            labs.ok("up", environment=ENVIRONMENT)
        labs.ok("down", "--all")


def test_supervisor_killed(labs: Labs) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.ok("up", environment=ENVIRONMENT)
    (record,) = labs.state.glob("*/lab.json")
    os.kill(int(json.loads(record.read_text())["world"]["pid"]), signal.SIGKILL)
    status = labs("status")
    assert status.code == 1, str(status)
    assert "no longer runs" in status.out + status.err
    labs.ok("up", environment=ENVIRONMENT)
    labs.ok("down")


def test_two_commands_at_once_do_not_mix(labs: Labs) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.environment = {**labs.environment, **ENVIRONMENT}
    both = [labs.start("up"), labs.start("up")]
    codes = []
    for process in both:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert 0 in codes
    labs.ok("check")


def test_interrupted_by_the_user(labs: Labs) -> None:
    """From its record on, an `up` has daemons to start and sessions to wait for: no interrupt comes too late."""
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.environment = {**labs.environment, **ENVIRONMENT}
    process: subprocess.Popen[str] = labs.start("up")
    begun = wait(lambda: list(labs.state.glob("*/lab.json")), deadline=20, label="record", every=0.002, longest=0.002)
    assert begun.ok
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    labs.ok("down", "--all")

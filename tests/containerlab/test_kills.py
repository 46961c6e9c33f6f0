"""kill -9 of `up` and `down` at random moments: the next command works and nothing is left, whatever docker and
containerlab were doing meanwhile. A few moments; `MSEELAB_KILLS=N` gives each verb N of them (`make soak`)."""

from __future__ import annotations

import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from lab.control.wait import wait
from tests.containerlab.containers import containers, docker
from tests.live import circuits
from tests.live.conftest import nothing_left
from tests.live.harness import Labs
from tests.live.test_kills import ENVIRONMENT, killed, moments


def write(labs: Labs, name: str) -> None:
    document = circuits.one()
    document["name"] = name
    labs.write("circuit.yml", circuits.text(document))
    labs.environment = {**labs.environment, **ENVIRONMENT}


@pytest.mark.parametrize("after", moments(5, 2.4))
def test_up_killed_then_down_or_up(labs: Labs, after: float) -> None:
    write(labs, "er-killed")
    with nothing_left():
        killed(labs, "up", after)
        if int(after * 1000) % 4 == 0:
            labs.ok("up")
            labs.ok("check")
        labs.ok("down", "--all")
        assert not containers("er-killed")


@pytest.mark.parametrize("after", moments(2, 1.4))
def test_down_killed_then_down_or_up(labs: Labs, after: float) -> None:
    write(labs, "er-undone")
    with nothing_left():
        labs.ok("up")
        killed(labs, "down", after)
        if int(after * 1000) % 2:
            labs.ok("up")
        labs.ok("down", "--all")
        assert not containers("er-undone")


def test_down_without_what_containerlab_knows(labs: Labs) -> None:
    """Its folder, and the topology that it was given, are gone."""
    write(labs, "er-forgotten")
    labs.ok("up")
    (folder,) = labs.state.glob("er-forgotten/clab-*")
    shutil.rmtree(folder)
    (labs.state / "er-forgotten" / "topology.clab.yml").unlink()
    labs.ok("down")
    assert not containers("er-forgotten")


def test_down_after_all_containers_went(labs: Labs) -> None:
    write(labs, "er-emptied")
    labs.ok("up")
    docker("rm", "--force", *containers("er-emptied"))
    labs.ok("down")


def test_an_interrupted_up_takes_everything_away(labs: Labs) -> None:
    """Interrupted once there is something to take away: from the first container on `up` has a second of work left."""
    write(labs, "er-interrupted")
    process = labs.start("up")
    made = partial(containers, "er-interrupted")
    seen = wait(made, deadline=60, label="a container", every=0.01, longest=0.01)
    assert seen.ok
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert process.returncode == 130, said
    assert not containers("er-interrupted")


def test_a_cable_of_a_killed_containerlab_goes_and_another_of_that_kind_stays(labs: Labs) -> None:
    """It makes a cable on the host under random names, then moves the ends. One end elsewhere is a cable in use."""
    write(labs, "er-stranded")
    labs.ok("up")
    run = partial(subprocess.run, check=True)
    run(["ip", "link", "add", "clab-0badcab1", "type", "veth", "peer", "name", "clab-0badcab2"])
    run(["ip", "link", "add", "clab-0badcab3", "type", "veth", "peer", "name", "in-use"])
    try:
        labs.ok("down")
        assert not Path("/sys/class/net/clab-0badcab1").exists()
        assert Path("/sys/class/net/clab-0badcab3").exists()
    finally:
        run(["ip", "link", "del", "clab-0badcab3"])

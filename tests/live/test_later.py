"""Nodes that come to a world that runs, and go; and one that died."""

from __future__ import annotations

import json

import pytest

from lab.control.wait import wait
from lab.engine.netns import later
from lab.engine.netns.world import NetnsWorld
from lab.engine.run import spawn_in
from tests.live import circuits
from tests.live.conftest import nothing_left
from tests.live.harness import Labs
from tests.live.worlds import in_node, inside, lab

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
NAMESPACES = ("mnt", "net", "uts", "ipc", "pid")


def later_node(world: NetnsWorld, name: str) -> NetnsWorld:
    """The world with one node more, made by a process that has ended when this returns."""
    pids = inside(world, lambda: later.start([name]))
    return NetnsWorld(world.pid, world.start, world.word, {**world.members, **pids})


def count_down_to(world: NetnsWorld, number: int) -> None:
    """Waits for so many processes: the keeper's start, and its reaping of what ended, take a moment."""
    counted = wait(world.processes, deadline=5, label="processes", until=lambda count: count == number)
    assert counted.ok, counted.last


def test_a_later_node_is_as_those_from_the_beginning() -> None:
    with nothing_left(), lab("grown", ("ce1",)) as first:
        world = later_node(first, "ce2")
        for word in ("hostname", "ls /etc/frr /run /run/netns /var/lib/frr", "cat /proc/sys/net/ipv4/ip_forward"):
            told = [in_node(world, name, *word.split()).replace(name, "CE") for name in ("ce1", "ce2")]
            assert told[0] == told[1], word
        look = "stat -L -c %i " + " ".join(f"/proc/1/ns/{kind}" for kind in NAMESPACES)
        mine, others = (in_node(world, name, *look.split()).split() for name in ("ce2", "ce1"))
        assert not set(mine) & set(others), "namespaces of its own"
        environment = in_node(world, "ce2", "cat", "/proc/1/environ")
        assert "LIVE_KEY" not in environment
        assert "PYTHONPATH" not in environment
        assert in_node(world, "ce2", "ls", "/proc/1/fd").split() == ["0", "1", "2"]


def test_a_node_that_goes_takes_its_processes_along_and_its_name_can_come_again() -> None:
    with nothing_left(), lab("shrunk", ("ce1",)) as first:
        world = later_node(first, "ce2")
        inside(world, lambda: spawn_in(world.nodes["ce2"], ["sleep", "infinity"], log_path="/run/kept.log"))
        count_down_to(world, 5)  # the keeper and its watcher, two nodes, what was started
        inside(world, lambda: bool(world.reduce(["ce1"])))
        count_down_to(world, 3)
        again = later_node(first, "ce2")
        assert "kept.log" not in in_node(again, "ce2", "ls", "/run"), "nothing of the earlier one"
        assert in_node(first, "ce1", "hostname").strip() == "ce1"


def test_what_a_killed_command_made_and_nobody_recorded_goes_too() -> None:
    with nothing_left(), lab("strays", ("ce1",)) as world:
        count_down_to(world, 3)  # the keeper and its watcher, a node
        later_node(world, "ce2")
        assert world.processes() == 4
        inside(world, lambda: bool(world.reduce(["ce1"])))
        count_down_to(world, 3)


@pytest.mark.parametrize("node", ["ce1", "msee2"])
def test_a_node_that_died_is_made_again_by_up(labs: Labs, node: str) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.environment = {**labs.environment, **ENVIRONMENT}
    labs.ok("up")
    (record,) = labs.state.glob("*/lab.json")
    world = NetnsWorld.from_record(json.loads(record.read_text())["world"])
    others = [pid for name, pid in world.members.items() if name != node]
    inside(world, lambda: later.end_all_but(others))
    status = labs("status", "-o", "json")
    assert json.loads(status.out)["lost"] == [node]
    done = labs.ok("up")
    assert f"healed: {node}" in done.err
    labs.ok("check")

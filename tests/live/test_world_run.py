"""Running things in a node: commands, daemons, FRR."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from bgp.frr.daemons import Daemon, daemon_environment, find_frr, vty_socket
from bgp.frr.vty import Vty
from lab.control.wait import wait
from lab.engine.base import Node
from lab.engine.netns.world import NetnsWorld
from lab.engine.run import Program, exec_in, marked, read_file, run_in, signal_in, spawn_all_in, spawn_in, write_file
from lab.errors import Impossible, NotAsItShould
from tests.live.worlds import in_node, inside, lab

ROUNDS = 100
SECRET = "Sup3rS3cretKey"


@pytest.fixture
def world(nothing_left_by_the_test: None) -> Iterator[NetnsWorld]:
    with lab() as made:
        yield made


def test_a_command_has_its_input_output_and_exit_code(world: NetnsWorld) -> None:
    def work() -> list[Any]:
        node = world.nodes["ce1"]
        done = run_in(node, ["sh", "-c", "cat; echo oops >&2; exit 3"], stdin="grüß", timeout=5)
        return [done.stdout, done.stderr, done.returncode, os.uname().nodename, os.readlink("/proc/1/ns/net")]

    out, err, code, host, _ = inside(world, work)
    assert (out, err, code, host) == ("grüß", "oops\n", 3, "er-lab")


@pytest.mark.parametrize(
    ("argv", "error"), [(["no-such-command"], Impossible), (["sleep", "60"], NotAsItShould)], ids=["missing", "late"]
)
def test_a_command_that_cannot_or_does_not_end(world: NetnsWorld, argv: list[str], error: type[Exception]) -> None:
    with pytest.raises(error, match=argv[0]):
        inside(world, lambda: run_in(world.nodes["ce1"], argv, timeout=0.3) and None)


def test_a_node_that_is_gone_is_said(world: NetnsWorld) -> None:
    with pytest.raises(NotAsItShould, match="ghost no longer runs"):
        inside(world, lambda: run_in(Node("ghost", 999_999), ["true"], timeout=5) and None)


def test_exec_gives_the_exit_code_or_the_signal(world: NetnsWorld) -> None:
    def code(script: str) -> int:
        return int(inside(world, lambda: exec_in(world.nodes["ce1"], ["sh", "-c", script])))

    assert [code("exit 0"), code("exit 7"), code("kill -9 $$")] == [0, 7, 137]
    with pytest.raises(Impossible):
        inside(world, lambda: exec_in(world.nodes["ce1"], ["no-such-command"]))


def test_a_daemon_belongs_to_its_node_and_holds_nothing_of_ours(world: NetnsWorld) -> None:
    os.environ["ER_PRIVATE_KEY"] = SECRET
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # as a shell or a CI runner gives one

    def start() -> int:
        return spawn_in(world.nodes["azure"], ["sleep", "infinity"], log_path="/run/s.log")

    try:
        pid = inside(world, start)
    finally:
        del os.environ["ER_PRIVATE_KEY"]
        os.close(writer)
    ready, _, _ = select.select([reader], [], [], 5)
    assert ready, "a daemon holds our pipe"
    assert os.read(reader, 1) == b""
    os.close(reader)
    status = in_node(world, "azure", "cat", f"/proc/{pid}/status")
    assert "PPid:\t1\n" in status
    assert SECRET not in in_node(world, "azure", "cat", f"/proc/{pid}/environ")
    assert inside(world, lambda: signal_in(world.nodes["azure"], pid, signal.SIGKILL))
    gone = wait(
        lambda: inside(world, lambda: signal_in(world.nodes["azure"], pid, 0)),
        deadline=5, label="reaped by the node", until=lambda there: not there,
    )
    assert gone.ok, "a zombie stays in the node"


def test_a_daemon_is_known_for_one_from_its_first_moment(world: NetnsWorld) -> None:
    """Its variables are not there before the kernel has loaded it, which its starter does not wait for: on a busy core
    it has to wait for its turn."""

    def missed() -> list[int]:
        node, late = world.nodes["ce1"], []
        for core in sorted(os.sched_getaffinity(0))[:2]:
            os.sched_setaffinity(0, {core})
            spawn_in(node, ["sh", "-c", "while :; do :; done"], log_path="/run/busy.log")
            for _ in range(ROUNDS):
                pid = spawn_in(node, ["sleep", "infinity"], log_path="/run/s.log")
                late += [pid] if pid not in marked(node) else []
        return late

    assert inside(world, missed) == []


def test_several_programs_start_at_once_and_a_missing_one_is_named(world: NetnsWorld) -> None:
    good = Program(["sleep", "1"], "/run/a.log", daemon_environment())
    bad = Program(["/no/such/daemon"], "/run/b.log", {})
    assert len(inside(world, lambda: spawn_all_in(world.nodes["ce1"], [good, good]))) == 2
    with pytest.raises(Impossible, match="/no/such/daemon"):
        inside(world, lambda: spawn_all_in(world.nodes["ce1"], [good, bad]))


def test_frr_runs_in_a_node_on_its_default_paths(world: NetnsWorld) -> None:
    frr = find_frr()
    node = world.nodes["msee2"]
    daemons: tuple[Daemon, ...] = ("zebra", "bgpd")

    def answers(daemon: Daemon) -> str:
        def ask() -> str:
            try:
                with Vty(node.root + vty_socket(daemon)) as vty:
                    return vty.command("show version")
            except (FileNotFoundError, ConnectionRefusedError):
                return ""

        outcome = wait(ask, deadline=20, label=daemon)
        return outcome.last if outcome.ok else read_file(node, f"/run/frr/{daemon}.out")

    def work() -> list[str]:
        found = []
        for daemon in daemons:
            write_file(node, f"/etc/frr/{daemon}.conf", "")
            spawn_in(node, frr.argv(daemon), log_path=f"/run/frr/{daemon}.out", env=daemon_environment())
            found.append(answers(daemon))
        return [*found, run_in(node, ["vtysh", "-c", "show version"], timeout=10).stdout]

    for version in inside(world, work):
        assert version.startswith("FRRouting"), version
        assert "(msee2)" in version

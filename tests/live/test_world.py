"""The world of a lab: it comes up, is entered, and is gone without a trace, whoever dies first.

`test_world_user` runs this file a second time, as an ordinary user.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bgp.frr.daemons import Daemon, daemon_environment, find_frr, vty_socket
from bgp.frr.vty import Vty
from lab.control.running import in_child
from lab.control.wait import wait
from lab.engine.base import Node
from lab.engine.netns.building import Building
from lab.engine.netns.engine import NetnsEngine, NetnsWorld
from lab.engine.netns.probe import needs
from lab.engine.run import Program, exec_in, read_file, run_in, signal_in, spawn_all_in, spawn_in, write_file
from lab.errors import HostCannot, Impossible, NotAsItShould
from lab.net import ns, sysctl
from tests.live import leaks
from tests.live.conftest import nothing_left

ROOT = Path(__file__).resolve().parent.parent.parent
NODES = ("ce1", "msee1", "msee2", "azure")
SECRET = "Sup3rS3cretKey"
BUILD = """
import sys
from lab.engine.netns.engine import NetnsEngine
from lab.engine.run import spawn_in
print("begin", flush=True)
building = NetnsEngine().begin()
world = building.deploy("killed", ("ce1", "msee1", "msee2", "azure"))
print(world.pid, world.start, flush=True)
world.enter()
for node in world.nodes.values():
    spawn_in(node, ["sleep", "infinity"], log_path="/run/sleep.log")
"""
BUILT = BUILD + "print('built', flush=True); sys.stdin.read()\n"
COMMIT = BUILD + "building.commit()\n"


@contextmanager
def lab(name: str = "er-lab", nodes: Sequence[str] = NODES) -> Iterator[NetnsWorld]:
    building = NetnsEngine().begin()
    try:
        world = building.deploy(name, nodes)
        building.commit()
    finally:
        building.abandon()
    try:
        yield world
    finally:
        NetnsEngine().destroy(world)


@pytest.fixture
def world(nothing_left_by_the_test: None) -> Iterator[NetnsWorld]:
    with lab() as made:
        yield made


def inside(world: NetnsWorld, work: Any) -> Any:
    def entered() -> Any:
        world.enter()
        return work()

    return in_child(entered)


def in_node(world: NetnsWorld, node: str, *argv: str) -> str:
    def run() -> str:
        done = run_in(world.nodes[node], argv, timeout=10)
        return done.stdout if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"

    return str(inside(world, run))


# What a world is


def test_a_world_and_its_nodes_are_machines_of_their_own(world: NetnsWorld) -> None:
    assert inside(world, lambda: os.uname().nodename) == "er-lab"
    assert [in_node(world, node, "hostname").strip() for node in NODES] == list(NODES)

    def namespaces() -> list[list[str]]:
        firsts = [1, *(node.pid for node in world.nodes.values())]
        return [[os.readlink(f"/proc/{pid}/ns/{kind}") for pid in firsts] for kind in ns.INSIDE]

    for kind in inside(world, namespaces):
        assert len(set(kind)) == 1 + len(NODES), kind
    assert in_node(world, "ce1", "ps", "-eo", "pid=,args=").split("\n")[0].split() == ["1", "sleep", "infinity"]


def test_nothing_of_it_shows_on_the_host() -> None:
    before = leaks.look()
    with lab("unseen"):
        during = leaks.look()
    assert during.links == before.links
    assert during.mounts == before.mounts
    assert during.files == before.files


def test_a_node_has_private_folders(world: NetnsWorld) -> None:
    def work() -> list[Any]:
        one, other = world.nodes["ce1"], world.nodes["msee1"]
        for folder in ("/run", "/etc/frr", "/var/tmp", "/run/netns"):
            write_file(one, f"{folder}/mine", folder)
        seen = [read_file(one, f"{folder}/mine") for folder in ("/run", "/etc/frr", "/var/tmp", "/run/netns")]
        there = [os.path.exists(f"{other.root}{folder}/mine") for folder in ("/run", "/etc/frr", "/var/tmp")]
        return [seen, there, os.path.exists("/run/n/ce1/run/mine"), os.listdir(f"{other.root}/etc/frr")]

    assert inside(world, work) == [["/run", "/etc/frr", "/var/tmp", "/run/netns"], [False] * 3, True, ["vtysh.conf"]]
    assert not os.path.exists("/etc/frr/mine")
    assert not os.path.exists("/run/mine")


def test_files_of_a_node_are_found_through_absolute_links_and_have_their_mode(world: NetnsWorld) -> None:
    def work() -> list[Any]:
        node = world.nodes["ce1"]
        run_in(node, ["ln", "-sfn", "/run/frr", "/run/link"], timeout=5)
        write_file(node, "/run/link/key.conf", "one", 0o640)
        write_file(node, "/run/link/key.conf", "two", 0o600)
        found = os.stat(f"{node.root}/run/frr/key.conf")
        return [read_file(node, "/run/link/key.conf"), oct(found.st_mode & 0o777), os.listdir(f"{node.root}/run/frr")]

    assert inside(world, work) == ["two", "0o600", ["key.conf"]]


def test_a_node_is_set_up_as_a_router(world: NetnsWorld) -> None:
    settings = sysctl.router_settings()
    found = in_node(world, "msee1", "cat", *(f"/proc/sys/{path}" for path in settings)).split()
    assert dict(zip(settings, found, strict=True)) == settings
    assert "LOOPBACK,UP" in in_node(world, "msee1", "ip", "link", "show", "lo")


def test_the_world_itself_speaks_no_ipv6(world: NetnsWorld) -> None:
    def work() -> list[str]:
        return [Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6").read_text() for scope in ("all", "default")]

    assert inside(world, work) == ["1\n", "1\n"]


def test_a_setting_that_a_lab_needs_and_the_kernel_lacks_is_an_error() -> None:
    with pytest.raises(HostCannot, match=r"net\.ipv4\.no_such_setting"):
        sysctl.write({"net/ipv4/no_such_setting": "1"})


def test_several_labs_side_by_side(world: NetnsWorld) -> None:
    with lab("second", ("ce1", "msee1")) as second, lab("third", ("ce1",)) as third:
        names = [inside(each, lambda: os.uname().nodename) for each in (world, second, third)]
        assert names == ["er-lab", "second", "third"]
        nets = {in_node(each, "ce1", "readlink", "/proc/1/ns/net") for each in (world, second, third)}
        assert len(nets) == 3
        NetnsEngine().destroy(second)
        assert [each.alive() for each in (world, second, third)] == [True, False, True]


# Entering


def test_a_record_is_enough_to_enter_and_entering_twice_is_nothing(world: NetnsWorld, tmp_path: Path) -> None:
    again = NetnsWorld.from_record(world.to_record())
    assert again == world

    def work() -> list[Any]:
        os.chdir("/usr")
        again.enter()
        again.enter()
        return [os.getcwd(), again.alive(), sorted(os.listdir("/run/n"))]

    assert in_child(work) == ["/usr", True, sorted(NODES)]


def test_another_process_with_the_pid_is_not_the_world(world: NetnsWorld) -> None:
    stranger = NetnsWorld(os.getpid(), world.start, world.members)
    assert not stranger.alive()
    assert NetnsEngine().destroy(stranger).processes == 0
    with pytest.raises(NotAsItShould):
        stranger.enter()


def test_children_of_an_entered_process_are_in_the_world(world: NetnsWorld) -> None:
    def work() -> int:
        return int(subprocess.run(["sh", "-c", "echo $$"], capture_output=True, check=True).stdout)

    assert inside(world, work) < 1000  # a pid of the host has long gone past this
    assert inside(world, lambda: subprocess.run(["test", "-d", "/proc/self"]).returncode) == 0


# Running things


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
    assert os.read(reader, 1) == b"", "a daemon holds our pipe"
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


# Going


def test_destroy_counts_what_it_took_and_leaves_nothing() -> None:
    with nothing_left():
        with lab("counted", ("ce1", "msee1")) as world:
            inside(world, lambda: spawn_in(world.nodes["ce1"], ["sleep", "infinity"], log_path="/run/s.log"))
            settled = wait(world.processes, deadline=5, label="processes", until=lambda count: count == 5)
            assert settled.ok, settled.last  # the keeper and its watcher, two nodes, one daemon
            gone = NetnsEngine().destroy(world)
            assert (gone.nodes, gone.processes) == (2, 5)
            assert not world.alive()
            assert NetnsEngine().destroy(world).processes == 0


def test_the_first_process_killed_takes_everything_with_it() -> None:
    with nothing_left():
        with lab("beheaded", ("ce1", "msee1")) as world:
            inside(world, lambda: spawn_in(world.nodes["ce1"], ["sleep", "infinity"], log_path="/run/s.log"))
            os.kill(world.pid, signal.SIGKILL)
            world.wait_gone(10)
            assert not world.alive()


def test_abandoned_at_every_stage() -> None:
    with nothing_left():
        begun = Building()
        begun.abandon()
        begun.abandon()
    with nothing_left():
        deployed = Building()
        world = deployed.deploy("abandoned", NODES)
        inside(world, lambda: spawn_in(world.nodes["ce1"], ["sleep", "infinity"], log_path="/run/s.log"))
        assert world.alive()
        deployed.abandon()
        assert not world.alive()


def test_a_committed_lab_does_not_end_with_an_abandon() -> None:
    building = Building()
    world = building.deploy("kept", ("ce1",))
    building.commit()
    building.abandon()
    assert world.alive()
    NetnsEngine().destroy(world)


def start(script: str, **more: Any) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), leaks.TOKEN_NAME: leaks.TOKEN}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True, **more)


def placed(line: str) -> NetnsWorld:
    pid, started = map(int, line.split())
    return NetnsWorld(pid, started)


def test_killed_at_any_moment_before_commit_nothing_stays() -> None:
    moments = random.Random(12076)
    finished = 0
    for _ in range(20):
        with nothing_left(), start(BUILT, stdin=subprocess.PIPE) as command:
            assert command.stdout is not None
            assert command.stdout.readline() == "begin\n"
            delay = moments.uniform(0, 0.06)
            try:
                command.wait(delay)
            except subprocess.TimeoutExpired:
                command.kill()
            finished += "built" in command.stdout.read()
    assert finished < 20, "every run was complete before it was killed: the moments are too late"


def test_a_lab_outlives_its_command_and_holds_none_of_its_files() -> None:
    reader, writer = os.pipe()
    with nothing_left(), start(COMMIT, pass_fds=(writer,)) as command:
        os.close(writer)
        out, _ = command.communicate(timeout=20)  # hangs here if anything in the lab holds stdout
        _, place = out.splitlines()
        world = placed(place)
        try:
            assert command.returncode == 0
            assert world.alive()
            ready, _, _ = select.select([reader], [], [], 10)
            assert ready, "the lab holds a pipe that its command was given"
            assert os.read(reader, 1) == b""
        finally:
            NetnsEngine().destroy(world)
            os.close(reader)


def test_a_lab_does_not_die_by_the_terminal_and_knows_no_secret() -> None:
    os.environ["ER_PRIVATE_KEY"] = SECRET
    try:
        command = start(COMMIT + "sys.stdin.read()", stdin=subprocess.PIPE, start_new_session=True)
    finally:
        del os.environ["ER_PRIVATE_KEY"]
    with nothing_left(), command:
        assert command.stdout is not None
        command.stdout.readline()
        world = placed(command.stdout.readline())
        try:
            settled = wait(world.processes, deadline=10, label="lab up", until=lambda count: count == 10)
            assert settled.ok, settled.last  # keeper and watcher, four nodes, a daemon in each
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                try:
                    os.killpg(command.pid, number)
                except ProcessLookupError:
                    break
            command.wait(10)
            assert world.alive()
            assert SECRET.encode() not in inside_environments(world)
        finally:
            NetnsEngine().destroy(world)


def inside_environments(world: NetnsWorld) -> bytes:
    def read() -> str:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
        found = b"".join(Path(f"/proc/{pid}/{file}").read_bytes() for pid in pids for file in ("environ", "cmdline"))
        return found.decode(errors="replace")

    return str(inside(world, read)).encode()


# What a host refuses


def test_doctor_finds_that_this_host_can() -> None:
    with nothing_left():
        assert [(need.name, need.ok) for need in needs()] == [("engine", True), ("FRR", True), ("TCP MD5", True)]


def test_a_host_without_user_namespaces_is_told_what_to_type() -> None:
    def work() -> list[str | None]:
        # The limit is per user namespace, so one of our own can be as strict as a hardened host.
        identity = os.geteuid()
        ns.unshare(("user",))
        Path("/proc/self/uid_map").write_text(f"1000 {identity} 1")
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        building = Building()
        try:
            building.deploy("refused", ("ce1",))
        except HostCannot as error:
            return [error.message, error.next]
        finally:
            building.abandon()
        return []

    message, line = in_child(work)
    assert "user namespaces are switched off" in message
    assert line == "sudo sysctl -w user.max_user_namespaces=15000"

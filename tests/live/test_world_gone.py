"""A world is gone without a trace, whoever dies first; and it lives on where it should."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
from pathlib import Path

from lab.control.wait import wait
from lab.engine.netns.building import Building
from lab.engine.netns.world import NetnsWorld
from lab.engine.run import spawn_in
from tests.live.conftest import nothing_left
from tests.live.worlds import NODES, inside, lab, placed, start

SECRET = "Sup3rS3cretKey"
BUILD = """
import sys
from lab.engine.netns.engine import NetnsEngine
from lab.engine.run import spawn_in
print("begin", flush=True)
building = NetnsEngine().begin()
world = building.build("killed", ("ce1", "msee1", "msee2", "azure"))
print(world.pid, world.start, world.word, flush=True)
world.enter()
for node in world.nodes.values():
    spawn_in(node, ["sleep", "infinity"], log_path="/run/sleep.log")
"""
BUILT = BUILD + "print('built', flush=True); sys.stdin.read()\n"
HELPER = BUILD.replace("world.enter()", """
import os, signal
if os.fork() == 0:
    print(os.getpid(), flush=True)
    signal.pause()
signal.pause()""")
COMMIT = BUILD + "building.commit()\n"
COMMITTED = COMMIT + "print('committed', flush=True); sys.stdin.read()\n"


def test_destroy_counts_what_it_took_and_leaves_nothing() -> None:
    with nothing_left():
        with lab("counted", ("ce1", "msee1")) as world:
            inside(world, lambda: spawn_in(world.nodes["ce1"], ["sleep", "infinity"], log_path="/run/s.log"))
            settled = wait(world.processes, deadline=5, label="processes", until=lambda count: count == 5)
            assert settled.ok, settled.last  # the keeper and its watcher, two nodes, one daemon
            gone = world.destroy()
            assert (gone.nodes, gone.processes) == (2, 5)
            assert not world.alive()
            assert world.destroy().processes == 0


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
        world = deployed.build("abandoned", NODES)
        inside(world, lambda: spawn_in(world.nodes["ce1"], ["sleep", "infinity"], log_path="/run/s.log"))
        assert world.alive()
        deployed.abandon()
        assert not world.alive()


def test_a_committed_lab_does_not_end_with_an_abandon() -> None:
    building = Building()
    world = building.build("kept", ("ce1",))
    building.commit()
    building.abandon()
    assert world.alive()
    world.destroy()


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


def test_a_helper_that_outlives_its_killed_command_does_not_keep_the_world() -> None:
    with nothing_left(), start(HELPER) as command:
        assert command.stdout is not None
        command.stdout.readline()
        world = placed(command.stdout.readline())
        orphan = int(command.stdout.readline())
        command.kill()
        try:
            world.wait_gone(10)
        finally:
            os.kill(orphan, signal.SIGKILL)


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
            world.destroy()
            os.close(reader)


def test_a_lab_does_not_die_by_the_terminal_and_knows_no_secret() -> None:
    os.environ["ER_PRIVATE_KEY"] = SECRET
    try:
        command = start(COMMITTED, stdin=subprocess.PIPE, start_new_session=True)
    finally:
        del os.environ["ER_PRIVATE_KEY"]
    with nothing_left(), command:
        assert command.stdout is not None
        command.stdout.readline()
        world = placed(command.stdout.readline())
        try:
            assert command.stdout.readline() == "committed\n"  # before that the lab ends with its command
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
            world.destroy()


def test_a_watcher_that_dies_is_started_again_and_the_lab_lives_on() -> None:
    with nothing_left(), lab("watched", ("ce1",)) as world:

        def watchers() -> list[int]:
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
            keepers = [pid for pid in pids if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            return [pid for pid in keepers if pid != 1]

        def look() -> list[int]:
            return list(inside(world, watchers))

        first = wait(look, deadline=5, label="a watcher").last

        def kill() -> None:
            process = os.open(f"/proc/{first[0]}", os.O_RDONLY | os.O_DIRECTORY)
            signal.pidfd_send_signal(process, signal.SIGKILL)

        inside(world, kill)
        again = wait(look, deadline=10, label="another watcher", until=lambda now: bool(now) and now != first)
        assert again.ok, again.last
        assert world.alive()


def inside_environments(world: NetnsWorld) -> bytes:
    def read() -> str:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
        found = b"".join(Path(f"/proc/{pid}/{file}").read_bytes() for pid in pids for file in ("environ", "cmdline"))
        return found.decode(errors="replace")

    return str(inside(world, read)).encode()

"""The check that nothing is left is itself checked: each kind of thing left behind is found, and only ours."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.control.wait import wait
from tests import own_host
from tests.live import leaks
from tests.live.harness import ROOT

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="makes a link or a mount on this host")


def found(before: leaks.Look, text: str) -> None:
    seen = wait(lambda: [line for line in leaks.look().since(before) if text in line], deadline=5, label=text)
    assert seen.ok, f"not found: {text}; {leaks.look().since(before)}"


@contextmanager
def running(*argv: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_child_is_found_and_gone_when_it_ended() -> None:
    before = leaks.look()
    with running("sleep", "301"):
        found(before, "sleep 301")
    assert leaks.look().since(before) == []


def test_an_orphan_is_found_by_its_environment() -> None:
    before = leaks.look()
    script = "setsid sleep 302 >/dev/null 2>&1 & echo $!"
    pid = int(subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout)
    try:
        found(before, "sleep 302")
    finally:
        os.kill(pid, 9)


def test_a_process_that_becomes_another_program_is_the_same() -> None:
    """CI run of 2026-12-01: a process started just before the look, and between two programs, counted as left."""
    script = "read go; exec sleep 303"
    with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, text=True) as process:
        try:
            before = leaks.look()
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            label = "the other program"
            assert wait(lambda: "sleep 303" in " ".join(leaks.look().processes.values()), deadline=5, label=label).ok
            assert leaks.look().since(before) == []
        finally:
            process.kill()


@needs_root
def test_what_runs_on_a_host_of_its_own_is_for_its_own_look_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")  # there everything in a foreign pid namespace counts
    before = leaks.look()
    look = "from tests.live import leaks; print(sorted(leaks.look().processes.values())); input()"
    script = f"setsid sleep 304 >/dev/null 2>&1 & exec {sys.executable} -c {shlex.quote(look)}"
    with subprocess.Popen(
        [sys.executable, own_host.__file__, "sh", "-c", script],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:
        assert process.stdout is not None
        seen = process.stdout.readline()
        assert "sleep 304" in seen
        assert leaks.look().since(before) == []
        process.communicate("\n")
    assert process.returncode == 0
    assert leaks.look().since(before) == [], "what a command leaves ends with its host"


@needs_root
def test_a_host_of_its_own_has_nothing_of_this_one() -> None:
    look = "import os, socket; print([*os.listdir('/run'), *os.listdir('/tmp')], socket.if_nameindex(), os.getpid())"
    with tempfile.NamedTemporaryFile(dir="/tmp"):
        done = subprocess.run(
            [sys.executable, own_host.__file__, "sh", "-c", f"{sys.executable} -c {shlex.quote(look)}; exit 3"],
            capture_output=True, text=True,
        )
    kept = [ROOT.relative_to("/tmp").parts[0]] if ROOT.is_relative_to("/tmp") else []
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{kept} [(1, 'lo')] 3\n", "")


def test_the_network_namespace_of_a_process_is_found() -> None:
    before = leaks.look()
    with running("unshare", "-Urn", "sleep", "303") as process:
        ours = os.readlink("/proc/self/ns/net")
        theirs = wait(  # the command line is there before its `unshare` has been made
            lambda: os.readlink(f"/proc/{process.pid}/ns/net"), deadline=5, label="unshared", until=lambda n: n != ours
        )
        found(before, theirs.last)


@needs_root
def test_a_link_is_found() -> None:
    before = leaks.look()
    subprocess.run(["ip", "link", "add", "leaked0", "type", "veth", "peer", "name", "leaked1"], check=True)
    try:
        found(before, "links: leaked0")
    finally:
        subprocess.run(["ip", "link", "del", "leaked0"], check=True)


@needs_root
def test_a_mount_is_found() -> None:
    before = leaks.look()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "leaked", folder], check=True)
        try:
            found(before, f"mounts: leaked {Path(folder).resolve()}")
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_strangers_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    before = leaks.look()
    script = f"unset {leaks.TOKEN_NAME}; exec setsid -f sleep 304"
    subprocess.run(["sh", "-c", f"({script})"], check=True)
    stranger = wait(lambda: _pid_of("sleep\x00304\x00"), deadline=5, label="sleep 304 runs").last
    assert stranger is not None
    try:
        assert leaks.look().since(before) == []
    finally:
        os.kill(stranger, 9)


def _pid_of(command: str) -> int | None:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_text() == command:
                return int(entry.parent.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return None

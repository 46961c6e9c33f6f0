"""Records that are damaged or lost while their labs run (A12, A14), and hosts that give too little (A17)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from lab.circuit.document import Document
from lab.net import ns
from tests.live.harness import Labs
from tests.pure.control.documents import document

LOST = "er-lab runs, and its record is lost"


def record(labs: Labs) -> Path:
    home = labs.state if labs.user is None else labs.home / "run" / "mseelab"
    return home / "er-lab" / "lab.json"


def plant(labs: Labs, name: str, data: bytes) -> Path:
    """Another lab's record, as it may be found after a loss of power."""
    folder = record(labs).parent.parent / name
    folder.mkdir(mode=0o700)
    (folder / "lab.json").write_bytes(data)
    for path in (folder, folder / "lab.json"):
        os.chown(path, record(labs).stat().st_uid, -1)
    return folder


def runs(made: Document) -> bool:
    world = made["world"]
    members = [(world["pid"], world["start"])] if "pid" in world else [(p, s) for _, p, s in world["nodes"].values()]
    return any(ns.runs(pid, start) for pid, start in members)


def test_a_lab_whose_record_is_lost_is_found_and_ended(any_labs: Labs) -> None:
    any_labs.ok("up", "dual-path")
    made = json.loads(record(any_labs).read_text())
    shutil.rmtree(record(any_labs).parent)
    assert LOST in any_labs.ok("list").out
    (row,) = json.loads(any_labs.ok("list", "-o", "json").out)["labs"]
    assert (row["lab"], row["engine"], row["problem"]) == ("er-lab", any_labs.engine, LOST)
    assert LOST in any_labs("doctor").out
    again = any_labs("up", "dual-path")
    assert again.code in (1, 4), str(again)
    assert "mseelab down er-lab" in again.err, "a second lab of that name is not made"
    assert runs(made)
    down = any_labs.ok("down", "er-lab")
    assert "er-lab: down: " in down.err
    assert not runs(made)
    assert any_labs.ok("list").out == "no lab runs; next: mseelab up\n"
    any_labs.ok("up", "dual-path")


def test_down_all_ends_it_too_and_the_state_folder_may_be_gone(any_labs: Labs) -> None:
    """What logind does with /run/user/UID at logout."""
    any_labs.ok("up", "dual-path")
    made = json.loads(record(any_labs).read_text())
    shutil.rmtree(record(any_labs).parent.parent)
    any_labs.ok("down", "--all")
    assert not runs(made)


@pytest.mark.parametrize("data", [b"", b'{"world":{}}'])
def test_a_damaged_record_keeps_no_other_lab_from_anything(labs: Labs, data: bytes) -> None:
    labs.ok("up", "dual-path")
    folder = plant(labs, "er-sick", data)
    for verb in (
        ("status",), ("check",), ("plan",), ("apply",), ("diagnose",), ("exec", "ce1", "true"), ("up", "dual-path"),
    ):
        labs.ok(*verb)
    listed = labs.ok("list").out
    assert "er-lab " in listed
    assert "4 of 4" in listed
    assert "the record of er-sick is damaged: it " in listed
    assert "er-sick" in labs("doctor").out
    labs.ok("down", "er-sick")
    assert not folder.exists()
    labs.ok("status")


def test_a_lab_with_a_damaged_record_is_not_made_twice_and_can_be_ended(any_labs: Labs) -> None:
    any_labs.ok("up", "dual-path")
    made = json.loads(record(any_labs).read_text())
    record(any_labs).write_bytes(record(any_labs).read_bytes()[:100])
    again = any_labs("up", "dual-path")
    assert (again.code, again.err.splitlines()) == (1, [
        "mseelab: the record of er-lab is damaged: it is no JSON",
        "  next         mseelab down er-lab, then mseelab up",
    ]), str(again)
    assert runs(made)
    any_labs.ok("down")
    assert not runs(made)


def test_a_damaged_record_of_nothing_is_made_anew(labs: Labs) -> None:
    """After a loss of power there is no process that it could be of."""
    record(labs).parent.mkdir(parents=True, mode=0o700)
    record(labs).write_bytes(bytes(512))
    labs.ok("up", "dual-path")
    labs.ok("check")


def test_a_command_killed_a_moment_ago_has_left_no_lost_lab(labs: Labs) -> None:
    """Its world ends with it, and `up` gives it the moment that takes."""
    for _ in range(3):
        with labs.start("up", "dual-path") as killed:
            home = record(labs).parent
            while killed.poll() is None and not home.exists():
                os.sched_yield()
            killed.send_signal(signal.SIGKILL)
        labs.ok("up", "dual-path")
        labs.ok("down")


def test_another_version_of_another_shape(labs: Labs) -> None:
    labs.ok("up", "dual-path")
    older = document("er-lab", version="0.0.9")
    del older["format"], older["applied"]["slots"]
    record(labs).write_text(json.dumps(older))
    for verb in (("status",), ("check",), ("plan",), ("apply",), ("up", "dual-path")):
        done = labs(*verb)
        assert (done.code, "er-lab was started by mseelab 0.0.9" in done.err) == (1, True), str(done)
    labs.ok("down")


@pytest.mark.parametrize(("limit", "why"), [
    ("-Sn 16", "this process may not open more files"),
    ("-n 48", "a process may open 48 files at most here; a router needs 256"),
    ("-u 2", "this user may not start more processes"),
    ("-u 25", "this user may have 25 processes and threads; a lab of 4 nodes does not fit"),
])
def test_a_host_that_gives_too_little_says_so(user_labs: Labs, limit: str, why: str) -> None:
    """RLIMIT_NOFILE and RLIMIT_NPROC: FRR's daemons would hang with as little, and our own calls raise (A17)."""
    for verb in (("up", "dual-path"), ("list",), ("down", "--all")):
        done = subprocess.run(
            ["bash", "-c", f'ulimit {limit} && exec "$@"', "-", *user_labs.command, *verb],
            cwd=user_labs.folder, env=user_labs.environment, user=user_labs.user, group=user_labs.user,
            extra_groups=user_labs.groups, capture_output=True, text=True, timeout=60, check=False,
        )
        said = done.stderr.splitlines()
        if verb[0] == "up":
            assert (done.returncode, f"mseelab: {why}" in said) == (4, True), done.stderr
        assert done.returncode in (0, 4), f"{verb}: {done.returncode} {done.stderr}"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
@pytest.mark.parametrize(("options", "why"), [
    ("size=4k,mode=700", "No space left on device"), ("ro,mode=700", "Read-only file system"),
])
def test_a_state_folder_that_takes_nothing(labs: Labs, options: str, why: str) -> None:
    labs.state.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(labs.state)], check=True)
    try:
        done = labs("up", "dual-path")
        assert (done.code, why in done.err) == (4, True), str(done)
        assert labs("list").code == 0
        assert labs("down", "--all").code == 0
    finally:
        subprocess.run(["umount", str(labs.state)], check=True)


def test_what_cannot_be_printed_is_no_defect(labs: Labs) -> None:
    for form in ("table", "json"):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [*labs.command, "list", "-o", form], cwd=labs.folder, env=labs.environment, stdout=full,
                stderr=subprocess.PIPE, text=True, check=False,
            )
        assert (done.returncode, "no space is left on the device" in done.stderr) == (4, True), done.stderr
        assert "Exception" not in done.stderr

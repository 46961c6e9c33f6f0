"""A host that several people share: what others put where mseelab looks has no effect (A1).

Two uids without a name in any file: `ATTACKER` makes folders and records, root and `USER` are whom they are meant for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.circuit.document import Document
from lab.control.lost import worlds_of
from lab.engine.netns.world import NetnsWorld
from lab.net import ns
from tests.live.harness import PLAIN, ROOT, USER, Done, Labs
from tests.live.leaks import TOKEN, TOKEN_NAME
from tests.live.worlds import lab as world_of_nodes
from tests.pure.control.documents import document

ATTACKER = 1888
NOBODY = 4_000_000
"""A pid that no process has: the default of `kernel.pid_max` is smaller, and 2^22 the largest it can be."""
VERBS = (("list",), ("status",), ("up", "dual-path"), ("down", "er-lab"), ("down", "--all"))
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs two users")


@pytest.fixture
def tmp() -> Iterator[Path]:
    """/tmp, and nothing of what a test has put there afterwards."""
    before = set(os.listdir("/tmp"))
    yield Path("/tmp")
    for name in set(os.listdir("/tmp")) - before:
        if name.startswith(("mseelab-", "x1888")):
            subprocess.run(["rm", "-rf", f"/tmp/{name}"], check=True)


@contextmanager
def sleeper(user: int = 0, *, first: bool = False) -> Iterator[int]:
    """The pid of a process of `user`, as every other; with `first` number 1 of a pid namespace of its own."""
    command = ["sleep", "1000"]
    if first:
        command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", *command]
    with subprocess.Popen(command, user=user, group=user, extra_groups=[], cwd="/", stdout=subprocess.PIPE) as process:
        pid = process.pid
        if first:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            while not children.read_text().strip():
                os.sched_yield()
            pid = int(children.read_text())
            while Path(f"/proc/{pid}/comm").read_text() != "sleep\n":
                os.sched_yield()
        try:
            yield pid
        finally:
            process.kill()  # what unshare waits for ends with it; it waits through SIGTERM


def netns(pid: int, **other: Any) -> Document:
    world = {"pid": pid, "start": ns.start_time(pid), "word": "0" * 32, "nodes": {"ce1": 2}}
    return document("er-lab", world=world, **other)


def clab(lab: str, folder: Path) -> Document:
    world = {"lab": lab, "folder": str(folder), "file": f"{folder}/none.clab.yml", "nodes": {}}
    return document("er-lab", engine="containerlab", world=world)


def plant(home: Path, value: Document, owner: int = ATTACKER, mode: int = 0o755) -> None:
    """A state folder as another user can make it: in a place and with a name of his choice."""
    folder = home / "er-lab"
    folder.mkdir(parents=True)
    (folder / "lab.json").write_text(json.dumps(value))
    for path in (home, folder, folder / "lab.json"):
        path.chmod(mode if path.is_dir() else 0o644)
        os.chown(path, owner, owner)


def run_pytest(folder: Path) -> str:
    """root's, with one test that has a lab."""
    (folder / "test_lab.py").write_text(textwrap.dedent("""
        import pytest

        @pytest.mark.mseelab("dual-path")
        def test_lab(lab):
            assert lab.session("AzurePrivatePeering", "primary").established
    """))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_lab.py"], cwd=folder,
        env={**PLAIN, "PYTHONPATH": str(ROOT), "HOME": str(folder), TOKEN_NAME: TOKEN},
        capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


RUNS = (f"mseelab-run-0-{NOBODY}-1", f"mseelab-run-0-{NOBODY}-1-x8k2")


@pytest.mark.parametrize("name", RUNS)
def test_a_planted_run_deletes_nothing_of_roots(name: str, tmp: Path, tmp_path: Path) -> None:
    """The record of a lab of containers names a folder that is to be removed, by `..` in the lab's name."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "kept").touch()
    (tmp / "x1888" / "clab-x").mkdir(parents=True)
    os.chown(tmp / "x1888", ATTACKER, ATTACKER)
    plant(tmp / name, clab(f"x/../..{victim}", tmp / "x1888"))
    assert "1 passed" in run_pytest(tmp_path)
    assert (victim / "kept").exists()
    assert (tmp / name / "er-lab" / "lab.json").exists(), "it is nobody's business"


@pytest.mark.parametrize("name", RUNS)
def test_a_planted_run_kills_nothing_of_roots_and_stops_no_test(name: str, tmp: Path, tmp_path: Path) -> None:
    with sleeper() as pid:
        plant(tmp / name, netns(pid))
        (tmp / name / "er-lab2").mkdir()
        for _ in range(2):
            assert "1 passed" in run_pytest(tmp_path)
        assert ns.runs(pid, ns.start_time(pid))


def test_a_damaged_run_of_ones_own_stops_no_test_and_is_forgotten(tmp: Path, tmp_path: Path) -> None:
    """`KeyError: 'topology'` ended every run, as the folder stayed."""
    mine = tmp / RUNS[1]
    plant(mine, {"engine": "netns", "world": {}}, owner=0, mode=0o700)
    assert "1 passed" in run_pytest(tmp_path)
    assert not mine.exists()


def as_user(labs: Labs, *verb: str, home: str = "") -> Done:
    """As a user without a runtime folder, whose labs are recorded in /tmp."""
    return labs(*verb, environment={"XDG_RUNTIME_DIR": "", **({"MSEELAB_STATE": home} if home else {})})


def test_a_planted_state_folder_is_not_read(user_labs: Labs, tmp: Path) -> None:
    """Uid 1888 made /tmp/mseelab-1500 with a process of 1500 in a record: `down --all` killed it."""
    home = tmp / f"mseelab-{USER}"
    with sleeper(USER) as pid:
        plant(home, netns(pid))
        for verb in VERBS:
            done = as_user(user_labs, *verb)
            assert done.code == 4, str(done)
            assert done.err.splitlines() == [
                f"mseelab: {home} is not a folder of this user",
                "  next         remove it, or set MSEELAB_STATE to a folder of your own",
            ], str(done)
        assert ns.runs(pid, ns.start_time(pid))


def test_a_link_to_ones_own_folder_is_not_followed(user_labs: Labs, tmp: Path) -> None:
    real = user_labs.home / "home" / "labs"
    real.mkdir(mode=0o700)
    os.chown(real, USER, USER)
    (tmp / f"mseelab-{USER}").symlink_to(real)
    for verb in VERBS[:1] + VERBS[-1:]:
        done = as_user(user_labs, *verb)
        assert (done.code, "is not a folder of this user" in done.err) == (4, True), str(done)


@pytest.mark.parametrize(("owner", "mode", "why"), [
    (ATTACKER, 0o755, "is not a folder of this user"),
    (ATTACKER, 0o700, "permission denied"),
    (0, 0o755, "is not a folder of this user"),
    (USER, 0o777, "is open to other users (mode 777)"),
    (USER, 0o770, "is open to other users (mode 770)"),
])
def test_a_state_folder_that_is_given_is_looked_at_too(
    user_labs: Labs, tmp: Path, owner: int, mode: int, why: str
) -> None:
    home = tmp / "x1888-given"
    home.mkdir()
    os.chown(home, owner, owner)
    home.chmod(mode)
    for verb in VERBS[:1] + VERBS[-1:]:
        done = as_user(user_labs, *verb, home=str(home))
        assert (done.code, why in done.err) == (4, True), str(done)


def test_a_lab_folder_that_is_somebody_elses_is_no_lab(user_labs: Labs, tmp: Path) -> None:
    """In a state folder that was open for a while."""
    home = tmp / f"mseelab-{USER}"
    home.mkdir(mode=0o700)
    with sleeper(USER) as pid:
        plant(home / "other", netns(pid))
        (home / "other" / "er-lab").rename(home / "er-lab")
        (home / "other").rmdir()
        os.chown(home, USER, USER)
        assert as_user(user_labs, "list").out == "no lab runs; next: mseelab up\n"
        assert as_user(user_labs, "down", "--all").code == 0
        assert as_user(user_labs, "status", "--lab", "er-lab").code == 4
        assert as_user(user_labs, "up", "dual-path").code == 4
        assert ns.runs(pid, ns.start_time(pid))


@pytest.mark.parametrize("first", [False, True])
def test_a_process_that_is_no_lab_is_not_killed_whatever_a_record_says(
    user_labs: Labs, tmp: Path, first: bool
) -> None:
    """Also in a folder of one's own, also the first process of a container: it has no mark."""
    with sleeper(USER, first=first) as pid:
        plant(tmp / f"mseelab-{USER}", netns(pid), owner=USER, mode=0o700)
        down = as_user(user_labs, "down", "er-lab")
        assert down.code == 0, str(down)
        assert ns.runs(pid, ns.start_time(pid))


def test_a_world_is_only_the_one_whose_word_it_is() -> None:
    """Its pid, its start and its lab's name may be known to others; its word is in its own /run, and in its record."""
    with world_of_nodes("er-lab", ("ce1",)) as world:
        for word in ("", "0" * 32, world.word[:-1]):
            other = NetnsWorld(world.pid, world.start, word, world.members)
            assert not other.alive()
            assert other.destroy().processes == 0
        assert world.alive()
        assert worlds_of("er-lab") == [], "it has no record that could have been lost"

"""`make install` promises: nothing to do costs nothing, one line where it cannot, a wheel with everything in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.harness import PLAIN, USER, Labs, build_wheel

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="hides FRR from a process and becomes another user")
FOR_TESTS = ("bird", "gobgpd", "bgpctl")
WITHOUT_FRR = "mount -t tmpfs none /usr/lib/frr && exec setpriv --reuid $0 --regid $0 --clear-groups scripts/install"


@pytest.fixture
def clone(root: Path) -> Iterator[Path]:
    """What a clone has that `make install` reads, where an ordinary user may write."""
    folder = Path(tempfile.mkdtemp(prefix="clone-", dir="/tmp"))
    (folder / "scripts").mkdir()
    for name in ("Makefile", "pyproject.toml", "scripts/install"):
        shutil.copy(root / name, folder / name)
    for path in (folder, folder / "scripts"):
        path.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("target", ["install", "install-for-tests"])
def test_the_second_install_costs_nothing(root: Path, target: str) -> None:
    if not (root / ".venv" / ".installed").exists():
        pytest.skip("these tests do not run from .venv")
    missing = [program for program in FOR_TESTS if shutil.which(program, path=PLAIN["PATH"]) is None]
    if target == "install-for-tests" and missing:
        pytest.skip(f"make test installs what has {', '.join(missing)}, and these tests were not started by it")
    subprocess.run(["make", "--silent", target], cwd=root, check=True)
    start = time.monotonic()
    done = subprocess.run(["make", "--silent", target], cwd=root, capture_output=True, text=True, check=True)
    assert time.monotonic() - start < 0.3
    assert done.stdout + done.stderr == ""


@needs_root
def test_one_line_says_what_to_install_where_nobody_may(clone: Path) -> None:
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", WITHOUT_FRR, str(USER)],
        cwd=clone, env=PLAIN, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("mseelab: missing: frr")
    assert "apt-get install -y frr" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_the_wheel_has_everything(tmp_path: Path, root: Path) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        inside = set(wheel.namelist())
        metadata = next(name for name in inside if name.endswith("entry_points.txt"))
        assert "mseelab = lab.cli.main:main" in wheel.read(metadata).decode()
    tracked = subprocess.run(
        ["git", "ls-files", "lab", "bgp", "topologies"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    assert tracked
    assert set(tracked) <= inside
    assert not any(name.startswith(("tests/", "bench/")) for name in inside)


def test_the_wheel_runs_for_an_ordinary_user(user_labs: Labs) -> None:
    done = user_labs.ok("--version")
    assert done.out.startswith("mseelab ")
    none = user_labs.ok("list", "-o", "json")
    assert '"labs": []' in none.out

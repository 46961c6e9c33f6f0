"""The same world without root: its tests once more, as uid 1500, with an interpreter that such a user can reach."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bgp.driver import SpeakerMissing
from bgp.drivers import find_driver
from bgp.speaker import Kind
from tests.live.harness import PLAIN, ROOT, USER, reachable_interpreter
from tests.live.leaks import TOKEN, TOKEN_NAME

TREES = ("lab", "bgp", "topologies", "tests")
# What the test needs of the environment it runs in, which an ordinary user need not be able to read.
PACKAGES = ("_pytest", "pytest", "pluggy", "iniconfig", "packaging", "pygments")
TESTS = ("test_world.py", "test_world_run.py", "test_world_gone.py")
SECONDS = 240
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="they run as an ordinary user here")


@pytest.fixture
def tree() -> Iterator[Path]:
    """A copy of the tree that everybody can read."""
    folder = Path(tempfile.mkdtemp(prefix="mseetree-", dir="/tmp"))
    try:
        for name in TREES:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        packages = Path(sysconfig.get_paths()["purelib"])
        for name in PACKAGES:
            shutil.copytree(packages / name, folder / "packages" / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(packages / "py.py", folder / "packages")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield folder
    finally:
        shutil.rmtree(folder)


@needs_root
def test_all_of_it_as_an_ordinary_user(tree: Path) -> None:
    as_an_ordinary_user(tree, *TESTS)


@needs_root
def test_the_speakers_as_an_ordinary_user(tree: Path) -> None:
    for kind in get_args(Kind):
        try:
            find_driver(kind)
        except SpeakerMissing as error:
            pytest.skip(f"apt-get install {error.package}: {error}")
    as_an_ordinary_user(tree, "test_speakers.py")


def as_an_ordinary_user(tree: Path, *tests: str) -> None:
    pytest_there = [reachable_interpreter(), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*pytest_there, *(f"tests/live/{test}" for test in tests)],
        cwd=tree,
        env=PLAIN | {"PYTHONPATH": f"{tree}:{tree}/packages", "PYTHONDONTWRITEBYTECODE": "1", TOKEN_NAME: TOKEN},
        user=USER,
        group=USER,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    summary = done.stdout.strip().splitlines()[-1]
    assert re.fullmatch(r"\d+ passed in .*", summary), f"not everything ran: {summary}"

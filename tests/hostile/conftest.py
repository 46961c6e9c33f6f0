"""Fixtures of the hostile ring: a machine with secrets on it, as root's and as an ordinary user's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.place import Place
from tests.hostile.ways import Ways
from tests.live.conftest import (  # noqa: F401  (fixtures are found by name)
    frr,
    marked_processes,
    nothing_left_by_the_module,
    nothing_left_by_the_test,
)
from tests.live.harness import ROOT, USER, installed_for_users

ELSEWHERE = "/srv"
"""Where somebody's home is: not below a folder that a node has for itself, as /tmp is."""
OF_PYTEST = ("_pytest", "pytest", "pluggy", "iniconfig", "packaging", "pygments")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("live")


@pytest.fixture(scope="module")
def engine() -> str:
    return "netns"


@pytest.fixture(scope="session")
def python_of_users() -> Iterator[str]:
    """An interpreter with the wheel that users get, and pytest, which an ordinary user can start."""
    folder = Path(tempfile.mkdtemp(prefix="mseehostile-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        python = Path(installed_for_users(folder / "env")[0])
        here = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        there = folder / "env" / here.relative_to(sys.prefix)
        for name in OF_PYTEST:
            shutil.copytree(here / name, there / name, dirs_exist_ok=True)
        yield str(python)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def ways_of_root() -> Iterator[Ways]:
    if os.geteuid() != 0:
        pytest.skip("these tests do not run as root")
    with _ways(None, sys.executable, ROOT) as ways:
        yield ways


@pytest.fixture
def ways_of_user(python_of_users: str) -> Iterator[Ways]:
    with _ways(USER if os.geteuid() == 0 else None, python_of_users, None) as ways:
        yield ways


@contextmanager
def _ways(user: int | None, python: str, root: Path | None) -> Iterator[Ways]:
    """A machine with a repository that nobody has sent a pull request to yet."""
    folder = Path(tempfile.mkdtemp(prefix="pull-", dir=ELSEWHERE if os.geteuid() == 0 else Path.home()))
    folder.chmod(0o755)
    try:
        place = Place(folder, user)
        place.make()
        made = Ways(place, python, root)
        made.make()
        yield made
    finally:
        shutil.rmtree(folder)

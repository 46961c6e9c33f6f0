"""Fixtures of the hostile ring: a machine with secrets on it, as root's and as an ordinary user's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hostile.looking import look_at
from tests.hostile.place import Place
from tests.hostile.pulls import Pull, pulls
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
AT_ONCE = 4
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


@pytest.fixture(scope="module")
def found_as_root() -> dict[str, list[str]]:
    """By pull request, what is wrong after it was looked at as root."""
    if os.geteuid() != 0:
        pytest.skip("these tests do not run as root")
    return _found(None, sys.executable, ROOT)


@pytest.fixture(scope="module")
def found_as_user(python_of_users: str) -> dict[str, list[str]]:
    """The same as an ordinary user, with the wheel that users get."""
    return _found(USER if os.geteuid() == 0 else None, python_of_users, None)


def _found(user: int | None, python: str, root: Path | None) -> dict[str, list[str]]:
    """Looks at several at once: most of the time a lab that is not as it should be is waited for."""
    every = pulls()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = threads.map(lambda pull: _looked_at(pull, user, python, root), every)
        return {pull.name: wrong for pull, wrong in zip(every, found, strict=True)}


def _looked_at(pull: Pull, user: int | None, python: str, root: Path | None) -> list[str]:
    folder = Path(tempfile.mkdtemp(prefix="pull-", dir=ELSEWHERE if os.geteuid() == 0 else Path.home()))
    folder.chmod(0o755)
    try:
        place = Place(folder, user)
        place.make()
        ways = Ways(place, python, root)
        ways.make()
        return look_at(pull, ways)
    finally:
        shutil.rmtree(folder)

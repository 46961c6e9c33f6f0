"""Fixtures of the live ring: FRR or a clear word, labs as a user types them, a host that stays as it was."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.control.wait import wait
from lab.net import vlan
from lab.net.vlan.base import AttacherProbe
from tests.containerlab.ring import require_ring
from tests.live import leaks
from tests.live.harness import USER, Labs, installed_for_users, labs_of, own_command
from tests.live.wiring_lab import NODES, Lab
from tests.live.worlds import lab

FRR_FOLDERS = (Path("/usr/lib/frr"), Path("/usr/libexec/frr"))
SECONDS_TO_FREE = 15.0
ENGINES = ["netns", pytest.param("containerlab", marks=pytest.mark.containerlab)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("live")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `both_engines` runs on either: the engine is a parameter of the test."""
    if metafunc.definition.get_closest_marker("both_engines") and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True, scope="module")


@pytest.fixture(autouse=True, scope="session")
def marked_processes() -> None:
    """Everything that this run starts carries the run's token, see `leaks`."""
    os.environ[leaks.TOKEN_NAME] = leaks.TOKEN


@pytest.fixture(autouse=True, scope="session")
def frr() -> Path:
    """Where FRR's daemons are. Without them an ordinary user skips; root and CI, who can install them, fail."""
    for folder in FRR_FOLDERS:
        if (folder / "bgpd").exists():
            return folder
    if os.geteuid() == 0 or os.environ.get("CI"):
        pytest.fail("FRR is not installed: make install", pytrace=False)
    pytest.skip("FRR is not installed: make install")


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """Where the nodes of a test's labs live: netns, unless the test runs on both."""
    name: str = getattr(request, "param", "netns")
    if name == "containerlab":
        require_ring()
    return name


@contextmanager
def nothing_left() -> Iterator[None]:
    before = leaks.look()
    yield
    label = "host as before"
    left = wait(lambda: leaks.look().since(before), deadline=SECONDS_TO_FREE, label=label, until=lambda new: not new)
    if not left.ok:
        pytest.fail("left on the host:\n  " + "\n  ".join(left.last), pytrace=False)


@pytest.fixture(autouse=True, scope="module")
def nothing_left_by_the_module() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture(autouse=True)
def nothing_left_by_the_test(nothing_left_by_the_module: None) -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture
def labs(nothing_left_by_the_test: None, engine: str) -> Iterator[Labs]:
    """`mseelab` of this tree, as this user, with a state folder of the test's own, on the test's engine."""
    with labs_of(own_command(), engine=engine) as given:
        yield given


@pytest.fixture(scope="module")
def module_labs(nothing_left_by_the_module: None, engine: str) -> Iterator[Labs]:
    """The same for a whole module: for labs that many tests look at."""
    with labs_of(own_command(), engine=engine) as given:
        yield given


@pytest.fixture(scope="session")
def user_command() -> Iterator[list[str]]:
    """`mseelab` as the built wheel installs it, where an ordinary user can read it."""
    if os.geteuid() != 0:
        yield own_command()
        return
    folder = Path(tempfile.mkdtemp(prefix="mseewheel-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        yield installed_for_users(folder / "env")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def user_labs(nothing_left_by_the_test: None, user_command: list[str]) -> Iterator[Labs]:
    """`mseelab` as an ordinary user: uid 1500 and no root anywhere, with the wheel that users get."""
    with labs_of(user_command, user=USER if os.geteuid() == 0 else None) as given:
        yield given


@pytest.fixture(params=["root", "user", pytest.param("containerlab", marks=pytest.mark.containerlab)])
def any_labs(request: pytest.FixtureRequest, nothing_left_by_the_test: None) -> Iterator[Labs]:
    """The test runs three times: as root (where the tests are), as an ordinary user, and in containers."""
    if request.param == "containerlab":
        require_ring()
        with labs_of(own_command(), engine="containerlab") as given:
            yield given
        return
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("these tests do not run as root")
    labs: Labs = request.getfixturevalue("labs" if request.param == "root" else "user_labs")
    yield labs


@pytest.fixture(scope="module")
def probes() -> dict[str, AttacherProbe]:
    return {probe.name: probe for probe in vlan.probe_all()}


@pytest.fixture(params=vlan.NAMES)
def attacher(request: pytest.FixtureRequest, probes: dict[str, AttacherProbe]) -> str:
    probe = probes[request.param]
    if not probe.ok:
        pytest.skip(f"{probe.name}: {probe.reason}")
    return probe.name


@pytest.fixture
def wired(attacher: str) -> Iterator[Lab]:
    with lab("wiring", NODES) as world:
        made = Lab(world, attacher)
        try:
            yield made
        finally:
            made.wirer.close()

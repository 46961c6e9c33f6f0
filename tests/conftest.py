"""What every ring shares: the repository's place, and an environment in which the caller's own labs do not show."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import execnet
    from xdist.remote import Producer

    from tests.parallel import ByModule

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def no_state_of_the_caller() -> None:
    """A test that forgets to choose a state folder must not meet the labs of whoever runs the tests."""
    os.environ.pop("MSEELAB_STATE", None)


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A shell without job control (`make test &` in a script) has its jobs ignore SIGINT, and so would all that tests
    start: an interrupted `up` ended with 0 after it had come up, and an interrupted pytest ran out its minute."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.basetemp and hasattr(config, "workerinput"):
        Path(config.option.basetemp).parent.mkdir(parents=True, exist_ok=True)  # on a host of its own it is not there


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    from tests.parallel import processes

    return processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[execnet.XSpec]) -> None:
    from tests.parallel import give_hosts

    give_hosts(specs)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    from tests.parallel import ByModule

    return ByModule(config, log)

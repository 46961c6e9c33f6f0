"""What every ring shares: the repository's place, and an environment in which the caller's own labs do not show."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def no_state_of_the_caller() -> None:
    """A test that forgets to choose a state folder must not meet the labs of whoever runs the tests."""
    os.environ.pop("MSEELAB_STATE", None)

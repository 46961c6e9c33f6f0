"""Fixtures of the containerlab ring: those of the live ring, on the other engine; skipped, or failed, where it is not.

What both engines share is tested in `tests/live`, by tests that run on both: `pytest -m containerlab` runs them all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.containerlab.ring import require_ring
from tests.live.conftest import (  # noqa: F401  (fixtures are found by name)
    labs,
    marked_processes,
    module_labs,
    nothing_left_by_the_module,
    nothing_left_by_the_test,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("containerlab")


@pytest.fixture(autouse=True, scope="session")
def ring() -> None:
    require_ring()


@pytest.fixture(scope="module")
def engine() -> str:
    return "containerlab"

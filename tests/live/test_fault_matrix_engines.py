"""A part of the fault matrix on both engines; see test_fault_matrix.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import circuits, public, test_fault_matrix
from tests.live.harness import Labs
from tests.live.test_fault_matrix import BOTH, asked, the_cell

pytestmark = pytest.mark.both_engines


@pytest.fixture(autouse=True)
def nothing_left_by_the_test() -> None:
    """`up` starts daemons of the module's lab anew in every test: what is left is looked at after the module."""


@pytest.fixture(scope="module")
def lab(module_labs: Labs, engine: str) -> Iterator[Labs]:
    module_labs.environment = {**module_labs.environment, **public.ENVIRONMENT}
    module_labs.write("circuit.yml", circuits.text(public.both()))
    module_labs.ok("up")
    module_labs.ok("check")
    yield module_labs
    module_labs.ok("check")
    module_labs.ok("down")


@pytest.fixture(scope="module")
def healthy(lab: Labs) -> dict[str, float]:
    found = {done.arguments[0]: done.seconds for done in asked(lab).values()}
    return {**found, "up": lab.ok("up", "-o", "json").seconds}


@pytest.mark.parametrize(("fault", "node", "daemon"), sorted(BOTH))
def test_every_verb_says_so_and_up_mends_it(
    lab: Labs, engine: str, healthy: dict[str, float], fault: str, node: str, daemon: str
) -> None:
    """A10 and A11, in containers too."""
    assert (fault, node, daemon) in test_fault_matrix.CELLS
    the_cell(lab, healthy, fault, node, daemon)

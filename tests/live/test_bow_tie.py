"""Two circuits, two VNets, each connected to both: everybody has a way at home, and one across when that is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.harness import Labs
from tests.live.looking import away, until, ways

WEST, NORTH, BOTH_SITES = "v1", "v2", "10.30.0.0/16"


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.ok("up", "bow-tie")
    yield module_labs
    module_labs.ok("down", "er-bow-tie")


def hops(vnet: int, circuit: int) -> set[str]:
    """The MSEEs of a circuit as a VNet sees them (ER407)."""
    return {f"10.{vnet}.0.{2 + 2 * circuit}", f"10.{vnet}.0.{3 + 2 * circuit}"}


@pytest.mark.rule("ER410")
def test_what_is_behind_both_sites_is_reached_over_the_circuit_at_home(lab: Labs) -> None:
    assert ways(lab, BOTH_SITES, "azure", WEST) == hops(101, 1)
    assert ways(lab, BOTH_SITES, "azure", NORTH) == hops(102, 2)
    assert ways(lab, "10.20.0.0/16", "azure", WEST) == hops(101, 2), "Dublin's own has one way, whatever the weight"
    assert ways(lab, "10.10.0.0/16", "azure", NORTH) == hops(102, 1)


@pytest.mark.rule("ER214")
def test_a_circuit_that_is_gone_takes_no_vnet_with_it(lab: Labs) -> None:
    away(lab, "ce1", 65010)
    until(lambda: ways(lab, BOTH_SITES, "azure", WEST) == hops(101, 2), 5, "over Dublin")
    lab.ok("exec", "ce2", "ping", "-c", "1", "-W", "2", "-I", "10.20.0.2", "10.101.0.36")
    assert not ways(lab, "10.10.0.0/16", "azure", WEST), "Amsterdam's own is gone: nothing passes between circuits"
    away(lab, "ce1", 65010, back=True)
    until(lambda: ways(lab, BOTH_SITES, "azure", WEST) == hops(101, 1), 10, "at home again")

"""Which packets have to find their way by the CE's own routes."""

from __future__ import annotations

from lab.circuit.models import Path
from lab.control.ways import flows
from lab.role.expect import Leg


def leg(circuit: str, path: Path, source: str, target: str) -> Leg:
    return Leg(circuit, "MicrosoftPeering", "Microsoft", "ipv4", path, "ce1", "192.0.2.1", source, target)


def test_a_target_that_is_reached_from_several_addresses_is_not_asked_of_the_routes() -> None:
    """Of two circuits each takes its own declared prefix alone, and the CE's ECMP led one into the other."""
    mine = [leg("a", "primary", "198.51.100.1", "198.18.66.1"), leg("a", "secondary", "198.51.100.1", "198.18.66.1")]
    other = leg("b", "primary", "203.0.113.1", "198.18.66.1")
    assert flows(mine) == (("ce1", "198.51.100.1", "198.18.66.1"),)
    assert flows([*mine, other]) == ()
    assert flows([*mine, leg("b", "primary", "203.0.113.1", "198.18.130.1")]) == (
        ("ce1", "198.51.100.1", "198.18.66.1"), ("ce1", "203.0.113.1", "198.18.130.1"),
    )

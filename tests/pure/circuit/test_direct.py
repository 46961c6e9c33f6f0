"""Port pairs: what can change in one, what room it has, and which steps a circuit on one does not take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab.circuit.lifecycle import PROVIDER_STEPS, ProviderStep, may, provider_move
from lab.circuit.models import Circuit, PortPair, VnetConnection
from lab.circuit.offers import PORT_BANDWIDTHS, booked_gbps, check_port_change, room_gbps
from lab.errors import Impossible

PORT = PortPair("er-port", "ce1", "Amsterdam", 10, "Dot1Q")
CIRCUIT = Circuit("a", (), (), port="er-port", bandwidth_gbps=10)


@pytest.mark.rule("ER706")
@pytest.mark.parametrize("step", PROVIDER_STEPS)
def test_no_provider_works_on_a_circuit_of_a_port_pair(step: ProviderStep) -> None:
    with pytest.raises(Impossible, match="it has no provider") as refused:
        provider_move(CIRCUIT, step)
    assert refused.value.rule == "ER706"


@pytest.mark.rule("ER706")
def test_it_is_deleted_without_a_provider_and_after_its_connections() -> None:
    may(CIRCUIT, "delete")
    may(CIRCUIT, "peering")
    with pytest.raises(Impossible, match="1 connection use") as refused:
        may(replace(CIRCUIT, connections=(VnetConnection("hub"),)), "delete")
    assert (refused.value.rule, refused.value.next) == ("ER105", "mseelab connection delete hub-a")


@pytest.mark.rule("ER704")
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("encapsulation", {"encapsulation": "QinQ"}),
        ("bandwidthInGbps", {"bandwidth_gbps": 100}),
        ("peeringLocation", {"location": "Dublin"}),
        ("customerEdge", {"ce": "ce2"}),
    ],
)
def test_a_port_pair_does_not_change(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(Impossible, match=f"{field} of er-port cannot change") as refused:
        check_port_change(PORT, replace(PORT, **change))
    assert refused.value.rule == "ER704"


def test_but_for_the_state_of_its_links() -> None:
    check_port_change(PORT, replace(PORT, links_enabled=(True, False)))


@pytest.mark.rule("ER703")
def test_the_room_on_a_port_pair() -> None:
    others = (CIRCUIT, replace(CIRCUIT, name="b", bandwidth_gbps=2), Circuit("c", (), (), bandwidth_mbps=1000))
    assert booked_gbps("er-port", others) == 12
    assert room_gbps(PORT, others) == 8
    assert room_gbps(replace(PORT, name="other"), others) == 20


@pytest.mark.rule("ER702")
def test_every_port_takes_a_circuit_of_its_own_bandwidth() -> None:
    assert all(takes[-1] == port for port, takes in PORT_BANDWIDTHS.items())


def test_bandwidth_in_one_unit() -> None:
    assert CIRCUIT.speed_mbps == 10_000
    assert Circuit("c", (), (), bandwidth_mbps=50).speed_mbps == 50
    assert Circuit("c", (), ()).speed_mbps is None

"""What can change in a circuit, and how many VNets it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab.circuit.models import Circuit, SkuTier, VnetConnection
from lab.circuit.offers import check_change, connection_limit
from lab.errors import Impossible

ONE = Circuit("er-1", (), (), provider="Lab Exchange", location="Amsterdam", bandwidth_mbps=1000)


@pytest.mark.rule("ER108")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tier": "Standard"}, {"tier": "Premium"}),
        ({"tier": "Premium"}, {"tier": "Standard"}),
        ({"tier": "Local"}, {"tier": "Standard"}),
        ({"tier": "Local"}, {"tier": "Premium"}),
        ({"sku_family": "MeteredData"}, {"sku_family": "UnlimitedData"}),
        ({"bandwidth_mbps": 1000}, {"bandwidth_mbps": 2000}),
        ({}, {}),
    ],
)
def test_what_can_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    check_change(replace(ONE, **before), replace(ONE, **after))


@pytest.mark.rule("ER108")
@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ({"tier": "Standard"}, {"tier": "Local"}, "sku.tier"),
        ({"tier": "Premium"}, {"tier": "Local"}, "sku.tier"),
        ({"sku_family": "UnlimitedData"}, {"sku_family": "MeteredData"}, "sku.family"),
        ({"bandwidth_mbps": 1000}, {"bandwidth_mbps": 500}, "bandwidthInMbps"),
        ({"port": "p", "bandwidth_gbps": 5}, {"port": "p", "bandwidth_gbps": 2}, "bandwidthInGbps"),
        ({}, {"provider": "Another"}, "serviceProviderName"),
        ({}, {"location": "London"}, "peeringLocation"),
        ({}, {"port": "pair"}, "expressRoutePort"),
    ],
)
def test_what_cannot_change(before: dict[str, Any], after: dict[str, Any], field: str) -> None:
    with pytest.raises(Impossible) as refused:
        check_change(replace(ONE, **before), replace(ONE, **after))
    assert refused.value.rule == "ER108"
    assert refused.value.message.startswith(f"{field} of er-1 cannot change")


@pytest.mark.rule("ER108", "ER411")
def test_premium_with_many_connections_stays_premium() -> None:
    many = replace(ONE, tier="Premium", connections=tuple(VnetConnection(f"v{n}") for n in range(11)))
    with pytest.raises(Impossible, match="it has 11 connections; Standard takes 10"):
        check_change(many, replace(many, tier="Standard"))


@pytest.mark.rule("ER411")
@pytest.mark.parametrize(
    ("tier", "bandwidth", "limit"),
    [
        ("Standard", 10000, 10), ("Local", 50, 10), ("Premium", 50, 20), ("Premium", 200, 25), ("Premium", 500, 40),
        ("Premium", 1000, 50), ("Premium", 2000, 60), ("Premium", 5000, 75), ("Premium", 10000, 100),
        ("Premium", None, 100),
    ],
)
def test_how_many_vnets(tier: SkuTier, bandwidth: int | None, limit: int) -> None:
    assert connection_limit(tier, bandwidth) == limit

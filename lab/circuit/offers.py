"""What a circuit can be ordered as, and what can change in it afterwards (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from lab.circuit.models import Circuit, SkuTier
from lab.errors import Impossible

BANDWIDTHS_MBPS = (50, 100, 200, 500, 1000, 2000, 5000, 10000)
CONNECTIONS = 10
PREMIUM_CONNECTIONS = {50: 20, 100: 25, 200: 25, 500: 40, 1000: 50, 2000: 60, 5000: 75, 10000: 100}
MOST_CONNECTIONS = 100


def connection_limit(tier: SkuTier, bandwidth_mbps: int | None) -> int:
    """How many VNets a circuit takes (expressroute-limits, ER411)."""
    if tier != "Premium":
        return CONNECTIONS
    return PREMIUM_CONNECTIONS.get(bandwidth_mbps or MOST_CONNECTIONS, MOST_CONNECTIONS)


def check_change(old: Circuit, new: Circuit) -> None:
    """Raises Impossible (ER108) where a circuit cannot become another; what both have in common is not looked at."""
    for field, was, wanted, why in _refusals(old, new):
        raise Impossible(f"{field} of {old.name} cannot change from {was} to {wanted}: {why}", rule="ER108")


def _refusals(old: Circuit, new: Circuit) -> Iterator[tuple[str, object, object, str]]:
    if old.tier != new.tier:
        if new.tier == "Local":
            yield "sku.tier", old.tier, new.tier, "no circuit becomes Local"
        limit = connection_limit(new.tier, new.bandwidth_mbps)
        if len(new.connections) > limit:
            yield "sku.tier", old.tier, new.tier, f"it has {len(new.connections)} connections; {new.tier} takes {limit}"
    if old.sku_family == "UnlimitedData" and new.sku_family == "MeteredData":
        yield "sku.family", old.sku_family, new.sku_family, "billing only goes from metered to unlimited"
    for field, was, wanted in (
        ("bandwidthInMbps", old.bandwidth_mbps, new.bandwidth_mbps),
        ("bandwidthInGbps", old.bandwidth_gbps, new.bandwidth_gbps),
    ):
        if was is not None and wanted is not None and wanted < was:
            yield field, was, wanted, "bandwidth only grows; delete the circuit and create it again"
    for field, had, has in (
        ("serviceProviderName", old.provider, new.provider),
        ("peeringLocation", old.location, new.location),
        ("expressRoutePort", old.port, new.port),
    ):
        if had != has:
            yield field, had, has, "that is another circuit"

"""What a circuit can be ordered as, and what can change in it afterwards (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lab.circuit.models import Circuit, PortPair, SkuTier
from lab.errors import Impossible

BANDWIDTHS_MBPS = (50, 100, 200, 500, 1000, 2000, 5000, 10000)
# A port pair's bandwidth, and what circuits it takes, in Gbps (expressroute-erdirect-about, ER702).
PORT_BANDWIDTHS: Mapping[int, tuple[int, ...]] = {
    10: (1, 2, 5, 10),
    100: (5, 10, 40, 100),
    400: (5, 10, 40, 100, 200, 400),
}
OVERSUBSCRIPTION = 2
CONNECTIONS = 10
PREMIUM_CONNECTIONS = {50: 20, 100: 25, 200: 25, 500: 40, 1000: 50, 2000: 60, 5000: 75, 10000: 100}
MOST_CONNECTIONS = 100


def connection_limit(tier: SkuTier, bandwidth_mbps: int | None) -> int:
    """How many VNets a circuit takes (expressroute-limits, ER411)."""
    if tier != "Premium":
        return CONNECTIONS
    return MOST_CONNECTIONS if bandwidth_mbps is None else PREMIUM_CONNECTIONS.get(bandwidth_mbps, MOST_CONNECTIONS)


def check_change(old: Circuit, new: Circuit) -> None:
    """Raises Impossible (ER108) where a circuit cannot become another; what both have in common is not looked at."""
    for field, was, wanted, why in _refusals(old, new):
        raise Impossible(f"{field} of {old.name} cannot change from {was} to {wanted}: {why}", rule="ER108")


def booked_gbps(port: str, circuits: Iterable[Circuit]) -> int:
    """The sum of the bandwidths of the circuits on a port pair, Azure's provisionedBandwidthInGbps."""
    return sum(c.bandwidth_gbps or 0 for c in circuits if c.port == port)


def room_gbps(port: PortPair, circuits: Iterable[Circuit]) -> int:
    """What a port pair still takes: circuits may add up to twice its bandwidth (expressroute-erdirect-about, ER703)."""
    return OVERSUBSCRIPTION * port.bandwidth_gbps - booked_gbps(port.name, circuits)


def check_port_change(old: PortPair, new: PortPair) -> None:
    """Raises Impossible (ER704) where a port pair cannot become another: only its links' states change."""
    for field, was, wanted in (
        ("encapsulation", old.encapsulation, new.encapsulation),
        ("bandwidthInGbps", old.bandwidth_gbps, new.bandwidth_gbps),
        ("peeringLocation", old.location, new.location),
        ("customerEdge", old.ce, new.ce),
    ):
        if was != wanted:
            raise Impossible(
                f"{field} of {old.name} cannot change from {was} to {wanted}: that is another port pair",
                rule="ER704",
                next=f"mseelab port delete {old.name} after its circuits, then mseelab port create",
            )


def _refusals(old: Circuit, new: Circuit) -> Iterator[tuple[str, object, object, str]]:
    if old.tier != new.tier:
        if new.tier == "Local":
            yield "sku.tier", old.tier, new.tier, "no circuit becomes Local"
        limit = connection_limit(new.tier, new.speed_mbps)
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

"""The routing policy of the Microsoft side, as blocks of FRR configuration."""

from __future__ import annotations

from collections.abc import Iterable

from bgp.frr.config import Block
from lab.circuit.models import Family

PREFER_GLOBAL = "set ipv6 next-hop prefer-global"
DEFAULT_LOCAL_PREFERENCE = 100

# Communities of the customer are ignored; no prefix is filtered inbound on private peering (expressroute-routing).
MSEE_POLICY = (
    Block("bgp as-path access-list FROM-GW seq 5 permit ^65515"),
    Block("bgp as-path access-list FROM-GW-STRIPPED seq 5 permit ^65515"),
    Block("bgp as-path access-list FROM-GW-STRIPPED seq 10 permit ^$"),
    Block("route-map msee-ce-in permit 10", ("set community none", "set large-community none")),
    Block("route-map msee-ce-in6 permit 10", ("set community none", "set large-community none", PREFER_GLOBAL)),
    # remove-private-AS acts before the map, so a gateway's own routes arrive here with an empty path.
    Block("route-map msee-ce-out permit 10", ("match as-path FROM-GW-STRIPPED", "set as-path exclude 65515 65520")),
    Block("route-map msee-gw-in6 permit 10", (PREFER_GLOBAL,)),
    # No hairpin between VNets, and no echo between the twin gateways.
    Block("route-map msee-gw-out deny 5", ("match as-path FROM-GW",)),
    Block("route-map msee-gw-out permit 10"),
)

AZURE_POLICY = (
    Block("bgp as-path access-list LOCAL seq 5 permit ^$"),
    Block("route-map gw-in6 permit 10", (PREFER_GLOBAL,)),
    Block("route-map gw-out permit 10", ("match as-path LOCAL",)),
    Block("route-map to-host deny 5", ("match as-path LOCAL",)),
    Block("route-map to-host permit 10"),
    Block("route-map host-in6 permit 10", (PREFER_GLOBAL,)),
)


def from_msee(family: Family, weight: int) -> str | None:
    """The route-map of what a gateway takes from an MSEE, over a connection of that routingWeight."""
    if weight:
        return f"gw-weight{weight}-in6" if family == "ipv6" else f"gw-weight{weight}"
    return "gw-in6" if family == "ipv6" else None


def weight_policy(weights: Iterable[int]) -> tuple[Block, ...]:
    """routingWeight as local preference, which the VNet's host sees too: the higher wins before the AS path (ER410)."""
    found = []
    for weight in sorted({weight for weight in weights if weight}):
        preferred = f"set local-preference {DEFAULT_LOCAL_PREFERENCE + weight}"
        found.append(Block(f"route-map gw-weight{weight} permit 10", (preferred,)))
        found.append(Block(f"route-map gw-weight{weight}-in6 permit 10", (preferred, PREFER_GLOBAL)))
    return tuple(found)

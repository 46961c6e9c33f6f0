"""The routing policy of the Microsoft side, as blocks of FRR configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bgp.frr.config import Block
from lab.circuit.models import FAMILIES, MICROSOFT, Family, Peering, RouteFilter, Spec

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


# Numbers for documents have no place in an AS path on Microsoft peering, and the customer's communities are ignored;
# what the core sends goes to customers only, and nothing but its own prefixes comes from it (expressroute-routing).
MICROSOFT_POLICY = (
    *(
        Block(f"bgp as-path access-list DOCUMENTATION-AS seq {5 * n} permit _{pattern}_")
        for n, pattern in enumerate(("6449[6-9]", "6450[0-9]", "6451[0-1]"), start=1)
    ),
    Block("bgp as-path access-list FROM-CORE seq 5 permit ^8075$"),
    Block("route-map ms-core-in permit 10", ("match as-path FROM-CORE",)),
    Block("route-map ms-core-in6 permit 10", ("match as-path FROM-CORE", PREFER_GLOBAL)),
    Block("route-map ms-core-out deny 5", ("match as-path FROM-CORE",)),
    Block("route-map ms-core-out permit 10"),
    Block("route-map ms-ce-none deny 10"),
    *(
        block
        for name, prefer in (("ms-ce-in", ()), ("ms-ce-in6", (PREFER_GLOBAL,)))
        for block in (
            Block(f"route-map {name} deny 5", ("match as-path DOCUMENTATION-AS",)),
            Block(f"route-map {name} permit 10", ("set community none", "set large-community none", *prefer)),
        )
    ),
)


def declared_list(number: int, family: Family) -> str:
    """The prefix list of what the MSEE takes from the customer of circuit `number` on Microsoft peering."""
    return f"ms-ce{number}" + ("-6" if family == "ipv6" else "")


def filter_map(peering: Peering, family: Family) -> str:
    """The route-map of what Microsoft peering sends: nothing without a route filter."""
    name = peering.route_filter(family)
    return f"ms-filter-{name}" if name else "ms-ce-none"


def declared_policy(number: int, peering: Peering) -> tuple[Block, ...]:
    """Only prefixes inside the declared ones, up to a /32 or /128, so never a default route."""
    found = []
    for family in FAMILIES:
        config = peering.microsoft_config(family)
        if config is None or not peering.validated(family):
            continue
        keyword = "ip" if family == "ipv4" else "ipv6"
        name = declared_list(number, family)
        for position, prefix in enumerate(config.prefixes, start=1):
            longest = prefix.network.max_prefixlen
            more = f" le {longest}" if prefix.network.prefixlen < longest else ""
            found.append(Block(f"{keyword} prefix-list {name} seq {5 * position} permit {prefix.network}{more}"))
    return tuple(found)


def filter_policy(filters: Iterable[RouteFilter]) -> tuple[Block, ...]:
    """A route filter lets through what carries one of its communities; the CE sees the AS path 12076 alone."""
    found = []
    for each in filters:
        name = f"ms-filter-{each.name}"
        for position, community in enumerate(each.communities, start=1):
            found.append(Block(f"bgp community-list standard {name} seq {5 * position} permit {community}"))
        found.append(Block(f"route-map {name} permit 10", (f"match community {name}", "set as-path exclude 8075")))
    return tuple(found)


def microsoft_policy(spec: Spec, numbers: Mapping[str, int]) -> tuple[Block, ...]:
    """All of an MSEE's policy for Microsoft peering; empty in a lab without. `numbers` are the circuits'."""
    peerings = [(c.name, p) for c in spec.circuits if c.provisioned and (p := c.peering(MICROSOFT))]
    if not peerings:
        return ()
    attached = {name for _, peering in peerings for _, name in peering.route_filters}
    declared = [block for circuit, peering in peerings for block in declared_policy(numbers[circuit], peering)]
    return (*MICROSOFT_POLICY, *declared, *filter_policy(f for f in spec.route_filters if f.name in attached))

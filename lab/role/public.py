"""What Microsoft peering carries: the prefixes that a customer declares, one way, and the feed, the other."""

from __future__ import annotations

from lab.circuit import feed
from lab.circuit.models import FAMILIES, MICROSOFT, CustomerEdge, Family, Network, Spec


def declared(spec: Spec, circuit: str, family: Family) -> tuple[Network, ...]:
    """The circuit's declared prefixes of a family, empty without Microsoft peering: what its CE sends there."""
    peering = spec.circuit(circuit).peering(MICROSOFT)
    config = peering.microsoft_config(family) if peering else None
    return tuple(prefix.network for prefix in config.prefixes) if config else ()


def allowed(spec: Spec, circuit: str, family: Family) -> tuple[Network, ...]:
    """What the route filter of a circuit's Microsoft peering lets through in a family; nothing without a filter."""
    peering = spec.circuit(circuit).peering(MICROSOFT)
    name = peering.route_filter(family) if peering else None
    return feed.allowed(family, spec.route_filter(name).communities) if name else ()


def first_prefixes(spec: Spec, edge: CustomerEdge) -> tuple[Network, ...]:
    """The first declared prefix of each family and circuit of a CE: it has an address in each, to be reached at."""
    found = (declared(spec, c.name, f) for c in spec.circuits if edge in spec.ces_of(c) for f in FAMILIES)
    return tuple(dict.fromkeys(prefixes[0] for prefixes in found if prefixes))

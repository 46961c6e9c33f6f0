"""What BGP knows about a hop's route: every path to the prefix, and which of them are used. Inside the lab's world."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bgp.frr import show
from bgp.route import Route
from bgp.session import Family
from lab.control.observe import Daemons
from lab.trace.way import Hop, Trace

DROPPED = ("blackhole", "unreachable", "prohibit")


@dataclass(frozen=True)
class Decided:
    """A hop; where its route is BGP's and its router FRR, with every path to the prefix (`multipath`: used)."""

    hop: Hop
    paths: tuple[Route, ...] = ()


def decided(daemons: Daemons, trace: Trace) -> tuple[tuple[Decided, ...], tuple[Decided, ...]]:
    """The hops there and back."""
    there, back = (tuple(_of(daemons, hop, way.target) for hop in way.hops) for way in (trace.there, trace.back))
    return there, back


def _of(daemons: Daemons, hop: Hop, target: str) -> Decided:
    node, vrf = hop.place
    if hop.kind in DROPPED and not hop.prefix and daemons.runs(node, "zebra"):
        # The kernel refuses the lookup and does not say by which route.
        found = show.route_of(daemons.vty(node, "zebra"), vrf, target)
        return Decided(replace(hop, prefix=found[0], protocol=found[1]) if found else hop)
    if hop.protocol != "bgp" or not hop.nexts or not daemons.runs(node):
        return Decided(hop)
    family: Family = "ipv6" if ":" in hop.prefix else "ipv4"
    return Decided(hop, show.routes_to(daemons.vty(node), vrf, family, hop.prefix))

"""Ways into Azure as echo requests: each path by way of its MSEE, and as the CE itself would send them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from lab.engine.base import Node
from lab.net.ping import Echo
from lab.role.expect import Flow, Leg


def over_path(nodes: Mapping[str, Node], leg: Leg, size: int | None = None) -> Echo:
    """Over the leg's path whatever the CE prefers; `size` as in `Echo`."""
    gateway = leg.msee_address or None
    return Echo(nodes[leg.ce].pid, leg.target, leg.source, leg.ce_address, size=size, gateway=gateway)


def as_routed(nodes: Mapping[str, Node], flow: Flow) -> Echo:
    """The way that the CE's own routes have."""
    ce, source, target = flow
    return Echo(nodes[ce].pid, target, source)


def flows(legs: Iterable[Leg]) -> tuple[Flow, ...]:
    """The packets of `legs`, each once, that the CE's own routes have to bring there.

    Not those to a target that a CE reaches from several of its addresses: each is good on the circuits that it is
    declared on, and routes choose by the target alone (several circuits with Microsoft peering).
    """
    found = dict.fromkeys(leg.flow for leg in legs)
    sources = Counter((ce, target) for ce, _, target in found)
    return tuple(flow for flow in found if sources[flow[0], flow[2]] == 1)

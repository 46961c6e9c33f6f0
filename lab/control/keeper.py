"""What a world's watcher is told: which BFD sessions it takes into BGP once they are up."""

from __future__ import annotations

from collections.abc import Iterable

from bgp.frr.config import FrrConfig
from lab.engine.base import World
from lab.role.state import NodeState


def orders(states: Iterable[NodeState]) -> dict[str, list[dict[str, object]]]:
    """By node, every neighbor with BFD of the routers whose configuration is ours."""
    found: dict[str, list[dict[str, object]]] = {}
    for state in states:
        if not isinstance(state.router, FrrConfig):
            continue
        found[state.name] = [
            {"asn": i.asn, "vrf": i.vrf, "peer": n.address, "local": n.local_address, "profile": n.bfd}
            for i in state.router.instances
            for n in i.neighbors
            if n.bfd and not n.shutdown
        ]
    return found


def tell(world: World, states: Iterable[NodeState]) -> None:
    """Replaces the watcher's orders, inside the world."""
    world.watch(orders(states))

"""What a world's watcher is told: which BFD sessions it takes into BGP once they are up, and the prefix limits."""

from __future__ import annotations

from collections.abc import Iterable

from bgp.frr.config import FrrConfig, Neighbor
from bgp.frr.render import limit_line
from lab.engine.base import World
from lab.role.state import NodeState


def orders(states: Iterable[NodeState], *, bfd: bool = True) -> dict[str, list[dict[str, object]]]:
    """By node, every neighbor with BFD or a prefix limit of the routers whose configuration is ours.

    Without `bfd` it is the limits alone.
    """
    found: dict[str, list[dict[str, object]]] = {}
    for state in states:
        if not isinstance(state.router, FrrConfig):
            continue
        passive = {profile.name for profile in state.router.bfd_profiles if profile.passive}
        found[state.name] = [
            {
                "asn": i.asn, "vrf": i.vrf, "peer": n.address, "local": n.local_address,
                "profile": n.bfd if bfd else None, "limits": _limits(n), "passive": n.bfd in passive,
            }
            for i in state.router.instances
            for n in i.neighbors
            if not n.shutdown and ((n.bfd and bfd) or _limits(n))
        ]
    return found


def _limits(neighbor: Neighbor) -> list[dict[str, object]]:
    return [
        {"family": f.family, "limit": f.max_prefix, "line": limit_line(neighbor.address, f.max_prefix)}
        for f in neighbor.families
        if f.max_prefix is not None
    ]


def tell(world: World, states: Iterable[NodeState], *, bfd: bool = True) -> None:
    """Replaces the watcher's orders, inside the world."""
    world.watch(orders(states, bfd=bfd))

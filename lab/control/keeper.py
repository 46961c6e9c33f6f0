"""What the keeper of a world is told: which BFD sessions it takes into BGP once they are up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from bgp.frr.config import FrrConfig
from lab.role.state import NodeState

FOLDER = "/run/mseelab"
FILE = f"{FOLDER}/keeper.json"


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


def tell(states: Iterable[NodeState]) -> None:
    """Replaces the keeper's orders, inside the world; it reads them again when the file changes."""
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    temporary = f"{FILE}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(orders(states), file)
    os.replace(temporary, FILE)

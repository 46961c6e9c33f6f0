"""A BGP route, as a router shows it. Values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["igp", "egp", "incomplete"]


@dataclass(frozen=True)
class Route:
    """One path to `prefix`.

    `as_path` is the sequence as received, sets and confederations flattened. `next_hop` is `0.0.0.0` or `::` for a
    router's own routes and, in advertised routes, for those where the router puts itself. `peer` is who sent it, None
    for own routes and where the router does not say. `multipath` is true for every path that is used, `best` for one.
    `communities` is empty where a table does not print them. `local_pref` is None on what an eBGP peer sent.
    """

    prefix: str
    next_hop: str
    as_path: tuple[int, ...] = ()
    origin: Origin = "igp"
    local_pref: int | None = None
    med: int | None = None
    weight: int = 0
    communities: tuple[str, ...] = ()
    best: bool = False
    multipath: bool = False
    valid: bool = True
    peer: str | None = None

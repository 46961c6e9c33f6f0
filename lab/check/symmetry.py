"""Whether answers come back over a path that packets went by: a firewall on one path sees half of what does not.

Inside the lab's world.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.control.record import Applied
from lab.control.ways import flows
from lab.engine.base import Node
from lab.role.expect import Leg
from lab.trace.walk import Walker
from lab.trace.way import named

KIND = "symmetry"
MOST = 16
"""Flows that are looked at without being asked for; a large lab has thousands."""


def apart(applied: Applied, nodes: Mapping[str, Node], legs: Sequence[Leg]) -> list[str]:
    """A sentence on each flow whose way back has no path in common with its way there."""
    walker = Walker(applied, nodes)
    found = []
    for ce, source, target in flows(legs)[:MOST]:
        every = {(leg.circuit, leg.path) for leg in legs if leg.target == target}
        if walker.chosen(ce, target) >= every:
            continue  # whatever comes back has one of them
        trace = walker.trace(ce, source, target)
        if trace.apart:
            there, back = map(named, trace.paths)
            found.append(f"{ce} to {target}: there over {there}, back over {back} (mseelab trace {ce} {target})")
    return found

"""Labs in tests: a circuit that a program starts, breaks, asks and takes down again; what the pytest plugin gives.

    from lab.testing import Lab

    with Lab.up("circuit.yml") as lab:
        lab.wait_up()
        assert lab.ping("ce1", "10.100.0.36").lost == 0
"""

from __future__ import annotations

from lab.testing.lab import Broken, Family, Lab, PathName, Peering, Side
from lab.testing.values import Applied, Output, Ping, Planned, Prefixes, Reset, Session

__all__ = [
    "Applied", "Broken", "Family", "Lab", "Output", "PathName", "Peering", "Ping", "Planned", "Prefixes", "Reset",
    "Session", "Side",
]

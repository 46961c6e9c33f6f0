"""Whether waiting is of no use: every session that is late has a verdict that time cannot mend, seen twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lab.circuit.models import Session
from lab.control.health import Sick
from lab.control.record import Record
from lab.diagnose.diagnose import diagnose
from lab.diagnose.verdict import Diagnosis
from lab.engine.base import Node

STEADY_SECONDS = 0.3
"""Between the first sight of a verdict and the last, with the same verdict in each look between."""


def lasting(
    record: Record, nodes: Mapping[str, Node], late: Collection[Session], *, sick: Sequence[Sick] = ()
) -> tuple[Diagnosis, ...]:
    """The diagnoses of all the sessions that are `late`; none where one of them may still come.

    Takes up to two seconds, and ends as soon as one of them is up. Must run inside the lab's world.
    """
    found = diagnose(record, nodes, late, sick=sick, steady=STEADY_SECONDS)
    return found if found and all(each.lasting for each in found) else ()

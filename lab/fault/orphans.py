"""Faults whose owner was killed: the next command that is to find the lab whole lifts them first."""

from __future__ import annotations

from collections.abc import Callable

from lab.control.running import Running, find, in_child
from lab.fault import book
from lab.fault.base import Fault
from lab.fault.inject import lift
from lab.fault.scene import Scene


def lift_orphans(running: Running, say: Callable[[str], None]) -> Running:
    """The running lab without faults of commands that have ended; `say` hears a line for each that was lifted.

    This process need not be in the lab's world, and does not enter it. Nothing is done, nor anything heavy imported,
    where there is no such fault.
    """
    found = book.orphans(running.store, running.document)
    if not found:
        return running
    in_child(lambda: _lift(running, [entry.fault for entry in found]))
    for entry in found:
        say(f"{entry.fault.label} lifted: the command that had made it has ended")
    return find(running.lab)


def _lift(running: Running, faults: list[Fault]) -> None:
    with Scene.of(running) as scene:
        for fault in faults:
            lift(scene, fault)

"""Faults in a lab that is held. Inside the lab's world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.control.running import Running
from lab.fault import book
from lab.fault import inject as faults
from lab.fault.base import Fault
from lab.fault.scene import Scene
from lab.testing import telling
from lab.testing.held import Held

SETTLE_SECONDS = 10.0


def inject(held: Held, kind: str, options: Mapping[str, str], **where: Any) -> Fault:
    """Makes a fault. It meets a lab in which BGP follows BFD, unless another fault is active. Raises Impossible."""
    fault = faults.named(held.sessions, kind, options=options, **where)
    if not book.entries(held.store.read()):
        telling.settle(held, SETTLE_SECONDS)
    with _scene(held) as scene:
        faults.inject(scene, fault)
    return fault


def lift(held: Held, fault: Fault) -> None:
    """Takes a fault away; nothing to do when it is not active."""
    with _scene(held) as scene:
        faults.lift(scene, fault)
    if fault not in held.lifted:
        held.lifted.append(fault)


def lift_all(held: Held) -> tuple[Fault, ...]:
    """Takes every active fault away, the newest first; which."""
    found = book.entries(held.store.read())
    for entry in reversed(found):
        lift(held, entry.fault)
    return tuple(entry.fault for entry in found)


def _scene(held: Held) -> Scene:
    return Scene(Running(held.store, held.store.read() or {}), held.wirer)

"""`down`: the engine takes the nodes away, the record is forgotten."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from lab.circuit.store import Store, recorded_labs
from lab.control.running import named_or_here, world_of


@dataclass(frozen=True)
class DownResult:
    """What was taken away. A lab whose supervisor had died before has no processes left to count."""

    lab: str
    nodes: int
    links: int
    processes: int
    seconds: float


def down(lab: str | None, cwd: Path) -> DownResult:
    """Takes a lab down: by name, this folder's, or the only one. Raises Impossible when there is none.

    Works on every state that a killed command can leave, and is safe to repeat.
    """
    return _take_down(named_or_here(lab, cwd))


def down_all() -> tuple[DownResult, ...]:
    """Takes every lab of this user down."""
    return tuple(_take_down(name) for name in recorded_labs())


def _take_down(name: str) -> DownResult:
    begun = time.monotonic()
    store = Store(name)
    try:
        with store.locked():
            document = store.read()
            nodes = links = processes = 0
            if document is not None and "world" in document:
                gone = world_of(document).destroy()
                nodes, processes = gone.nodes, gone.processes
                if nodes:
                    links = len(document["applied"]["topology"]["links"])
            store.forget()
    finally:
        store.close()
    return DownResult(name, nodes, links, processes, time.monotonic() - begun)

"""`down`: the engine takes the nodes away, the record is forgotten."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from lab.circuit.store import Store, recorded_labs
from lab.control.lost import lost, worlds_of
from lab.control.running import named_or_here, world_of
from lab.engine.base import Gone
from lab.engine.registry import NAMES
from lab.errors import Damaged, LabError


@dataclass(frozen=True)
class DownResult:
    """What was taken away. A lab whose supervisor had died before has no processes left to count; of one that is not
    `recorded` (its record was lost or damaged) neither nodes nor links are known."""

    lab: str
    nodes: int
    links: int
    processes: int
    seconds: float
    recorded: bool = True


def down(lab: str | None, cwd: Path) -> DownResult:
    """Takes a lab down: by name, this folder's, or the only one. Raises Impossible when there is none.

    Works on every state that a killed command can leave, on a lab whose record is damaged or lost, and is safe to
    repeat.
    """
    return _take_down(named_or_here(lab, cwd))


def labs_there() -> tuple[str, ...]:
    """The names of this user's labs that run, or have left something."""
    return tuple(sorted({*recorded_labs(), *lost()}))


def down_all() -> tuple[DownResult, ...]:
    """Takes every lab of this user down. One that cannot be does not keep the others: its error comes last."""
    results, errors = [], []
    for name in labs_there():
        try:
            results.append(_take_down(name))
        except LabError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return tuple(results)


def _take_down(name: str) -> DownResult:
    begun = time.monotonic()
    store = Store(name, create=True)  # that of a lost lab is made again, so that it can be locked
    try:
        with store.locked():
            gone, links, recorded = _destroyed(store)
            store.forget()
    finally:
        store.close()
    return DownResult(name, gone.nodes, links, gone.processes, time.monotonic() - begun, recorded)


def _destroyed(store: Store) -> tuple[Gone, int, bool]:
    """What was taken away, with how many links, and whether the record said so."""
    try:
        document = store.read()
        world = None if document is None else world_of(document, store.folder)
    except Damaged:
        document = world = None
    nodes = links = processes = 0
    if document is not None and world is not None:
        gone = world.destroy()
        nodes, processes = gone.nodes, gone.processes
        links = len(document["applied"]["topology"]["links"]) if nodes else 0
    # What no record names is of this lab all the same.
    for unnamed in worlds_of(store.lab, NAMES if document is None else ("netns",)):
        gone = unnamed.destroy()
        nodes, processes = nodes + gone.nodes, processes + gone.processes
    return Gone(nodes, processes), links, document is not None

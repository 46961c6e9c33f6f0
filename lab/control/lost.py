"""Labs that run without a record: somebody removed it, or whoever cleans `/tmp` or `/run/user` did. They are found by
what they are themselves, see `Engine.running`, and known well enough to be ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.circuit.store import recorded_labs, state_home
from lab.control.wait import wait
from lab.engine.registry import NAMES, engine

if TYPE_CHECKING:
    from lab.engine.base import World

ENDING_SECONDS = 2.0


@dataclass(frozen=True)
class Lost:
    """A lab that runs and has no record: nothing is known of it but its engine and how to end it."""

    engine: str
    world: World


def lost() -> dict[str, Lost]:
    """Every lab of this user, by name, that was recorded where labs are, and of which no record is left."""
    recorded = set(recorded_labs())
    found = ((lab, Lost(name, world)) for name in NAMES for lab, world in engine(name).running(state_home()))
    return {lab: one for lab, one in found if lab not in recorded}


def worlds_of(lab: str, engines: Iterable[str] = NAMES) -> list[World]:
    """Every world of the lab `lab` of this user that runs here, whatever its record says."""
    return [world for name in engines for found, world in engine(name).running(state_home()) if found == lab]


def still_runs(lab: str, engines: Iterable[str] = NAMES) -> bool:
    """Whether a world of the lab runs, and not only until the death of a command just killed reaches it."""
    worlds = worlds_of(lab, engines)
    gone = wait(lambda: not any(w.alive() for w in worlds), deadline=ENDING_SECONDS, label=f"the end of {lab}")
    return not gone.ok

"""Looks at a running lab for what is worth writing down. Only inside its world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.check.expect import Expectation
from lab.check.gather import Gatherer, ping_all
from lab.check.own.base import Scene
from lab.check.own.tables import tables
from lab.check.recording.facts import VIEWS, prefix_checks, reach_checks, session_checks, unique
from lab.check.run import PING_SECONDS, converge
from lab.control.observe import Daemons
from lab.control.progress import Progress
from lab.control.record import Record
from lab.control.running import Running
from lab.role.expect import legs


def recorded(
    running: Running, record: Record, expectations: Sequence[Expectation], timeout: float, progress: Progress
) -> list[dict[str, Any]]:
    """The checks that hold for the lab, once it has settled or `timeout` seconds have passed."""
    with Daemons(running.world.nodes) as daemons:
        converge(daemons, expectations, timeout, progress)
        everyone = frozenset(node.name for node in record.applied.topology.nodes)
        gatherer = Gatherer(daemons, expectations, everyone)
        scene = Scene(running, record, daemons, gatherer.reads, gatherer.wanted)
        scene.seen = gatherer.sessions()
        found = session_checks(scene.seen.values())
        for view in VIEWS:
            there = [table for table in tables(view, scene) if table.state == "Established"]
            found += prefix_checks(view, tables(view, scene)) if there else []
        return unique([*found, *reach_checks(_answered(scene))])


def _answered(scene: Scene) -> dict[tuple[str, str, str], bool]:
    """By what is reached, path and family: whether every way there answers."""
    up = tuple(s for s, seen in scene.seen.items() if seen.view.established)
    ways = legs(scene.applied.spec, scene.sessions)
    tried = [leg for leg in ways if any((leg.ce, leg.ce_address) == (s.ce, s.ce_address) for s in up)]
    answers, _ = ping_all(scene.daemons, tried, PING_SECONDS)
    found: dict[tuple[str, str, str], bool] = {}
    for leg in ways:
        place = leg.beyond, leg.path, leg.family
        found[place] = found.get(place, True) and answers.get(leg, False)
    return found



"""Echoes of both ends to each other, small ones and such as fill the MTU. They also have the kernels ask for their
neighbors, so that a window shows what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.diagnose.evidence import SIDES, Echoes, Face, Side, Subject, other
from lab.engine.base import Node
from lab.net.ping import Echo, ping

EVERY = 0.02


@dataclass(frozen=True)
class Wanted:
    """A session whose ends shall ping each other. `faces` are their sub-interfaces; an end without one does not."""

    subject: Subject
    faces: Mapping[Side, Face]


def echoes(nodes: Mapping[str, Node], wanted: Iterable[Wanted], seconds: float) -> dict[int, Echoes]:
    """By number of the session in `wanted`. Returns once everything is answered, after `seconds` at the latest."""
    asked: dict[tuple[int, Side, bool], Echo] = {}
    mtus: dict[int, int] = {}
    for number, one in enumerate(wanted):
        mtus[number] = min((face.mtu for face in one.faces.values()), default=0)
        for side in SIDES:
            if side in one.faces and (side == "msee" or one.subject.inspected):
                for full in (False, True):
                    asked[number, side, full] = _echo(nodes, one, side, one.faces[side].mtu if full else None)
    answers = ping(list(asked.values()), seconds, EVERY)
    found = {key: answer.answered for key, answer in zip(asked, answers, strict=True)}
    return {
        number: Echoes(
            found.get((number, "ce", False)), found.get((number, "msee", False)),
            found.get((number, "ce", True)), found.get((number, "msee", True)), mtu,
        )
        for number, mtu in mtus.items()
    }


def _echo(nodes: Mapping[str, Node], one: Wanted, side: Side, size: int | None) -> Echo:
    subject = one.subject
    own = subject.address(side)
    there = own in dict(one.faces[side].addresses)
    return Echo(
        nodes[subject.node(side)].pid, subject.address(other(side)), source=own if there else None,
        via_address=own if there else None, vrf=subject.vrf(side), size=size,
    )

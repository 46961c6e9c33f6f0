"""Echoes of both ends to each other, small ones and such as fill the MTU. They also have the kernels ask for their
neighbors, so that a window shows what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.diagnose.evidence import SIDES, Echoes, Face, Side, Subject, other
from lab.engine.base import Node
from lab.net.ping import Echo, ping

EVERY = 0.02
SECONDS_AN_ECHO = 0.0005
"""What one costs: many are sent in turn, so that the asking itself fills no queue. Each round is waited for."""


@dataclass(frozen=True)
class Wanted:
    """A session whose ends shall ping each other. `faces` are their sub-interfaces; an end without one does not."""

    subject: Subject
    faces: Mapping[Side, Face]


def first_echoes(nodes: Mapping[str, Node], wanted: Iterable[Wanted], seconds: float) -> dict[int, Echoes]:
    """Of each session in `wanted`, by number, the one echo whose answer says that all is well: of the MSEE, and full.

    Returns as `echoes` does.
    """
    chosen = {number: one for number, one in enumerate(wanted) if "msee" in one.faces}
    asked = [_echo(nodes, one, "msee", one.faces["msee"].mtu) for one in chosen.values()]
    answers = _ping(asked, seconds)
    return {
        number: Echoes(None, answered or None, None, answered or None, one.faces["msee"].mtu)
        for (number, one), answered in zip(chosen.items(), answers, strict=True)
    }


def _ping(asked: list[Echo], seconds: float) -> list[bool]:
    every = max(EVERY, SECONDS_AN_ECHO * len(asked))
    return [answer.answered for answer in ping(asked, max(seconds, 2 * every), every)]


def echoes(nodes: Mapping[str, Node], wanted: Iterable[Wanted], seconds: float) -> dict[int, Echoes]:
    """All four of each session, by its number in `wanted`.

    Returns once everything is answered, after `seconds` at the latest, or what as many need to be asked twice.
    """
    asked: dict[tuple[int, Side, bool], Echo] = {}
    mtus: dict[int, int] = {}
    for number, one in enumerate(wanted):
        mtus[number] = min((face.mtu for face in one.faces.values()), default=0)
        for side in SIDES:
            if side in one.faces and (side == "msee" or one.subject.inspected):
                for full in (False, True):
                    asked[number, side, full] = _echo(nodes, one, side, one.faces[side].mtu if full else None)
    found = dict(zip(asked, _ping(list(asked.values()), seconds), strict=True))
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

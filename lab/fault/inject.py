"""Making a fault and lifting it. The process is inside the lab's world; other commands may be at work on the lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from lab.circuit.models import Family, Path, PeeringType, Session
from lab.errors import Impossible
from lab.fault import book
from lab.fault.base import Fault, Kind, Side
from lab.fault.book import Entry
from lab.fault.registry import kind as kind_named
from lab.fault.scene import Scene

Name = TypeVar("Name", bound=str)


def inject(scene: Scene, fault: Fault) -> None:
    """Makes the fault; it stays until somebody lifts it. Returns when it is made, not when it shows.

    Raises Impossible where it cannot be made in this lab, or is in the way of an active one. Nothing is left of a fault
    that failed half-way.
    """
    _inject(scene, fault, None)


def lift(scene: Scene, fault: Fault) -> None:
    """Takes the fault away, exactly; nothing to do when it is not active. Sessions are left to come back by themselves.

    Needs nothing but the value: what it takes to lift the fault stands in the lab's book.
    """
    entry = book.find(scene.store, fault)
    if entry is not None:
        kind_named(fault.kind).lift(scene, fault, entry.undo)
        book.erase(scene.store, fault)


@contextmanager
def active(scene: Scene, fault: Fault) -> Iterator[None]:
    """The fault is active inside, and lifted afterwards. Where this process is killed the next command lifts it."""
    with book.owned(scene.store, fault) as owner:
        _inject(scene, fault, owner)
        try:
            yield
        finally:
            lift(scene, fault)


def named(
    sessions: tuple[Session, ...],
    kind: str,
    *,
    circuit: str | None = None,
    peering: PeeringType | None = None,
    path: Path | None = "primary",
    family: Family | None = None,
    side: Side | None = None,
    options: Mapping[str, str] | None = None,
) -> Fault:
    """A fault from what somebody typed: what is left out is the only one there is, or the kind's default.

    `path` None is both paths; a fault of the peering as a whole has none.

    Raises Impossible, with what is possible, for what no session or kind has.
    """
    made = kind_named(kind)
    circuit = _only("circuit", [s.circuit for s in sessions], circuit)
    peering = _only("peering", [s.peering for s in sessions if s.circuit == circuit], peering)
    given = tuple(sorted((options or {}).items()))
    where = None if made.paths == "whole" else path
    fault = Fault(kind, circuit, peering, where, family, side or made.sides[0], given)
    _check(made, fault)
    if not any(fault.concerns(session) for session in sessions):
        raise Impossible(f"no session for {fault.label} on {circuit} {peering}", next="mseelab status")
    return fault


def _only(what: str, there: list[Name], wanted: Name | None) -> Name:
    found = list(dict.fromkeys(there))
    if wanted is None and len(found) == 1:
        return found[0]
    if wanted is None or wanted not in found:
        said = f"no {what} {wanted}" if wanted else f"{len(found)} {what}s; which one?"
        raise Impossible(said, next=f"one of: {' '.join(found)}")
    return wanted


def _check(kind: Kind, fault: Fault) -> None:
    if fault.side not in kind.sides:
        raise Impossible(f"{fault.kind} is a fault of {' or '.join(kind.sides)}, not of {fault.side}")
    if fault.path is None and kind.paths == "one":
        raise Impossible(f"{fault.kind} is a fault of one path at a time", next="primary, or secondary")
    if fault.path is not None and kind.paths == "whole":
        raise Impossible(f"{fault.kind} is a fault of the peering, not of a path")
    if fault.family is not None and not kind.per_family:
        raise Impossible(f"{fault.kind} is a fault of both families at once")
    unknown = [name for name, _ in fault.options if name not in kind.options]
    if unknown:
        raise Impossible(
            f"{fault.kind} has no option {unknown[0]}", next=f"its options: {' '.join(kind.options) or 'none'}"
        )


def _inject(scene: Scene, fault: Fault, owner: int | None) -> None:
    kind = kind_named(fault.kind)
    _check(kind, fault)
    mine = set(scene.sessions(fault))
    for entry in book.entries(scene.store.read()):
        other = kind_named(entry.fault.kind)
        near = entry.fault.side == fault.side and any(entry.fault.concerns(session) for session in mine)
        if entry.fault == fault or (near and other.claims & kind.claims):
            raise Impossible(f"{entry.fault.label} is active there already", next="lift it first")
    undo = kind.prepare(scene, fault)
    book.add(scene.store, Entry(fault, undo, owner))
    try:
        kind.inject(scene, fault, undo)
    except BaseException:
        lift(scene, fault)
        raise

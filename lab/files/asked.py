"""Checks of the user's: from `checks:` in a circuit file, or a file of their own, to values, with every mistake."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any

from lab.asked.base import Ask, Kind, Problem
from lab.asked.kinds import COMMON, KINDS, check_keys
from lab.asked.shapes import Key, NotAllowed, Shape, by_name
from lab.asked.shapes import Scalar as Allowed
from lab.circuit.models import MICROSOFT, Spec
from lab.errors import Mistake, Mistakes
from lab.files.notes import Notes, clip, closest, entry, place, text
from lab.files.tree import Mapping, Node, Scalar, Sequence, read_tree
from lab.topology import Topology

BLOCK = "checks"
MOST = 1000
_KIND_NAMES = ", ".join(KINDS)
_BROKEN = object()


def read_file(path: Path, shown: str) -> tuple[Ask, ...]:
    """The checks of a file of their own. Raises Mistakes."""
    tree = read_tree(path, shown)
    notes = Notes(shown, list(tree.mistakes))
    found: tuple[Ask, ...] = ()
    if not isinstance(tree.root, Mapping):
        hint = "put the list under checks:" if isinstance(tree.root, Sequence) else ""
        notes.wrong(tree.root, "ER914", "", "a mapping with checks:", hint=hint)
    else:
        for name, key in tree.root.keys.items():
            if name != BLOCK:
                notes.say(key, "ER911", clip(name), "unknown key; did you mean checks")
        if BLOCK not in tree.root.entries:
            notes.say(tree.root, "ER912", BLOCK, "missing")
        found = read_block(tree.root, notes)
    if notes.mistakes:
        raise Mistakes(notes.wrongs())
    return found


def read_in_circuit_file(path: Path, shown: str) -> tuple[Ask, ...]:
    """The checks of a circuit file as it is now, whatever else is in it. Raises Mistakes."""
    tree = read_tree(path, shown)
    notes = Notes(shown)
    found = read_block(tree.root, notes) if isinstance(tree.root, Mapping) else ()
    if notes.mistakes:
        raise Mistakes(notes.wrongs())
    return found


def read_block(root: Mapping, notes: Notes) -> tuple[Ask, ...]:
    """The items of `checks:`; those with a mistake are left out."""
    if entry(root, BLOCK) is None:
        return ()
    block = root.entries[BLOCK]
    if not isinstance(block, Sequence):
        notes.wrong(place(root, BLOCK), "ER914", BLOCK, "a list of checks", found=_kind_of(block))
        return ()
    if len(block.items) > MOST:
        notes.say(root.keys[BLOCK], "ER905", BLOCK, f"found {len(block.items)}; allowed {MOST}")
        return ()
    first: dict[str, int] = {}
    return tuple(ask for item in block.items if (ask := _ask(item, notes, first)) is not None)


def _ask(item: Node, notes: Notes, first: dict[str, int]) -> Ask | None:
    if not isinstance(item, Mapping):
        notes.wrong(item, "ER914", BLOCK, f"a mapping with id and one of {_KIND_NAMES}")
        return None
    before = len(notes.mistakes)
    values = _mapping(item, check_keys(), notes)
    given = [name for name in item.entries if name in KINDS]
    if len(given) != 1 and not _meant_a_kind(item):
        found = " and ".join(given) or "none"
        notes.wrong(item, "ER921", clip(text(item, "id") or ""), f"one of {_KIND_NAMES}", found=found)
    name = text(item, "id")
    if name is not None and name in first:
        message = f"found {clip(name)} twice; allowed once (first in line {first[name]})"
        notes.say(item.entries["id"], "ER922", "id", message)
    elif name is not None:
        first[name] = item.entries["id"].line
    if len(notes.mistakes) > before:
        return None
    kind = KINDS[given[0]]
    inner = item.entries[kind.name]
    for problem in kind.problems(values[kind.name]):
        _say(problem, kind, item, notes)
    if len(notes.mistakes) > before or not isinstance(inner, Mapping):
        return None
    lines = {key: place(inner, key).line for key in inner.entries}
    severity = values.get("severity", "error")
    return Ask(
        values["id"], kind.name, values[kind.name], severity, values.get("message"), notes.file, item.line, lines
    )


def _say(problem: Problem, kind: Kind, item: Mapping, notes: Notes) -> None:
    inner = item.entries[kind.name]
    where = place(inner, problem.key) if isinstance(inner, Mapping) and problem.key in inner.entries else item
    notes.say(where, problem.rule, problem.key, problem.message, hint=problem.hint)


def _meant_a_kind(item: Mapping) -> bool:
    """Whether an unknown key is a kind misspelled, which is said already."""
    known = {key.name for key in COMMON} | set(KINDS)
    return any(name not in known and closest(name, known) in KINDS for name in item.entries)


def _mapping(node: Mapping, keys: tuple[Key, ...], notes: Notes) -> dict[str, Any]:
    """The values of a mapping's keys by attribute; what is wrong is noted and left out."""
    known = by_name(keys)
    found: dict[str, Any] = {}
    meant = set()
    for name, value in node.entries.items():
        if name not in known:
            close = closest(name, known)
            meant.add(close)
            message = f"unknown key; did you mean {close}" if close else f"unknown key; allowed {', '.join(known)}"
            notes.say(node.keys[name], "ER911", clip(name), message)
            continue
        read = _value(value, known[name].shape, name, notes)
        if read is not _BROKEN:
            found[known[name].attribute] = read
    for key in keys:
        if key.required and key.name not in node.entries and key.name not in meant:
            notes.say(node, "ER912", key.name, "missing")
    return found


def _value(node: Node, shape: Shape, name: str, notes: Notes) -> Any:
    if isinstance(node, Mapping) and shape.keys:
        before = len(notes.mistakes)
        values = _mapping(node, shape.keys, notes)
        if len(notes.mistakes) > before or shape.build is None:
            return _BROKEN
        return shape.build(**values)
    if isinstance(node, Sequence) and shape.items is not None:
        items = [_value(item, shape.items, name, notes) for item in node.items]
        if any(item is _BROKEN for item in items):
            return _BROKEN
        try:
            return shape.collect(tuple(items))
        except NotAllowed as error:
            notes.wrong(node, shape.rule, name, error.allowed)
            return _BROKEN
    if isinstance(node, Scalar) and shape.scalar is not None:
        return _scalar(node, shape.scalar, shape, name, notes)
    return _wrong_type(node, shape, name, notes)


def _wrong_type(node: Node, shape: Shape, name: str, notes: Notes) -> Any:
    notes.wrong(node, "ER913", name, shape.allowed, found=_kind_of(node))
    return _BROKEN


def _scalar(node: Node, allowed: Allowed, shape: Shape, name: str, notes: Notes) -> Any:
    if not isinstance(node, Scalar) or type(node.value) not in allowed.types:
        quote = isinstance(node, Scalar) and node.value is not None and allowed.types == (str,)
        hint = f'quote it: "{clip(node.text)}"' if quote and isinstance(node, Scalar) and "enum" not in allowed.schema \
            and _fits(node.text, allowed) else ""
        notes.wrong(node, "ER913", name, allowed.allowed, hint=hint)
        return _BROKEN
    try:
        return allowed.read(node.value)
    except NotAllowed as error:
        hint = error.hint
        if "enum" in allowed.schema and (close := closest(node.text, allowed.schema["enum"])):
            hint = f"did you mean {close}"
        notes.wrong(node, shape.rule, name, error.allowed, hint=hint)
        return _BROKEN


def _fits(found: str, allowed: Allowed) -> bool:
    try:
        allowed.read(found)
    except NotAllowed:
        return False
    return True


def _kind_of(node: Node) -> str | None:
    """How a message calls a node of the wrong kind; None where its own text does."""
    return "a mapping" if isinstance(node, Mapping) else "a list" if isinstance(node, Sequence) else None


def unknown_names(asks: tuple[Ask, ...], spec: Spec, topology: Topology) -> list[Mistake]:
    """Names in checks that the lab does not have (ER924)."""
    ces = [edge.name for edge in spec.customer_edges]
    vnets = [vnet.name for vnet in spec.virtual_networks]
    msees = [node.name for node in topology.with_role("msee")]
    circuits = [circuit.name for circuit in spec.circuits]
    known: Dictionary[str, Collection[str]] = {
        "circuit": circuits, "node": [*ces, *msees], "vnet": vnets, "from": ces, "to": [*vnets, MICROSOFT],
    }
    found = []
    for ask in asks:
        reach = ask.kind == "reach"
        for key in known:
            name = getattr(ask.value, "from_" if key == "from" else key, None)
            if name is None or (key in ("from", "to") and (not reach or _is_address(name))) or name in known[key]:
                continue
            close = closest(name, known[key])
            allowed = ", ".join(known[key]) or "none, the file has no such thing"
            hint = f"did you mean {close}" if close else ""
            line = ask.lines.get(key, ask.line)
            found.append(Mistake(ask.file, line, 1, "ER924", key, clip(name), allowed, hint=hint))
    return found


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()

"""From a tree to a checked shape: REST nesting lifted, unknown keys, missing keys and wrong types as mistakes."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from lab.circuit.schema import EITHER_FORM, IGNORED, ManyCircuits, OneCircuit
from lab.errors import Mistake
from lab.files.notes import MOST_SHOWN, Notes, closest
from lab.files.tree import Mapping, Node, Scalar, Sequence, clip, plain, shown_value

_ALLOWED = {
    "int_type": "a whole number",
    "float_type": "a whole number",
    "string_type": "text",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_EITHER = {
    "sharedKey": "text, {env: NAME} or {file: PATH}",
    "advertise": "a prefix, or {first: PREFIX, count: N}",
    "connections": "the name of a VNet",
}
_SECRET = "sharedKey"
_NUMBERS = ("int_type", "float_type")


def lift_properties(root: Mapping, notes: Notes) -> None:
    """Moves what stands under `properties` (REST) up to its owner: circuits, peerings, VNets, subnets, ports, links,
    route filters and their rules."""
    circuits = _below(root, "circuits") or [root]
    for circuit in circuits:
        _lift(circuit, notes)
        for peering in _below(circuit, "peerings"):
            _lift(peering, notes)
    for block, part in (("virtualNetworks", "subnets"), ("expressRoutePorts", "links"), ("routeFilters", "rules")):
        for item in _below(root, block):
            _lift(item, notes)
            for inner in _below(item, part):
                _lift(inner, notes)


def check_shape(root: Mapping, notes: Notes, lenient: bool) -> None:
    """Adds a mistake for every unknown or missing key and wrong type; unknown keys are warnings when `lenient`."""
    model = ManyCircuits if "circuits" in root.entries else OneCircuit
    try:
        model.model_validate(plain(root))
    except ValidationError as error:
        problems: list[Any] = [
            {**problem, "loc": tuple(part for part in problem["loc"] if part not in EITHER_FORM)}
            for problem in error.errors(include_url=False, include_input=False)
        ]
        unknown = [p["loc"] for p in problems if p["type"] == "extra_forbidden"][:MOST_SHOWN]
        meant: set[tuple[int | str, ...]] = set()
        for loc in unknown:
            close = closest(str(loc[-1]), _keys_at(model, loc[:-1]))
            # A key in another case is no key of a newer Azure: read over, it would be changed in silence.
            warning = lenient and close.lower() != str(loc[-1]).lower()
            if not warning:
                meant.add((*loc[:-1], close))
            notes.mistakes.append(_unknown(root, loc, close, notes.file, warning))
        # A missing key beside its misspelling is one mistake, not two.
        others = [p for p in problems if p["type"] != "extra_forbidden" and p["loc"] not in meant]
        notes.mistakes += [_translate(root, problem, notes.file) for problem in others[:MOST_SHOWN]]


def _below(node: Mapping, key: str) -> list[Mapping]:
    found = node.entries.get(key)
    return [i for i in found.items if isinstance(i, Mapping)] if isinstance(found, Sequence) else []


def _lift(node: Mapping, notes: Notes) -> None:
    inner = node.entries.get("properties")
    if not isinstance(inner, Mapping):
        return
    del node.entries["properties"]
    place = node.keys.pop("properties")
    for key, value in inner.entries.items():
        if key in node.entries:
            first = node.keys[key].line
            notes.say(inner.keys[key], "ER904", clip(key), f"found twice; allowed once (also in line {first})")
            continue
        node.entries[key] = value
        node.keys[key] = inner.keys.get(key, place)


def _unknown(root: Mapping, loc: tuple[int | str, ...], close: str, file: str, lenient: bool) -> Mistake:
    parent, _, field = _find(root, loc)
    key = parent.keys[field] if isinstance(parent, Mapping) else parent
    # A key of a sharedKey mapping may be the key itself, written in the wrong place.
    name = clip(field) if close or _SECRET not in loc else _SECRET
    message = f"unknown key; did you mean {close}" if close else "unknown key"
    return Mistake(file, key.line, key.column, "ER911", name, message=message, warning=lenient)


def _translate(root: Mapping, problem: Any, file: str) -> Mistake:
    kind: str = problem["type"]
    loc: tuple[int | str, ...] = problem["loc"]
    parent, node, field = _find(root, loc)
    if kind == "missing":
        return Mistake(file, parent.line, parent.column, "ER912", field, message="missing")
    found = "something else" if _SECRET in loc else shown_value(node)
    hint = ""
    if _SECRET not in loc and kind == "string_type" and isinstance(node, Scalar) and node.value is not None:
        hint = f'quote it: "{found}"'
    elif kind in _NUMBERS and isinstance(node, Scalar) and node.text.isdigit() and isinstance(node.value, str):
        found, hint = f'"{found}"', f"without quotes: {found}"
    allowed = _EITHER[field] if kind.startswith("model") and field in _EITHER else _ALLOWED.get(kind)
    return Mistake(file, node.line, node.column, "ER913", field, found, allowed or _choices(problem), hint=hint)


def _find(root: Mapping, loc: tuple[int | str, ...]) -> tuple[Node, Node, str]:
    """The nearest existing parent of `loc`, the node there (or the parent), and the last key of `loc`."""
    parent: Node = root
    node: Node = root
    field = ""
    for part in loc:
        if isinstance(part, str):
            field = part
        below: Node | None = None
        if isinstance(node, Mapping) and isinstance(part, str):
            below = node.entries.get(part)
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            below = node.items[part]
        parent = node
        if below is None:
            break
        node = below
    return parent, node, field


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    for part in loc:
        if isinstance(part, int):
            continue
        inner = _model_in(model.model_fields[part].annotation)
        if inner is None:
            return []
        model = inner
    return [name for name, field in model.model_fields.items() if field.description != IGNORED]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for found in map(_model_in, get_args(annotation)) if found), None)


def _choices(problem: Any) -> str:
    expected = str(problem.get("ctx", {}).get("expected", problem["msg"]))
    return expected.replace("'", "").replace(" or ", ", ")

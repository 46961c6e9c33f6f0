"""Shapes: what may be written at a key, how it becomes a value, and how a JSON Schema says the same.

The reader (`lab.files.asked`) and the published schema both follow from one table of shapes, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Plain = str | int | float | bool | None
Schema = dict[str, Any]


class NotAllowed(ValueError):
    """What was found is not allowed: `allowed` is what is instead, `hint` how the found one would be written."""

    def __init__(self, allowed: str, hint: str = "") -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.hint = hint


@dataclass(frozen=True)
class Scalar:
    """One value. `read` gets it as YAML has it, raises NotAllowed; `types` are the YAML types that it may have."""

    read: Callable[[Any], Any]
    types: tuple[type, ...]
    allowed: str
    schema: Schema = field(hash=False)


@dataclass(frozen=True)
class Key:
    """A key of a mapping: its name as it is written, what may stand there, what it means in a line of Markdown."""

    name: str
    shape: Shape
    about: str
    required: bool = False

    @property
    def attribute(self) -> str:
        """The name of the value's attribute: `holdTime` is `hold_time`, `from` is `from_`."""
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in self.name)
        return f"{snake}_" if snake == "from" else snake


@dataclass(frozen=True)
class Shape:
    """What may stand at a key: a scalar, a list of `items`, or a mapping with `keys` from which `build` makes a value;
    or one of several of these. `collect` makes a value of a list's items. `rule` is broken by a scalar of the right
    type that is not allowed."""

    scalar: Scalar | None = None
    items: Shape | None = None
    collect: Callable[[tuple[Any, ...]], Any] = tuple
    keys: tuple[Key, ...] = ()
    build: Callable[..., Any] | None = None
    rule: str = "ER923"

    @property
    def allowed(self) -> str:
        """What a message says is allowed where the type is wrong."""
        parts = [self.scalar.allowed] if self.scalar else []
        parts += [f"a list of {self.items.allowed}"] if self.items else []
        parts += [f"a mapping with {', '.join(key.name for key in self.keys)}"] if self.keys else []
        return ", or ".join(parts)

    @property
    def schema(self) -> Schema:
        forms: list[Schema] = [dict(self.scalar.schema)] if self.scalar else []
        if self.items:
            forms.append({"type": "array", "items": self.items.schema})
        if self.keys:
            forms.append(mapping_schema(self.keys))
        return forms[0] if len(forms) == 1 else {"anyOf": forms}


def mapping_schema(keys: tuple[Key, ...]) -> Schema:
    """A mapping that has these keys and no others."""
    found: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {**key.shape.schema, "description": key.about} for key in keys},
    }
    required = [key.name for key in keys if key.required]
    return found | ({"required": required} if required else {})


def by_name(keys: tuple[Key, ...]) -> Mapping[str, Key]:
    return {key.name: key for key in keys}

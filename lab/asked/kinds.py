"""The kinds of checks there are, and the JSON Schema of all of it. One more kind is one file and one line here."""

from __future__ import annotations

from lab.asked import converge, failover, prefixes, reach, sessions
from lab.asked.base import Kind
from lab.asked.shapes import Key, Schema, Shape, mapping_schema
from lab.asked.words import NAME, TEXT, choice

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (sessions.KIND, prefixes.KIND, reach.KIND, failover.KIND, converge.KIND)
}
COMMON = (
    Key("id", NAME, "what it is called in reports and by --only; each once", required=True),
    Key("severity", choice("error", "warning"), "warning: exit 3 with --strict, else 0"),
    Key("message", TEXT, "said beside a failure"),
)


def check_keys() -> tuple[Key, ...]:
    """Every key that a check may have: the common ones, and one of the kinds'."""
    return (*COMMON, *(Key(k.name, Shape(keys=k.keys, build=k.build), k.about) for k in KINDS.values()))


def list_schema() -> Schema:
    """What may stand at `checks:`."""
    one = mapping_schema(check_keys())
    return {"type": "array", "items": {**one, "oneOf": [{"required": [name]} for name in KINDS]}}


def json_schema() -> Schema:
    """The JSON Schema (2020-12) of a file with checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mseelab checks",
        "type": "object",
        "additionalProperties": False,
        "required": ["checks"],
        "properties": {"checks": list_schema()},
    }

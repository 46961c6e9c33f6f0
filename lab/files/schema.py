"""The JSON Schema of a whole circuit file, its checks included."""

from __future__ import annotations

from typing import Any

from lab.asked.kinds import list_schema
from lab.circuit import schema


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a circuit file, for editors."""
    found = schema.json_schema()
    for name in ("OneCircuit", "ManyCircuits"):
        found["$defs"][name]["properties"]["checks"] = list_schema()
    return found

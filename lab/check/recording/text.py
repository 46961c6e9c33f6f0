"""Checks as the YAML that a person would write: a line each where it fits. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|[0-9.]+/[0-9]+")
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


def document(lab: str, checks: Iterable[dict[str, Any]]) -> str:
    """A file for `check --checks`."""
    head = f"# {lab}, as it ran: by mseelab record. mseelab check --checks FILE says what has changed since."
    lines = [head, "checks:"]
    for check in checks:
        lines += _item(check)
    return "\n".join(lines) + "\n"


def _item(check: dict[str, Any]) -> Iterator[str]:
    whole = f"  - {_flow(check)}"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"  - id: {_flow(check['id'])}"
    for key, value in check.items():
        if key == "id":
            continue
        line = f"    {key}: {_flow(value)}"
        if len(line) <= WIDTH:
            yield line
        else:
            yield f"    {key}:"
            yield from _block(value, "      ")


def _block(mapping: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        line = f"{indent}{key}: {_flow(value)}"
        if len(line) <= WIDTH or not isinstance(value, list):
            yield line
        else:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_flow(item)}" for item in value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if plain else json.dumps(value)
    return str(value)

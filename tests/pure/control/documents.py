"""The document of a lab, as `up` writes it, without a lab."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from lab.circuit.document import Document
from lab.circuit.keys import new_salt
from lab.control.record import applied, new_record, to_document
from lab.files.load import load

WORLD = {"pid": 4711, "start": 1, "word": "w", "nodes": {"ce1": 2}}


def document(name: str, **other: Any) -> Document:
    """That of the shipped lab under this name; `other` are fields that differ."""
    return copy.deepcopy(_made() | {"format": 1, "lab": name} | other)


@cache
def _made() -> Document:
    files, salt = load("dual-path", Path("/")), new_salt()
    value, _ = applied(files.spec, files.topology, files.own, files.interfaces, files.keyring, salt)
    return to_document(new_record("er-lab", "netns", WORLD, False, value, salt))

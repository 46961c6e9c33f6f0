"""A lab's document as octets and back, and whether what was read is one. Nothing here trusts what it reads.

The plain part is what quick verbs use without pydantic; `lab.control.record` reads the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from lab.circuit.models import Session
from lab.errors import Damaged

Document = dict[str, Any]
Check = Callable[[Any], bool]

FORMAT = 1
"""Of the document's shape: another number whenever an older mseelab could not read it, or this one an older one's."""
LARGEST = 64 << 20
_LONGEST_TIME = 1e11


def encoded(document: Document) -> bytes:
    return json.dumps({"format": FORMAT, **document}, separators=(",", ":")).encode()


def decoded(data: bytes, lab: str) -> Document:
    """The document of the lab `lab`. Raises Damaged, with what is wrong, where it is none, or of another version."""
    if not data:
        raise damaged(lab, "it is empty")
    if len(data) > LARGEST:
        raise damaged(lab, f"it has more than {LARGEST >> 20} MB")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise damaged(lab, "it is no JSON") from None
    if not isinstance(document, dict):
        raise damaged(lab, "it is no object")
    if type(document.get("format", 0)) is not int or not {"format", "version"} & document.keys():
        raise damaged(lab, "it has no format")
    if document.get("format") != FORMAT:  # the first ones had none
        raise other_version(lab, document.get("version"))
    for name, fits in PLAIN.items():
        if name not in document:
            raise damaged(lab, f"it has no {name}")
        if not fits(document[name]):
            raise damaged(lab, f"its {name} has the wrong form")
    if document["lab"] != lab:
        raise damaged(lab, "it is another lab's")
    return document


def damaged(lab: str, why: str) -> Damaged:
    return Damaged(f"the record of {lab} is damaged: {why}", next=f"mseelab down {lab}, then mseelab up")


def other_version(lab: str, version: object) -> Damaged:
    """`version` is what the record says of who made it, if anything."""
    named = f"mseelab {version}" if isinstance(version, str) and version.isprintable() and 0 < len(version) < 40 else ""
    return Damaged(
        f"{lab} was started by {named or 'another mseelab'}, which records labs in another way",
        next=f"mseelab down {lab}, then mseelab up",
    )


def _is(*kinds: type) -> Check:
    """Of one of these types exactly: True is no number here."""
    return lambda value: type(value) in kinds


def _each(fits: Check) -> Check:
    return lambda value: type(value) is list and all(map(fits, value))


def _by_name(fits: Check) -> Check:
    return lambda value: type(value) is dict and all(map(fits, value.values()))


def _with(**wanted: Check) -> Check:
    """An object that has at least these."""
    return lambda value: type(value) is dict and all(n in value and fits(value[n]) for n, fits in wanted.items())


def _time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < _LONGEST_TIME


def _session(value: Any) -> bool:
    if type(value) is not dict or not value.keys() <= _SESSION.keys():
        return False
    return all(kind(value[n]) if n in value else n in _OPTIONAL for n, kind in _SESSION.items())


_TEXT, _MAYBE_TEXT, _FLAG, _COUNT = _is(str), _is(str, type(None)), _is(bool), _is(int, type(None))
_SESSION: dict[str, Check] = {f.name: _TEXT for f in fields(Session)} | {"key": _MAYBE_TEXT, "enabled": _FLAG}
_OPTIONAL = {f.name for f in fields(Session) if f.default is not MISSING}
_CIRCUIT = _with(
    name=_TEXT, tier=_TEXT, family=_TEXT, provider=_MAYBE_TEXT, location=_MAYBE_TEXT, bandwidth=_COUNT,
    port=_MAYBE_TEXT, bandwidthInGbps=_COUNT, circuitProvisioningState=_TEXT,
    serviceProviderProvisioningState=_TEXT, serviceKey=_TEXT,
)
_FAULT = _with(
    kind=_TEXT, circuit=_TEXT, peering=_TEXT, path=_MAYBE_TEXT, family=_MAYBE_TEXT, side=_TEXT,
    options=_by_name(_TEXT), label=_TEXT, undo=_is(dict), owner=_COUNT,
)
PLAIN: dict[str, Check] = {
    "lab": _TEXT, "engine": _TEXT, "world": _is(dict), "attacher": _TEXT, "since": _time, "salt": _TEXT,
    "shipped": _FLAG, "by_hand": _FLAG, "settled": _FLAG, "version": _TEXT, "topology": _TEXT, "file": _TEXT,
    "digests": _by_name(_TEXT), "sessions": _each(_session), "circuits": _each(_CIRCUIT), "faults": _each(_FAULT),
    "applied": _with(topology=_with(links=_is(list))),
}

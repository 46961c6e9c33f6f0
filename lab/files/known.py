"""The keys of a lab that runs, as far as this process can see them: so that nothing it prints shows one.

A verb in a loop asks for these: little is imported here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bgp import secret
from lab.errors import Mistakes
from lab.files.outside import GIT
from lab.files.reading import fatal, read_text

_LONGEST = 4096


def key_in(folder: Path, name: str) -> str:
    """The key in the file `name`, seen from `folder`. Raises Mistakes (ER9xx), which show nothing of it."""
    if GIT in Path(os.path.realpath(folder / name)).parts:
        raise fatal(name, "ER907", f"is in {GIT}, and not read")
    return read_text(folder / name, name, _LONGEST).removesuffix("\n").removesuffix("\r")


def remember_keys(document: Mapping[str, Any]) -> None:
    """Masks the keys of a lab's document by value, as far as this process can see them: variables and files.

    A document of another version may have another shape; of that only what is as here counts.
    """
    applied = document.get("applied")
    spec = applied.get("spec") if isinstance(applied, dict) else None
    if not isinstance(applied, dict) or not isinstance(spec, dict):
        return
    files = [str(name) for name in spec.get("files") or ()]
    folder = Path(files[0]).parent if files else Path()
    for circuit in _objects(spec.get("circuits")):
        for peering in _objects(circuit.get("peerings")):
            reference = peering.get("shared_key")
            if isinstance(reference, dict):
                secret.remember([_value(reference.get("source"), str(reference.get("name")), folder)])
    own = applied.get("own")
    for config in _objects(list(own.values()) if isinstance(own, dict) else None):
        for name in config.get("keys") or ():
            secret.remember([_value("env", str(name).removeprefix("env:"), folder)])


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _value(source: object, name: str, folder: Path) -> str:
    if source == "env":
        return os.environ.get(name, "")
    try:
        return key_in(folder, name) if source == "file" else ""
    except Mistakes:
        return ""

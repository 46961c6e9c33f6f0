"""The routing registries that a lab knows: the shipped file, and files of the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lab.circuit.models import Spec
from lab.circuit.validation import Registry, RouteObject, parse_registry
from lab.errors import Mistake, Mistakes
from lab.files.outside import outside, without_text
from lab.files.reading import MOST_BYTES, read_text
from lab.files.tree import clip

VARIABLE = "MSEELAB_REGISTRY"
_UNREAD = "cannot be read: "
SHIPPED = Path(__file__).with_name("registry.txt")
_LONGEST = 240


def registry_files(spec: Spec, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The user's own files: the circuit file's `registry:`, then those of MSEELAB_REGISTRY, with `:` between."""
    named = [Path(spec.registry)] if spec.registry else []
    return (*named, *(Path(name) for name in environment.get(VARIABLE, "").split(os.pathsep) if name))


def read_registry(spec: Spec, environment: Mapping[str, str] = os.environ) -> Registry:
    """Everything the lab of `spec` knows: its own files add to the shipped one. Raises Mistakes (ER308)."""
    objects: list[RouteObject] = []
    mistakes: list[Mistake] = []
    folder = Path(spec.files[0] if spec.files else spec.file).parent
    for path in (SHIPPED, *registry_files(spec, environment)):
        found, wrong = read_file(path)
        objects += found
        strange = str(path) == spec.registry and outside(path, folder)
        mistakes += without_text(wrong, [str(path)]) if strange else wrong
    if mistakes:
        raise Mistakes(mistakes)
    return Registry(tuple(objects))


def read_file(path: Path) -> tuple[list[RouteObject], list[Mistake]]:
    """The route objects of one file, and its mistakes."""
    name = str(path)
    try:
        text = read_text(path, name, MOST_BYTES)
    except Mistakes as error:
        return [], [
            Mistake(name, m.line, 1, "ER308", "registry", message=f"cannot be read: {m.message.removeprefix(_UNREAD)}")
            for m in error.mistakes
        ]
    objects, wrong = parse_registry(text)
    return objects, [Mistake(name, line, 1, "ER308", "registry", message=clip(said, _LONGEST)) for line, said in wrong]

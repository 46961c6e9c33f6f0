"""The routing registries that a lab knows: the shipped file, and files of the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lab.circuit.models import Spec
from lab.circuit.validation import Registry, RouteObject, parse_registry
from lab.errors import Mistake, Mistakes
from lab.files.tree import clip

VARIABLE = "MSEELAB_REGISTRY"
SHIPPED = Path(__file__).with_name("registry.txt")
_MOST_BYTES = 16 << 20
_LONGEST = 240


def registry_files(spec: Spec, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The user's own files: the circuit file's `registry:`, then those of MSEELAB_REGISTRY, with `:` between."""
    named = [Path(spec.registry)] if spec.registry else []
    return (*named, *(Path(name) for name in environment.get(VARIABLE, "").split(os.pathsep) if name))


def read_registry(spec: Spec, environment: Mapping[str, str] = os.environ) -> Registry:
    """Everything the lab of `spec` knows: its own files add to the shipped one. Raises Mistakes (ER308)."""
    objects: list[RouteObject] = []
    mistakes: list[Mistake] = []
    for path in (SHIPPED, *registry_files(spec, environment)):
        found, wrong = read_file(path)
        objects += found
        mistakes += wrong
    if mistakes:
        raise Mistakes(mistakes)
    return Registry(tuple(objects))


def read_file(path: Path) -> tuple[list[RouteObject], list[Mistake]]:
    """The route objects of one file, and its mistakes."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return [], [Mistake(str(path), 1, 1, "ER308", "registry", message="larger than 16 MB")]
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return [], [Mistake(str(path), 1, 1, "ER308", "registry", message="not UTF-8 text")]
    except OSError as error:
        return [], [Mistake(str(path), 1, 1, "ER308", "registry", message=f"cannot be read: {error.strerror}")]
    objects, wrong = parse_registry(text)
    return objects, [Mistake(str(path), n, 1, "ER308", "registry", message=clip(said, _LONGEST)) for n, said in wrong]

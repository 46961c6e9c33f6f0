"""The topology file that containerlab is given: the user's own, or a copy with what the lab has to add.

A copy is JSON, which every reader of YAML reads alike. It does not name the file: containerlab runs templates in
comments too, and a path is its owner's to choose.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.engine.base import Blueprint
from lab.errors import HostCannot

COPY = "topology.clab.yml"
SHIPPED = Path(__file__).parents[3] / "topologies"
# Keys whose values are paths, or begin with one, relative to the topology file.
_PATHS = ("startup-config", "license", "config-file")
_LISTS = ("binds", "env-files")


def name_of(blueprint: Blueprint) -> str:
    """The lab's name in containerlab: many labs are made from a topology that ships; a file of the user is one lab,
    unless it is known not to be."""
    shared = blueprint.file.is_relative_to(SHIPPED) or not blueprint.alone
    return blueprint.lab if shared else blueprint.topology.name


def given(blueprint: Blueprint, say: Callable[[str], None]) -> Path:
    """The file for containerlab: the user's own, or a copy, of which the user is told. As `render`."""
    name = name_of(blueprint)
    if blueprint.document is None and not blueprint.images and name == blueprint.topology.name:
        return blueprint.file
    made = render(blueprint.file, blueprint.folder, name, blueprint.images, blueprint.document)
    say(f"topology for containerlab: {made}")
    return made


def render(
    file: Path, folder: Path, name: str, images: Mapping[str, str], document: Mapping[str, Any] | None = None
) -> Path:
    """Writes a copy of the topology into the lab's folder, under `name`, with other images for some nodes.

    Of `document`, where that is given, else of the file. What it says relative to its own folder still means the same
    files. Raises HostCannot when it cannot be written.
    """
    topology = _read(file) if document is None else copy.deepcopy(dict(document))
    topology["name"] = name
    for level in _levels(topology["topology"]):
        _anchor(level, file.parent)
    for node, image in images.items():
        nodes = topology["topology"]["nodes"]
        nodes[node] = (nodes.get(node) or {}) | {"image": image}
    made = folder / COPY
    try:
        _write(made, f"{json.dumps(topology, indent=1, default=str)}\n")
    except OSError as error:
        raise HostCannot(f"cannot write {made}: {error.strerror}") from error
    return made


def _read(file: Path) -> dict[str, Any]:
    try:
        topology: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise HostCannot(f"cannot read {file}: {error.strerror}") from error
    return topology


def _write(copy: Path, text: str) -> None:
    """Puts it in the place of an earlier one, whatever that is: a link is not followed."""
    copy.unlink(missing_ok=True)
    with open(copy, "x", encoding="utf-8") as file:
        file.write(text)


def _levels(topology: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything of a topology that has a node's keys."""
    yield topology.get("defaults") or {}
    for kind in ("kinds", "groups", "nodes"):
        yield from (level for level in (topology.get(kind) or {}).values() if level)


def _anchor(level: dict[str, Any], folder: Path) -> None:
    for key in _PATHS:
        value = level.get(key)
        if isinstance(value, str) and "\n" not in value:
            level[key] = _absolute(value, folder)
    for key in _LISTS:
        if isinstance(level.get(key), list):
            level[key] = [_absolute(str(value), folder) for value in level[key]]


def _absolute(value: str, folder: Path) -> str:
    """A path of the host, perhaps followed by `:` and more; containerlab's own variables and URLs stay."""
    if value.startswith(("/", "~", "$", "__clab", "http://", "https://", "s3://")) or not value:
        return value
    return str(folder / value)

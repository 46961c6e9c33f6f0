"""The topology file: a plain containerlab file, of which nodes, links and our labels count.

Keys of containerlab that the lab has no use for are ignored; a node without the label `mseelab-role` is left out with
its links. Kinds, images and labels are inherited as containerlab does: node over group over kind over defaults.
What containerlab would make of the rest is `host_access`'s to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lab.errors import Mistake, Mistakes
from lab.files.host_access import NO_ACCESS, NODE_NAME, HostAccess, host_access
from lab.files.links import read_links
from lab.files.notes import Notes, entry, text
from lab.files.tree import Mapping, Node, Scalar, parse_tree, read_text
from lab.topology import PATHS, Role, Topology, TopologyNode
from lab.topology import Path as PathName

ROLE = "mseelab-role"
PATH = "mseelab-path"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_SUFFIXES = (".clab.yml", ".clab.yaml", ".yml", ".yaml")


@dataclass(frozen=True)
class TopologyFile:
    """What a topology file says; with `mistakes` the topology holds what could be read."""

    topology: Topology
    mistakes: list[Mistake]
    warnings: list[Mistake]
    access: HostAccess = NO_ACCESS


def read_topology(path: Path) -> Topology:
    """The topology of the file at `path`. Raises Mistakes (ER6xx, ER9xx), all of them at once."""
    found = read_topology_file(path, str(path))
    if found.mistakes:
        raise Mistakes(found.mistakes)
    return found.topology


def read_topology_file(path: Path, shown: str) -> TopologyFile:
    """The file at `path`, called `shown` in messages. Raises Mistakes when it is no YAML mapping, or a template."""
    source = read_text(path, shown)
    _refuse_template(source, shown)
    tree = parse_tree(source, shown)
    notes = Notes(shown, list(tree.mistakes))
    root = tree.root
    topology = entry(root, "topology")
    if not isinstance(root, Mapping):
        notes.wrong(root, "ER913", "", "a mapping")
    elif not isinstance(topology, Mapping):
        notes.say(root, "ER601", "topology", "missing; allowed a containerlab file with topology: nodes and links")
    if notes.mistakes and not isinstance(topology, Mapping):
        raise Mistakes(notes.mistakes)
    nodes = _nodes(topology, notes)
    declared = _declared(topology)
    links = read_links(topology, nodes, declared, notes)
    _check_name(root, notes)
    found = Topology(text(root, "name") or _stem(path), shown, tuple(nodes.values()), links)
    _check_roles(found, _place(topology, "nodes"), _place(topology, "links"), notes)
    return TopologyFile(found, notes.wrongs(), notes.warnings(), host_access(root, shown, notes.warnings()))


def _check_name(root: Node, notes: Notes) -> None:
    """The name is part of paths, on the host as well."""
    name = entry(root, "name")
    if name is not None and not (isinstance(name, Scalar) and _NAME.fullmatch(name.text)):
        notes.wrong(name, "ER601", "name", "1-63 letters, digits, - _ and ., a letter or digit first")


def _stem(path: Path) -> str:
    suffix = next((s for s in _SUFFIXES if path.name.endswith(s)), "")
    return path.name.removesuffix(suffix)


def _refuse_template(source: str, shown: str) -> None:
    """In a comment too: containerlab knows no YAML yet when it runs the template."""
    for number, line in enumerate(source.split("\n"), start=1):
        if "{{" in line:
            message = "found a template ({{ }}); allowed plain YAML"
            hint = "containerlab deploy --dry-run --export-rendered FILE gives it"
            column = line.index("{{") + 1
            raise Mistakes([Mistake(shown, number, column, "ER606", "", message=message, hint=hint)])


def _declared(topology: Node | None) -> set[str]:
    found = entry(topology, "nodes")
    return set(found.entries) if isinstance(found, Mapping) else set()


def _place(topology: Node | None, key: str) -> Node:
    if isinstance(topology, Mapping):
        return topology.keys.get(key, topology)
    return Scalar(1, 1, "", None)


def _nodes(topology: Node | None, notes: Notes) -> dict[str, TopologyNode]:
    declared = entry(topology, "nodes")
    if not isinstance(declared, Mapping):
        notes.say(_place(topology, "nodes"), "ER603", "nodes", "missing; allowed a mapping of nodes")
        return {}
    found = {}
    for name, node in declared.entries.items():
        key = declared.keys[name]
        layers = _layers(topology, node)
        role = _label(layers, ROLE)
        if role is None:
            notes.say(key, "ER607", name, f"left out: it has no label {ROLE}", warning=True)
            continue
        if not NODE_NAME.fullmatch(name):
            notes.wrong(key, "ER608", "node", "1-63 letters, digits, - _ and .")
            continue
        if role.text not in ("ce", "msee", "azure"):
            notes.wrong(role, "ER608", ROLE, "ce, msee, azure")
            continue
        path = _path(layers, role, key, notes) if role.text == "msee" else None
        kind = _first_text(layers, "kind")
        image = _first_text(layers, "image")
        found[name] = TopologyNode(name, cast(Role, role.text), path, kind or "linux", image)
    return found


def _path(layers: list[Node], role: Scalar, key: Scalar, notes: Notes) -> PathName | None:
    label = _label(layers, PATH)
    if label is None:
        notes.say(key, "ER608", PATH, "missing; allowed primary, secondary (an MSEE serves one path)")
        return None
    if label.text not in PATHS:
        notes.wrong(label, "ER608", PATH, "primary, secondary")
        return None
    return label.text


def _layers(topology: Node | None, node: Node) -> list[Node]:
    """Where a node's properties come from, nearest first."""
    defaults = entry(topology, "defaults")
    layers = [node]
    group = _first_text([node], "group")
    kind_of_group = None
    if group is not None:
        found = entry(entry(topology, "groups"), group)
        layers += [found] if found is not None else []
        kind_of_group = text(found, "kind")
    kind = text(node, "kind") or kind_of_group or text(defaults, "kind")
    if kind is not None:
        found = entry(entry(topology, "kinds"), kind)
        layers += [found] if found is not None else []
    return [*layers, defaults] if defaults is not None else layers


def _first_text(layers: list[Node], key: str) -> str | None:
    return next((t for t in (text(layer, key) for layer in layers) if t is not None), None)


def _label(layers: list[Node], name: str) -> Scalar | None:
    for layer in layers:
        found = entry(entry(layer, "labels"), name)
        if isinstance(found, Scalar):
            return found
    return None


def _check_roles(topology: Topology, place: Node, links: Node, notes: Notes) -> None:
    """One MSEE a path, one azure node linked to both, and a CE linked to an MSEE: what a circuit needs."""
    if any(not m.warning for m in notes.mistakes):
        return
    for path in PATHS:
        count = sum(1 for node in topology.with_role("msee") if node.path == path)
        if count != 1:
            notes.wrong(place, "ER603", "nodes", f"one node with {PATH}: {path}", found=str(count or "none"))
    azure = topology.with_role("azure")
    if len(azure) != 1:
        notes.wrong(place, "ER603", "nodes", f"one node with {ROLE}: azure", found=str(len(azure) or "none"))
    if not topology.with_role("ce"):
        notes.wrong(place, "ER603", "nodes", f"one node or more with {ROLE}: ce", found="none")
    if any(not m.warning for m in notes.mistakes):
        return
    for path in PATHS:
        msee = topology.msee(path)
        count = len(topology.links_between(msee.name, azure[0].name))
        if count != 1:
            allowed = f"one between {msee.name} and {azure[0].name}"
            notes.wrong(links, "ER604", "links", allowed, found=str(count or "none"))
    if not any(topology.ce_port(ce.name, path) for ce in topology.with_role("ce") for path in PATHS):
        notes.wrong(links, "ER604", "links", "one or more between a CE and an MSEE", found="none")
    for ce in topology.with_role("ce"):
        for path in PATHS:
            count = len(topology.links_between(ce.name, topology.msee(path).name))
            if count > 1:
                allowed = f"one between {ce.name} and {topology.msee(path).name}"
                notes.wrong(links, "ER604", "links", allowed, found=str(count))

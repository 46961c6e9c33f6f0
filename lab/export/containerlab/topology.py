"""The topology file of an export: plain containerlab, with what each node runs bound into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.engine.containerlab import image
from lab.errors import Impossible
from lab.files.reading import read_text
from lab.topology import Topology, TopologyNode

# What an export writes itself, or has no use for.
_KNOWN = frozenset({"kind", "image", "labels", "group", "network-mode", "restart-policy", "image-pull-policy"})


def topology_text(lab: str, topology: Topology, file: Path, binds: Mapping[str, Iterable[str]], start: str) -> str:
    """The file's text. `file` is the lab's own topology file, for labels; nodes that are not in `binds` start nothing.

    Raises Impossible for a node of a kind that has no Linux to start FRR in.
    """
    source = _topology_of(file)
    nodes = {node.name: _node(node, _layers(source, node.name), binds, start) for node in topology.nodes}
    document = {
        "name": lab,
        "topology": {
            "defaults": {"kind": "linux"},
            "nodes": nodes,
            "links": [{"endpoints": [str(link.a), str(link.b)], "mtu": link.mtu} for link in topology.links],
        },
    }
    head = f"# {lab} for containerlab alone, exported by mseelab. README.md says how to start it.\n"
    return head + yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=100)


def left_out(topology: Topology, file: Path) -> tuple[str, ...]:
    """What the lab's own topology file says of nodes and an export does not: `ce1: binds, cpu`."""
    source = _topology_of(file)
    found = []
    for node in topology.nodes:
        layers = _layers(source, node.name)
        keys = sorted({str(key) for layer in layers for key in layer} - _KNOWN)
        if keys:
            found.append(f"{node.name}: {', '.join(keys)}")
    return tuple(found)


def image_of(node: TopologyNode) -> str:
    """The image of a node: its own, or the one that is built in the folder, where every router of ours is FRR."""
    return node.image if node.image and node.image.split(":")[0] != image.SPEAKERS else image.FRR


def _node(
    node: TopologyNode, layers: list[dict[str, Any]], binds: Mapping[str, Iterable[str]], start: str
) -> dict[str, Any]:
    starts = node.name in binds
    if starts and node.kind != "linux":
        raise Impossible(f"{node.name} is of kind {node.kind}; an export starts FRR in nodes of kind linux")
    made: dict[str, Any] = {} if node.kind == "linux" else {"kind": node.kind}
    made["image"] = image_of(node)
    if image.ours(node.image):
        made["image-pull-policy"] = "Never"
    # A container that starts again by itself would be without its links; eth0 would be a way around the circuit.
    made |= {"network-mode": "none", "restart-policy": "no"} if starts else _kept(layers)
    labels = {name: value for layer in layers for name, value in (layer.get("labels") or {}).items()}
    made["labels"] = {str(name): str(value) for name, value in labels.items()}
    if starts:
        made |= {"binds": list(binds[node.name]), "exec": [start]}
    return made


def _kept(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """How the user's own container is attached and started, as their file has it."""
    return {
        key: layer[key] for layer in layers for key in ("network-mode", "restart-policy", "image-pull-policy")
        if key in layer
    }


def _topology_of(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(read_text(file, str(file)))["topology"]
    return found


def _layers(source: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What says something about a node, the weakest first: defaults, kind, group, node."""
    own: dict[str, Any] = source["nodes"][name] or {}
    defaults: dict[str, Any] = source.get("defaults") or {}
    groups, kinds = source.get("groups") or {}, source.get("kinds") or {}
    group: dict[str, Any] = groups.get(own.get("group")) or {}
    kind = own.get("kind") or group.get("kind") or defaults.get("kind") or "linux"
    return [defaults, kinds.get(kind) or {}, group, own]

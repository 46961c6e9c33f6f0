"""What a topology file can do to the host, once containerlab runs it as root. Pure.

containerlab runs what our reader passes over: nodes without our label, commands, mounts, images, templates, variables
of the environment. So this is a list of what is known to be harmless; everything else is named, also what a later
containerlab will know (the keys of 0.79 were read in its source). `document` is the file as it was read and judged:
given to containerlab in the file's place, no other parser's view of the file and no later change of it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.errors import Mistake
from lab.files.notes import Notes, entry, listed, text
from lab.files.tree import Mapping, Node, Scalar, Sequence, clip, plain

RULE = "ER609"
OURS = re.compile(r"mseelab/(frr|ce)(:[0-9A-Za-z_.-]+)?")
NODE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
# Names of nodes that containerlab takes for something of the host, however they are written.
_NOT_NODES = ("host", "mgmt-net", "macvlan", "vxlan", "vxlan-stitch", "veth-stitch", "dummy", "bridge")
_HARMLESS = {
    "": ("name", "topology"),
    "topology": ("defaults", "kinds", "groups", "nodes", "links"),
    "link": ("endpoints", "type", "mtu", "labels"),
    "end": ("node", "interface", "mac"),
    "level": ("group", "labels", "restart-policy", "cpu", "cpu-set", "memory", "kind", "image", "image-pull-policy",
              "network-mode"),
}
_OWN_LABEL = re.compile(r"(mseelab|graph)-[a-z0-9-]+", re.IGNORECASE)
_DOES = {
    "binds": "mounts folders of this host",
    "volumes": "mounts volumes of this host",
    "devices": "gives devices of this host",
    "exec": "runs commands in the container, which has the rights of this host's root",
    "cmd": "runs a command in the container, which has the rights of this host's root",
    "entrypoint": "runs a command in the container, which has the rights of this host's root",
    "healthcheck": "runs commands in the container, which has the rights of this host's root",
    "stages": "runs commands, on this host too",
    "privileged": "sets the container's rights on this host",
    "cap-add": "gives rights on this host",
    "security-opts": "takes protections of this host away",
    "pid-mode": "shows processes of this host",
    "env": "sets variables, with __IMPORT_ENVS all of this host's",
    "env-files": "reads files of this host into the container",
    "startup-config": "reads a file of this host or of the network into the container",
    "license": "reads a file of this host into the container",
    "ports": "opens ports of this host",
    "sysctls": "sets the kernel's parameters",
    "startup-delay": "keeps `up` waiting",
    "mgmt": "makes a network on this host",
    "prefix": "names containers as it likes",
    "runtime": "has another program make the container",
}
_TEMPLATE, _VARIABLE = "{{", re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)?")


@dataclass(frozen=True)
class HostAccess:
    """`powers` is what could touch the host, a line each; `unjudged` what runs and is no part of the lab. Warnings."""

    powers: tuple[Mistake, ...] = ()
    unjudged: tuple[Mistake, ...] = ()
    document: Any = None


NO_ACCESS = HostAccess()


def host_access(root: Node, shown: str, unjudged: Iterable[Mistake]) -> HostAccess:
    """Of the topology `root`, called `shown`; `unjudged` are its ER607."""
    notes = Notes(shown)
    for place, name, what in _powers(root):
        notes.say(place, RULE, name, what, warning=True)
    return HostAccess(tuple(notes.warnings()), tuple(unjudged), plain(root))


Power = tuple[Node, str, str]


def _powers(root: Node) -> Iterator[Power]:
    yield from _keys(root, "", "")
    topology = entry(root, "topology")
    yield from _keys(topology, "topology", "topology")
    name = text(root, "name") or ""
    if "__git" in name:
        yield root, "name", "is the branch's name to containerlab"
    defaults = entry(topology, "defaults")
    if isinstance(defaults, Mapping):
        yield from _level(defaults, "defaults")
    for block in ("kinds", "groups", "nodes"):
        levels = entry(topology, block)
        for name, level in levels.entries.items() if isinstance(levels, Mapping) else ():
            yield from _level(level, name)
    yield from _nodes(topology)
    for link in listed(topology, "links"):
        yield from _link(link, _declared(topology))
    yield from _texts(root)


def _keys(node: Node | None, kind: str, owner: str) -> Iterator[Power]:
    """The keys of a mapping that are not known to be harmless."""
    for key, place in node.keys.items() if isinstance(node, Mapping) else ():
        if key not in _HARMLESS[kind]:
            name = f"{owner} {key}" if owner else key
            yield place, clip(name), _DOES.get(key, "is not known to be harmless")


def _level(level: Node, owner: str) -> Iterator[Power]:
    """What has a node's keys: a node, a group, a kind or the defaults."""
    yield from _keys(level, "level", owner)
    for key, harmless, what in (
        ("kind", re.compile("linux"), "is no plain container"),
        ("image", OURS, "is not an image of ours, and has the rights of this host's root"),
        ("image-pull-policy", re.compile("Never|IfNotPresent"), "takes whatever is in the registry"),
        ("network-mode", re.compile("none"), "is a network of this host"),
    ):
        found = entry(level, key)
        if found is not None and not (isinstance(found, Scalar) and harmless.fullmatch(found.text)):
            value = f" {found.text}" if isinstance(found, Scalar) else ""
            yield found, clip(f"{owner} {key}"), f"{clip(value.strip())} {what}".strip()
    labels = entry(level, "labels")
    for label, place in labels.keys.items() if isinstance(labels, Mapping) else ():
        if not _OWN_LABEL.fullmatch(label):
            yield place, clip(f"{owner} labels"), f"{clip(label)} may mean something to another program on this host"


def _nodes(topology: Node | None) -> Iterator[Power]:
    nodes = entry(topology, "nodes")
    kinds, groups, defaults = (entry(topology, block) for block in ("kinds", "groups", "defaults"))
    for name, level in nodes.entries.items() if isinstance(nodes, Mapping) else ():
        place = nodes.keys[name] if isinstance(nodes, Mapping) else level
        if not NODE_NAME.fullmatch(name) or name.strip().lower() in _NOT_NODES:
            yield place, clip(name), "is no name of a container"
        group = entry(groups, text(level, "group") or "")
        layers = [level, group, entry(kinds, text(level, "kind") or text(group, "kind") or "linux"), defaults]
        if _nearest(layers, "network-mode") is None:
            yield place, clip(f"{name} network-mode"), "missing: docker's own network leads to this host and beyond"
        if _nearest(layers, "image-pull-policy") != "Never" and not any(_has_role(layer) for layer in layers):
            # Images of the lab's own nodes are built where they are missing.
            yield place, clip(f"{name} image-pull-policy"), "is not Never: takes whatever is in the registry"


def _nearest(layers: Iterable[Node | None], key: str) -> str | None:
    found = (entry(layer, key) for layer in layers)
    return next((value.text for value in found if isinstance(value, Scalar)), None)


def _has_role(layer: Node | None) -> bool:
    return entry(entry(layer, "labels"), "mseelab-role") is not None


def _declared(topology: Node | None) -> set[str]:
    nodes = entry(topology, "nodes")
    return set(nodes.entries) if isinstance(nodes, Mapping) else set()


def _link(link: Node, declared: set[str]) -> Iterator[Power]:
    yield from _keys(link, "link", "link")
    if (kind := entry(link, "type")) is not None and text(link, "type") != "veth":
        yield kind, "link type", "is no cable between two containers"
    for end in listed(link, "endpoints"):
        yield from _keys(end, "end", "link end")
        given = _node_of(end)
        if given is None or given not in declared or given.strip().lower() in _NOT_NODES:
            yield end, "link endpoints", f"{clip(given or 'this')} is no container of the file"


def _node_of(end: Node) -> str | None:
    if isinstance(end, Mapping):
        return text(end, "node")
    return end.text.partition(":")[0] if isinstance(end, Scalar) else None


def _texts(node: Node) -> Iterator[Power]:
    """Templates and variables in any text: escapes hide them from who reads the file, not from containerlab."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
        return
    if isinstance(node, Mapping):
        for key, value in node.entries.items():
            yield from _texts(node.keys[key])
            yield from _texts(value)
        return
    if _TEMPLATE in node.text:
        yield node, "template", "is a program that containerlab runs"
    for found in _VARIABLE.finditer(node.text):
        yield node, "variable", f"reads {clip(found[1] or '$')} of the environment"


__all__ = ["NODE_NAME", "NO_ACCESS", "HostAccess", "host_access"]

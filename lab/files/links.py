"""Links of a topology file, in containerlab's brief and extended forms."""

from __future__ import annotations

import re

from lab.files.notes import Notes, entry, listed, number, text
from lab.files.tree import Mapping, Node, Scalar, Sequence, clip
from lab.topology import Endpoint, Link, TopologyNode

# `.VID` and a port name together fit the kernel's 15 characters.
_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,8}")
_MTU = range(1280, 65536)
_DEFAULT_MTU = 1500


def read_links(
    topology: Node | None, nodes: dict[str, TopologyNode], declared: set[str], notes: Notes
) -> tuple[Link, ...]:
    """The links between `nodes`. A link to a node of the file that is not ours (`declared`) is left out."""
    found = []
    used: dict[Endpoint, int] = {}
    for item in listed(topology, "links"):
        ends = _ends(item, notes)
        if ends is None:
            continue
        endpoints = [_endpoint(*end, nodes, declared, notes) for end in ends]
        a, b = endpoints
        if a is None or b is None:
            continue
        for endpoint, end in zip((a, b), ends, strict=True):
            if endpoint in used:
                notes.say(end[2], "ER604", "endpoints", f"found {endpoint} twice; allowed once (line {used[endpoint]})")
            used[endpoint] = end[2].line
        if a.node == b.node:
            notes.say(ends[0][2], "ER604", "endpoints", f"found both ends on {a.node}; allowed two nodes")
            continue
        found.append(Link(a, b, _mtu(item, notes)))
    return tuple(found)


End = tuple[str, str, Node]


def _ends(item: Node, notes: Notes) -> list[End] | None:
    """The two ends as (node, interface, place); None for a link that is not a cable, or is written wrongly."""
    kind = text(item, "type")
    if kind is not None and kind != "veth":
        notes.say(item, "ER607", "links", f"left out: type {clip(kind)} is no cable between two nodes", warning=True)
        return None
    endpoints = entry(item, "endpoints")
    if not isinstance(endpoints, Sequence) or len(endpoints.items) != 2:
        notes.say(item, "ER604", "endpoints", "allowed a list of two, such as [ce1:eth1, msee1:eth1]")
        return None
    ends = [_end(end) for end in endpoints.items]
    for end, node in zip(ends, endpoints.items, strict=True):
        if end is None:
            notes.wrong(node, "ER604", "endpoints", "NODE:INTERFACE")
    return [end for end in ends if end is not None] if None not in ends else None


def _end(node: Node) -> End | None:
    if isinstance(node, Mapping):
        name, interface = text(node, "node"), text(node, "interface")
        return (name, interface, node) if name and interface else None
    if isinstance(node, Scalar) and isinstance(node.value, str):
        name, colon, interface = node.text.partition(":")
        return (name, interface, node) if name and colon and interface else None
    return None


def _endpoint(
    name: str, interface: str, place: Node, nodes: dict[str, TopologyNode], declared: set[str], notes: Notes
) -> Endpoint | None:
    if name not in nodes:
        if name not in declared:
            notes.wrong(place, "ER604", "endpoints", "a node of the file", found=clip(name))
        return None
    if not _INTERFACE.fullmatch(interface) or interface == "lo":
        allowed = "1-9 letters, digits, - and _"
        notes.wrong(place, "ER605", "endpoints", allowed, found=clip(interface))
        return None
    return Endpoint(name, interface)


def _mtu(item: Node, notes: Notes) -> int:
    given = entry(item, "mtu")
    if given is None:
        return _DEFAULT_MTU
    mtu = number(item, "mtu")
    if mtu is None or mtu not in _MTU:
        notes.wrong(given, "ER604", "mtu", f"{_MTU[0]}-{_MTU[-1]}")
        return _DEFAULT_MTU
    return mtu

"""What differs between two topologies, in words, and what of it a running lab cannot follow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lab.control.differences import Action, Difference, fields
from lab.errors import Impossible
from lab.topology import Link, Topology, TopologyNode


def physical(old: Topology, new: Topology) -> Iterator[Difference]:
    """Every difference, nodes first."""
    before, after = _nodes(old), _nodes(new)
    for name in dict.fromkeys([*after, *before]):
        was, is_ = before.get(name), after.get(name)
        if was is None or is_ is None:
            yield Difference(f"node {name}", "remove" if was else "add")
        else:
            yield from fields(f"node {name}", _node_fields(was), _node_fields(is_))
    links, wanted = _links(old), _links(new)
    for ends in dict.fromkeys([*wanted, *links]):
        link, shall = links.get(ends), wanted.get(ends)
        if shall is None:
            yield _of_link(links[ends], old, "remove")
        elif link is None:
            yield _of_link(shall, new, "add")
        elif link.mtu != shall.mtu:
            yield Difference(_name(shall), "change", "mtu", str(link.mtu), str(shall.mtu))


def refuse(lab: str, old: Topology, new: Topology, made: Mapping[str, str], shall: Mapping[str, str]) -> None:
    """Raises Impossible where a running lab cannot follow: only customer edges come and go, and a node keeps what it is
    `made` of (by node, in words, as `Engine.made_of`), which `shall` be the same."""
    before, after = _nodes(old), _nodes(new)
    for name in dict.fromkeys([*before, *after]):
        was, is_ = before.get(name), after.get(name)
        if was is None or is_ is None:
            if (part := _part(was or after[name])) != "a CE":
                raise Impossible(f"{name} {'goes' if was else 'comes'}, and is {part}", next=anew(lab))
        elif _part(was) != _part(is_):
            raise Impossible(f"{name} is {_part(was)} and would be {_part(is_)}", next=anew(lab))
        elif made.get(name) != shall.get(name):
            raise Impossible(f"{name} is {made.get(name)} and would be {shall.get(name)}", next=anew(lab))


def anew(lab: str) -> str:
    """What to type where a lab cannot be changed in place."""
    return f"mseelab down {lab}, then mseelab up"


def _nodes(topology: Topology) -> dict[str, TopologyNode]:
    return {node.name: node for node in topology.nodes}


def _links(topology: Topology) -> dict[frozenset[object], Link]:
    return {frozenset((link.a, link.b)): link for link in topology.links}


def _node_fields(node: TopologyNode) -> dict[str, str]:
    return {"kind": node.kind, "image": node.image or ""}


def _part(node: TopologyNode) -> str:
    return f"the {node.path} MSEE" if node.role == "msee" else "the azure node" if node.role == "azure" else "a CE"


def _name(link: Link) -> str:
    return f"link {link.a} {link.b}"


def _of_link(link: Link, topology: Topology, action: Action) -> Difference:
    """With the CE and the path that it serves, where it serves one."""
    found = Difference(_name(link), action)
    for near, far in ((link.a, link.b), (link.b, link.a)):
        if topology.node(near.node).role == "ce" and topology.node(far.node).role == "msee":
            return replace(found, ce=near.node, path=topology.node(far.node).path)
    return found

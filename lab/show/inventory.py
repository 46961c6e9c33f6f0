"""What a lab consists of: nodes, ports, sub-interfaces, addresses and files, from its record."""

from __future__ import annotations

from typing import Any

from lab.circuit.document import Document
from lab.control.record import from_document
from lab.topology import Topology
from lab.wiring import Interface


def inventory(document: Document) -> dict[str, Any]:
    """The shape of `show lab -o json`. Pids are those inside the lab's world."""
    record = from_document(document)
    value = record.applied
    states = value.desired().nodes
    pids: dict[str, int] = dict(document["world"].get("nodes", {}))
    return {
        "lab": record.lab,
        "engine": record.engine,
        "topology": value.topology.name,
        "vlanAttacher": record.attacher,
        "files": list(value.spec.files),
        "nodes": [
            {
                "node": node.name,
                "role": node.role,
                "path": node.path,
                "pid": pids.get(node.name),
                "interfaces": [
                    *_ports(value.topology, node.name),
                    *(_interface(i) for i in (states[node.name].wiring.interfaces if node.name in states else ())),
                ],
            }
            for node in value.topology.nodes
        ],
    }


def _ports(topology: Topology, node: str) -> list[dict[str, Any]]:
    found = []
    for link in topology.links:
        for near, far in ((link.a, link.b), (link.b, link.a)):
            if near.node == node:
                found.append({"interface": near.interface, "vrf": "", "link": str(far), "addresses": []})
    return found


def _interface(interface: Interface) -> dict[str, Any]:
    if interface.tag is not None:
        stag = f"S-tag {interface.tag.stag}, " if interface.tag.stag is not None else ""
        link = f"{stag}VLAN {interface.tag.vlan} on {interface.tag.port}"
    else:
        link = f"bridge {interface.bridged or interface.bridge}" if interface.bridged or interface.bridge else ""
    return {
        "interface": interface.name, "vrf": interface.vrf, "link": link, "addresses": list(interface.addresses),
    }

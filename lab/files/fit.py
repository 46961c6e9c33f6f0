"""Whether the service plane fits the physical one: the CEs exist, have the cables, and one CE serves a path."""

from __future__ import annotations

from collections.abc import Mapping

from lab.circuit.models import PortPair, Spec
from lab.errors import Mistake
from lab.files.tree import clip
from lab.topology import PATHS, Path, Topology
from lab.wiring import Tag

_LONGEST_NAME = 15


def check_fit(spec: Spec, topology: Topology, interfaces: Mapping[str, tuple[Tag, ...]]) -> list[Mistake]:
    """Mistakes and warnings (ER504, ER507, ER510, ER605, ER701, ER710); `interfaces` are of the CEs' own files."""
    found = []
    ces = [node.name for node in topology.with_role("ce")]
    for edge in spec.customer_edges:
        line = spec.lines.get(f"customerEdges.{edge.name}", 1)
        if edge.name not in ces:
            allowed = f"{', '.join(ces)} ({topology.file})"
            found.append(Mistake(spec.file, line, 1, "ER507", "name", clip(edge.name), allowed))
    found += _one_ce_a_path(spec, topology)
    found += _port_pairs(spec, topology, ces)
    found += _port_names(spec, topology)
    for name, tags in interfaces.items():
        ports = sorted(_ports(topology, name))
        line = spec.lines.get(f"customerEdges.{name}.config", 1)
        for tag in tags:
            if tag.port not in ports:
                message = f"it names a sub-interface of {tag.port}, and {name} has {', '.join(ports) or 'no port'}"
                found.append(Mistake(spec.file, line, 1, "ER510", "config", message=message))
    return found


def _one_ce_a_path(spec: Spec, topology: Topology) -> list[Mistake]:
    found = []
    for circuit in spec.circuits:
        line = spec.lines.get(f"circuits.{circuit.name}", 1)
        for path in PATHS:
            served = [ce.name for ce in spec.ces_of(circuit) if topology.ce_port(ce.name, path)]
            if len(served) > 1:
                what = f"{' and '.join(served)} on the {path} path of {circuit.name}"
                hint = "name circuits: on each CE"
                found.append(Mistake(spec.file, line, 1, "ER504", "customerEdges", what, "one CE on a path", hint=hint))
            elif not served and (taken := _port_pair_on(spec, topology, path)):
                why = f"the cable of {taken.ce} is port pair {taken.name}"
                message = f"the {path} path of {circuit.name} has no CE: {why}"
                found.append(Mistake(spec.file, line, 1, "ER710", "customerEdges", message=message))
            elif not served:
                message = f"no CE is cabled to the {path} path of {circuit.name}, so its SLA does not hold"
                found.append(Mistake(spec.file, line, 1, "ER504", "customerEdges", message=message, warning=True))
    return found


def _port_pair_on(spec: Spec, topology: Topology, path: Path) -> PortPair | None:
    return next((port for port in spec.ports if topology.ce_port(port.ce, path)), None)


def _port_pairs(spec: Spec, topology: Topology, ces: list[str]) -> list[Mistake]:
    """A port pair is the cables of a CE to both MSEEs."""
    found = []
    whole = [ce for ce in ces if all(topology.ce_port(ce, path) for path in PATHS)]
    for port in spec.ports:
        at = f"expressRoutePorts.{port.name}"
        line = spec.lines.get(f"{at}.customerEdge", spec.lines.get(at, 1))
        if port.ce not in [edge.name for edge in spec.customer_edges]:
            allowed = "a CE of the file"
            found.append(Mistake(spec.file, line, 1, "ER701", "customerEdge", clip(port.ce), allowed))
        elif port.ce in ces and port.ce not in whole:
            allowed = f"a CE that is cabled to both MSEEs ({', '.join(whole) or 'the topology has none'})"
            found.append(Mistake(spec.file, line, 1, "ER701", "customerEdge", clip(port.ce), allowed))
    return found


def _port_names(spec: Spec, topology: Topology) -> list[Mistake]:
    """With QinQ a sub-interface is named PORT.STAG.VLAN, which a long port name does not leave room for."""
    found: dict[Mistake, None] = {}
    for edge in spec.customer_edges:
        cables = [topology.ce_port(edge.name, path) for path in PATHS]
        ends = [end for cable in cables for end in cable or ()]
        if spec.handoff(edge) != "qinq":
            continue
        line = spec.lines.get(f"customerEdges.{edge.name}", 1)
        for circuit in spec.circuits_of(edge):
            for peering in circuit.peerings:
                for end in ends:
                    name = f"{end.interface}.{circuit.stag}.{peering.vlan_id}"
                    if len(name) > _LONGEST_NAME:
                        allowed = f"{_LONGEST_NAME} characters; shorten {end}"
                        found[Mistake(spec.file, line, 1, "ER605", "handoff", name, allowed)] = None
    return list(found)


def _ports(topology: Topology, node: str) -> set[str]:
    return {end.interface for link in topology.links for end in (link.a, link.b) if end.node == node}

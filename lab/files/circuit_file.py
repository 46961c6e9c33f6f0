"""The circuit file: from YAML or JSON to a `Spec`, with every mistake of the file in one run."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from lab.asked.base import Ask
from lab.circuit.models import (
    MBPS_A_GBPS,
    Circuit,
    CustomerEdge,
    Peering,
    PortPair,
    ProviderState,
    SkuTier,
    Spec,
    VnetConnection,
)
from lab.circuit.names import NAME, NAME_RULE
from lab.circuit.offers import BANDWIDTHS_MBPS, connection_limit
from lab.errors import Mistake, Mistakes
from lab.files.asked import read_block
from lab.files.azure_kinds import from_azure, refuse_others, refuse_text
from lab.files.azure_words import read_words
from lab.files.cross import check_cross
from lab.files.edges import read_edges
from lab.files.microsoft import read_route_filters
from lab.files.notes import Notes, entry, listed, mappings, number, place, text
from lab.files.peerings import Peerings, read_peerings
from lab.files.ports import BLOCK, check_ports, read_on_port, read_ports
from lab.files.shape import check_shape, lift_properties
from lab.files.tree import Mapping, Node, Scalar, Tree, clip, parse_tree, read_text
from lab.files.vnets import Vnets, read_vnets

DEFAULT_TOPOLOGY = "dual-path"
MAX_WEIGHT = 32000
_DEFAULT_CE = "ce1"
_FIRST_STAG = 8
_STATES = ("serviceProviderProvisioningState", "circuitProvisioningState")
_MOST = {"circuits": 1000, "virtualNetworks": 1000, "customerEdges": 100, "routeFilters": 1000, BLOCK: 100}
_LAST_TAG = 4094


@dataclass(frozen=True)
class CircuitFile:
    """What a circuit file says. With `mistakes` the spec holds what could be read, for checks of the other files.

    `literals` are shared keys that stand in the file, by key name; `edges_given` is whether it has `customerEdges`;
    `asks` are its checks, which are no part of the spec: they change nothing in a lab.
    """

    spec: Spec
    mistakes: list[Mistake]
    warnings: list[Mistake]
    literals: Dictionary[str, str]
    edges_given: bool
    asks: tuple[Ask, ...] = ()

    def __repr__(self) -> str:
        return f"CircuitFile({self.spec.file})"


def read_spec(path: Path) -> Spec:
    """The spec of the circuit file at `path`. Raises Mistakes, all of them at once."""
    found = read_circuit(path, str(path))
    if found.mistakes:
        raise Mistakes(found.mistakes)
    return found.spec


def read_circuit(path: Path, shown: str) -> CircuitFile:
    """The circuit file at `path`, called `shown` in messages. Raises Mistakes when it is no YAML or JSON mapping."""
    content = read_text(path, shown)
    try:
        tree = parse_tree(content, shown)
    except Mistakes:
        refuse_text(content, shown)
        raise
    if isinstance(tree.root, Scalar):
        refuse_text(content, shown)
    return from_tree(tree, shown, (str(path.absolute()),))


def from_tree(tree: Tree, shown: str, files: tuple[str, ...]) -> CircuitFile:
    """What a tree says that stands in for `files`, the circuit file first. Raises Mistakes when it is no mapping."""
    notes = Notes(shown, list(tree.mistakes))
    root = refuse_others(tree.root, notes)
    lift_properties(root, notes)
    circuits = mappings(root, "circuits") if "circuits" in root.entries else [root]
    lenient = any(from_azure(circuit) for circuit in circuits)
    for circuit in circuits:
        read_words(circuit, notes, lenient)
    _refuse_crowds(root, notes)
    check_shape(root, notes, lenient)
    asks = read_block(root, notes)
    spec, literals = _spec(root, circuits, notes, lenient, files)
    given = entry(root, "customerEdges") is not None
    return CircuitFile(spec, notes.wrongs(), notes.warnings(), literals, given, asks)


def _refuse_crowds(root: Mapping, notes: Notes) -> None:
    """Rules between blocks compare each with each, so the blocks are bounded. Raises Mistakes (ER905)."""
    for key, most in _MOST.items():
        if len(listed(root, key)) > most:
            found = f"found {len(listed(root, key))}; allowed {most}"
            raise Mistakes([Mistake(notes.file, place(root, key).line, 1, "ER905", key, message=found)])


def _spec(
    root: Mapping, nodes: list[Mapping], notes: Notes, lenient: bool, files: tuple[str, ...]
) -> tuple[Spec, Dictionary[str, str]]:
    path = Path(files[0])
    names = _names(nodes, "circuits" if "circuits" in root.entries else "", notes)
    vnet_names = _names(mappings(root, "virtualNetworks"), "virtualNetworks", notes)
    edge_names = _names(mappings(root, "customerEdges"), "customerEdges", notes)
    ports = read_ports(root, notes, _names(mappings(root, BLOCK), BLOCK, notes), list(edge_names) or [_DEFAULT_CE])
    filter_names = _names(mappings(root, "routeFilters"), "routeFilters", notes)
    vnets = read_vnets(root, notes, vnet_names)
    filters = read_route_filters(root, filter_names, notes)
    registry = text(root, "registry")
    peerings: dict[str, Peerings] = {}
    circuits = []
    stags = _stags(nodes, names, notes)
    for node in nodes:
        name = text(node, "name")
        if name is None or names.get(name) is not node.entries["name"]:
            continue
        peerings[name] = read_peerings(node, name, notes, {f.name: f for f in filters}, lenient)
        notes.lines[f"circuits.{name}"] = node.line
        for state in _STATES:
            if state in node.entries:
                notes.lines[f"circuits.{name}.{state}"] = place(node, state).line
        circuits.append(_circuit(node, name, peerings[name], vnets, stags.get(name), ports, notes))
    edges = read_edges(root, notes, edge_names, set(names), path.parent)
    if entry(root, "customerEdges") is None:
        edges = [CustomerEdge(_DEFAULT_CE)]
    spec = Spec(
        lab=_lab(root, circuits, notes, path),
        file=notes.file,
        topology=text(root, "topology") or DEFAULT_TOPOLOGY,
        circuits=tuple(circuits),
        virtual_networks=tuple(vnets.vnets),
        customer_edges=tuple(edges),
        files=files,
        lines=notes.lines,
        ports=tuple(ports),
        route_filters=filters,
        registry=str((path.parent / registry).absolute()) if registry else None,
    )
    for key in ("lab", "topology", "virtualNetworks", "customerEdges", "circuits", "routeFilters", "registry", BLOCK):
        if key in root.entries:
            notes.lines[key] = place(root, key).line
    check_ports(spec, notes)
    check_cross(spec, peerings, vnets, notes)
    literals = {name: key for found in peerings.values() for name, key in found.literals.items()}
    return spec, literals


def _circuit(
    node: Mapping, name: str, peerings: Peerings, vnets: Vnets, stag: int | None, ports: list[PortPair], notes: Notes
) -> Circuit:
    sku = entry(node, "sku")
    provider = entry(node, "serviceProviderProperties")
    port, gbps = read_on_port(node, name, ports, notes)
    connections = _connections(node, name, vnets, notes)
    _offered(node, gbps, len(connections), notes)
    return Circuit(
        name=name,
        peerings=tuple(_owned(p, node) for p in peerings.peerings),
        connections=connections,
        id=text(node, "id"),
        tier=cast(SkuTier, text(sku, "tier") or "Standard"),
        sku_family=text(sku, "family") or "MeteredData",
        provider=text(provider, "serviceProviderName"),
        location=text(provider, "peeringLocation"),
        bandwidth_mbps=number(provider, "bandwidthInMbps"),
        stag=stag,
        service_key=text(node, "serviceKey"),
        circuit_state="Disabled" if text(node, "circuitProvisioningState") == "Disabled" else "Enabled",
        provider_state=cast(ProviderState, text(node, "serviceProviderProvisioningState") or "Provisioned"),
        port=port,
        bandwidth_gbps=gbps,
    )


def _offered(node: Mapping, gbps: int | None, connections: int, notes: Notes) -> None:
    """Whether a circuit can be ordered like this, with so many connections; `gbps` is that of one on a port pair."""
    sku, provider = entry(node, "sku"), entry(node, "serviceProviderProperties")
    bandwidth = number(provider, "bandwidthInMbps")
    if isinstance(provider, Mapping) and bandwidth is not None and bandwidth not in BANDWIDTHS_MBPS:
        allowed = ", ".join(map(str, BANDWIDTHS_MBPS))
        notes.wrong(place(provider, "bandwidthInMbps"), "ER109", "bandwidthInMbps", allowed)
    tier = cast(SkuTier, text(sku, "tier") or "Standard")
    if isinstance(sku, Mapping) and tier == "Local" and provider and text(sku, "family") == "MeteredData":
        notes.wrong(place(sku, "family"), "ER110", "family", "UnlimitedData with tier Local")
    limit = connection_limit(tier, gbps * MBPS_A_GBPS if gbps is not None else bandwidth)
    if connections > limit:
        hint = "" if "connections" in node.entries else "a circuit without connections: is connected to every VNet"
        allowed = f"{limit} at most with {tier}"
        notes.wrong(place(node, "connections"), "ER411", "connections", allowed, found=str(connections), hint=hint)


def _owned(peering: Peering, circuit: Mapping) -> Peering:
    """With who wrote it last."""
    given = next((n for n in mappings(circuit, "peerings") if text(n, "name") == peering.type), None)
    return replace(peering, modified_by="Provider") if text(given, "lastModifiedBy") == "Provider" else peering


def _connections(node: Mapping, circuit: str, vnets: Vnets, notes: Notes) -> tuple[VnetConnection, ...]:
    """Every VNet where the file is silent. A full ARM id counts by its last part."""
    if entry(node, "connections") is None:
        return tuple(VnetConnection(name) for name in vnets.names)
    notes.lines[f"circuits.{circuit}.connections"] = place(node, "connections").line
    found: dict[str, VnetConnection] = {}
    for item in listed(node, "connections"):
        where: Node | None = entry(item, "virtualNetwork") if isinstance(item, Mapping) else item
        if not isinstance(where, Scalar) or not isinstance(where.value, str):
            continue
        name = where.value.rpartition("/")[2]
        if name not in vnets.places:
            allowed = ", ".join(list(vnets.places)[:8]) or "none, the file has no VNet"
            notes.wrong(where, "ER406", "connections", allowed, found=clip(name))
        elif name in found:
            notes.say(where, "ER102", "connections", f"found {name} twice; allowed once")
        else:
            found[name] = VnetConnection(name, text(item, "name") or "", _weight(item, notes))
    return tuple(found.values())


def _weight(item: Node, notes: Notes) -> int:
    weight = number(item, "routingWeight") or 0
    if isinstance(item, Mapping) and not 0 <= weight <= MAX_WEIGHT:
        notes.wrong(place(item, "routingWeight"), "ER410", "routingWeight", f"0-{MAX_WEIGHT}")
        return 0
    return weight


def _names(nodes: list[Mapping], block: str, notes: Notes) -> dict[str, Scalar]:
    """The name of each item, checked: of the right form, and once in its block."""
    found: dict[str, Scalar] = {}
    for node in nodes:
        name = node.entries.get("name")
        if not isinstance(name, Scalar) or not isinstance(name.value, str):
            continue
        if not NAME.fullmatch(name.value):
            notes.wrong(name, "ER101", "name", NAME_RULE)
        if name.value in found:
            first = found[name.value].line
            message = f"found {clip(name.value)} twice in {block}; allowed once (first in line {first})"
            notes.say(name, "ER102", "name", message)
        else:
            found[name.value] = name
    return found


def _stags(nodes: list[Mapping], names: dict[str, Scalar], notes: Notes) -> dict[str, int]:
    """The S-tag of each circuit: the file's, else the provider's pick, 8 upwards."""
    taken: dict[int, str] = {}
    for node in nodes:
        stag, name = number(node, "stag"), text(node, "name")
        if stag is None or name is None or names.get(name) is not node.entries["name"]:
            continue
        where = place(node, "stag")
        if not 1 <= stag <= _LAST_TAG:
            notes.wrong(where, "ER106", "stag", f"1-{_LAST_TAG}")
        elif stag in taken:
            notes.wrong(where, "ER106", "stag", f"one that no other circuit has ({taken[stag]} has it)")
        else:
            taken[stag] = name
    given = {name: stag for stag, name in taken.items()}
    free = (tag for tag in range(_FIRST_STAG, _LAST_TAG + 1) if tag not in taken)
    return {name: given.get(name) or next(free) for name in list(names)[: _LAST_TAG - _FIRST_STAG]}


def _lab(root: Mapping, circuits: list[Circuit], notes: Notes, path: Path) -> str:
    """`lab`, else the one circuit's name, else the file's own: its `name`, its folder or itself."""
    for key in ("lab", "name"):
        name = text(root, key)
        if name is None:
            continue
        if not NAME.fullmatch(name) and (key == "lab" or "circuits" in root.entries):
            notes.wrong(place(root, key), "ER101", key, NAME_RULE)
        return name
    if len(circuits) == 1:
        return circuits[0].name
    name = path.absolute().parent.name if path.stem == "circuit" else path.stem
    if "circuits" in root.entries and not NAME.fullmatch(name):
        notes.wrong(root, "ER101", "lab", NAME_RULE, found=clip(name), hint="give the lab a name with lab:")
    return name


__all__ = ["DEFAULT_TOPOLOGY", "CircuitFile", "read_circuit", "read_spec"]

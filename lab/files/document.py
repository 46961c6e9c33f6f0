"""A `Spec` as the circuit file that says it: what `circuit show -o yaml` prints and what the workflow verbs edit.

The verbs change this document and read it again, so that a value typed as a flag meets the same rules as one in a file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.circuit.models import (
    LINKS,
    PATHS,
    Circuit,
    CustomerEdge,
    Family,
    KeyRef,
    MicrosoftConfig,
    Network,
    Peering,
    PortPair,
    PrefixRange,
    Spec,
    VirtualNetwork,
)
from lab.errors import Mistake, Mistakes
from lab.files.circuit_file import from_tree
from lab.files.fit import check_fit
from lab.files.tree import parse_tree
from lab.topology import Topology
from lab.wiring import Tag

Document = dict[str, Any]
PREFIX_FIELDS: dict[str, str] = {"primary": "primaryPeerAddressPrefix", "secondary": "secondaryPeerAddressPrefix"}
# Where a message points into the document, which its reader never sees.
_PLACE = re.compile(r" \(lines? [^)]*\)|, line \d+|, lines [\d, ]+")


def document_of(spec: Spec, service_keys: Mapping[str, str]) -> Document:
    """The whole of `spec`, circuits as a list; keys as references, a literal one left out."""
    found: Document = {
        "lab": spec.lab,
        "topology": spec.topology,
        "circuits": [circuit_document(c, service_keys.get(c.name)) for c in spec.circuits],
        "routeFilters": [
            {"name": f.name, "rules": [{"access": "Allow", "communities": list(f.communities)}]}
            for f in spec.route_filters
        ],
        "registry": spec.registry,
        "virtualNetworks": [_vnet(v) for v in spec.virtual_networks],
        "customerEdges": [_edge(e, spec.port_of(e.name)) for e in spec.customer_edges],
        "expressRoutePorts": [port_document(p) for p in spec.ports],
    }
    return {key: value for key, value in found.items() if value or key in ("circuits", "virtualNetworks")}


def circuit_document(circuit: Circuit, service_key: str | None) -> Document:
    """One circuit with ARM's property names."""
    provider = {
        "serviceProviderName": circuit.provider,
        "peeringLocation": circuit.location,
        "bandwidthInMbps": circuit.bandwidth_mbps,
    }
    return _without_none({
        "name": circuit.name,
        "id": circuit.id,
        "sku": {"name": f"{circuit.tier}_{circuit.sku_family}", "tier": circuit.tier, "family": circuit.sku_family},
        "serviceProviderProperties": _without_none(provider) or None,
        "expressRoutePort": {"id": circuit.port} if circuit.port else None,
        "bandwidthInGbps": circuit.bandwidth_gbps,
        "circuitProvisioningState": circuit.circuit_state,
        "serviceProviderProvisioningState": circuit.provider_state,
        "serviceKey": service_key or circuit.service_key,
        "stag": circuit.stag,
        "peerings": [peering_document(p) for p in circuit.peerings],
        "connections": [
            _without_none({"name": c.name or None, "virtualNetwork": c.vnet, "routingWeight": c.weight or None})
            for c in circuit.connections
        ],
    })


def peering_document(peering: Peering) -> Document:
    ipv6: Document = _subnets(peering, "ipv6")
    if ipv6:
        ipv6 |= _microsoft(peering, "ipv6")
    return _without_none({
        "name": peering.type,
        "peerASN": peering.peer_asn,
        "vlanId": peering.vlan_id,
        **_subnets(peering, "ipv4"),
        "sharedKey": _reference(peering.shared_key),
        "ipv6PeeringConfig": ipv6 or None,
        "state": "Enabled" if peering.enabled else "Disabled",
        "lastModifiedBy": peering.modified_by,
        **_microsoft(peering, "ipv4"),
    })


def file_of(spec: Spec, circuit: Circuit, service_keys: Mapping[str, str], cwd: Path) -> Document:
    """The circuit file of one circuit, flat, as `up` takes it in the folder `cwd`: with its VNets and its CEs."""
    folder = Path(spec.files[0] if spec.files else spec.file).parent
    alone = replace(
        spec,
        circuits=(circuit,),
        virtual_networks=tuple(v for v in spec.virtual_networks if v.name in circuit.vnets),
        customer_edges=tuple(replace(e, circuits=()) for e in spec.ces_of(circuit)),
        route_filters=tuple(
            f for f in spec.route_filters if any(f.name == n for p in circuit.peerings for _, n in p.route_filters)
        ),
        ports=tuple(p for p in spec.ports if p.name == circuit.port),
    )
    document = document_of(alone, service_keys)
    [flat] = document.pop("circuits")
    if document["lab"] == circuit.name:
        del document["lab"]
    if "/" in spec.topology or spec.topology.endswith((".yml", ".yaml")):
        document["topology"] = _seen_from(cwd, folder / spec.topology)
    for edge in document.get("customerEdges", []):
        if "config" in edge:
            edge["config"] = _seen_from(cwd, folder / edge["config"])
    for peering in flat["peerings"]:
        if "file" in peering.get("sharedKey", {}):
            peering["sharedKey"] = {"file": _seen_from(cwd, folder / peering["sharedKey"]["file"])}
    return {**flat, **document}


def _seen_from(cwd: Path, path: Path) -> str:
    """`./NAME` in this folder or below it, else the whole path."""
    whole = Path(os.path.normpath(path))
    return f"./{whole.relative_to(cwd)}" if whole.is_relative_to(cwd) else str(whole)


def reread(
    document: Document, old: Spec, topology: Topology, interfaces: Mapping[str, tuple[Tag, ...]],
    flag: Callable[[str], str] = lambda field: field,
) -> Spec:
    """The spec that an edited document says. `flag` names a field as the user typed it.

    What the document does not hold comes from `old`: its files, lines and literal keys. Raises Mistakes without places.
    """
    shown = old.file
    read = from_tree(parse_tree(json.dumps(document), shown), shown, old.files)
    mistakes = read.mistakes or [m for m in check_fit(read.spec, topology, interfaces) if not m.warning]
    if mistakes:
        raise Mistakes(list(dict.fromkeys(_placeless(m, flag) for m in mistakes)))
    circuits = tuple(_with_literals(c, old) for c in read.spec.circuits)
    return replace(read.spec, circuits=circuits, lines=old.lines)


def _placeless(mistake: Mistake, flag: Callable[[str], str]) -> Mistake:
    return replace(
        mistake,
        file="",
        line=0,
        column=0,
        field=flag(mistake.field),
        allowed=_PLACE.sub("", mistake.allowed),
        message=_PLACE.sub("", mistake.message),
        hint=_PLACE.sub("", mistake.hint),
    )


def _with_literals(circuit: Circuit, old: Spec) -> Circuit:
    before = next((c for c in old.circuits if c.name == circuit.name), None)
    peerings = []
    for peering in circuit.peerings:
        was = before.peering(peering.type) if before else None
        if was and was.shared_key and was.shared_key.source == "literal" and peering.shared_key is None:
            peering = replace(peering, shared_key=was.shared_key)
        peerings.append(peering)
    return replace(circuit, peerings=tuple(peerings))


def _subnets(peering: Peering, family: Family) -> Document:
    return {PREFIX_FIELDS[p]: str(s.network) for p in PATHS if (s := peering.subnet(p, family))}


def _microsoft(peering: Peering, family: Family) -> Document:
    config, filter_ = peering.microsoft_config(family), peering.route_filter(family)
    return _without_none({
        "microsoftPeeringConfig": microsoft_document(config) if config else None,
        "routeFilter": {"id": filter_} if filter_ else None,
    })


def microsoft_document(config: MicrosoftConfig) -> Document:
    return {
        "advertisedPublicPrefixes": [str(p.network) for p in config.prefixes],
        "advertisedPublicPrefixesState": config.state,
        "advertisedPublicPrefixInfo": [{"prefix": str(p.network), "validationState": p.state} for p in config.prefixes],
        "customerASN": config.customer_asn,
        "routingRegistryName": config.registry,
    }


def _reference(key: KeyRef | None) -> dict[str, str] | None:
    return {key.source: key.name} if key and key.source != "literal" else None


def _vnet(vnet: VirtualNetwork) -> Document:
    subnets = [str(g) for g in vnet.gateway_subnets]
    return {
        "name": vnet.name,
        "addressSpace": {"addressPrefixes": [str(p) for p in vnet.prefixes]},
        "subnets": [{"name": "GatewaySubnet", "addressPrefixes": subnets}],
    }


def _prefixes(items: Iterable[Network | PrefixRange]) -> list[Document | str]:
    return [{"first": str(p.first), "count": p.count} if isinstance(p, PrefixRange) else str(p) for p in items]


def _edge(edge: CustomerEdge, port: PortPair | None) -> Document:
    by_path = {path: _prefixes(items) for path, items in edge.advertise_by_path}
    return _without_none({
        "name": edge.name,
        "kind": edge.kind,
        "config": edge.config,
        "advertise": by_path or _prefixes(edge.advertise) or None,
        "redistribute": ["connected"] if edge.redistribute_connected else None,
        "handoff": None if port or edge.handoff == "dot1q" else edge.handoff,
        "circuits": list(edge.circuits) or None,
    })


def port_document(port: PortPair) -> Document:
    return _without_none({
        "name": port.name,
        "customerEdge": port.ce,
        "peeringLocation": port.location or None,
        "bandwidthInGbps": port.bandwidth_gbps,
        "encapsulation": port.encapsulation,
        "links": [
            {"name": link, "adminState": "Enabled" if on else "Disabled"}
            for link, on in zip(LINKS, port.links_enabled, strict=True)
        ],
    })


def _without_none(document: Document) -> Document:
    return {key: value for key, value in document.items() if value is not None}

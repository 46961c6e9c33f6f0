"""The steps of the workflow as edits: what each changes in the circuit, and which rule may forbid it.

Values that a user typed go through the circuit file's own reader, so they meet the rules of files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.circuit.lifecycle import (
    Decision,
    ProviderStep,
    connection_name,
    decided,
    may,
    provider_move,
    with_circuit,
)
from lab.circuit.models import (
    MBPS_A_GBPS,
    MICROSOFT,
    PRIVATE,
    Circuit,
    Family,
    Network,
    Owner,
    Peering,
    PeeringType,
    Spec,
)
from lab.circuit.offers import check_change
from lab.circuit.validation import validate_prefixes
from lab.control.workflow import Draft, Step
from lab.errors import Impossible
from lab.files.document import Document
from lab.files.registry import read_registry
from lab.files.tree import clip

Values = Mapping[str, Any]
"""Fields of the document by name; None where nothing was typed."""


def create_circuit(name: str, values: Values, flags: Mapping[str, str]) -> Step:
    """A new circuit, NotProvisioned; on a Direct port pair, where no provider is at work, Provisioned."""

    def step(draft: Draft) -> Spec:
        if any(c.name == name for c in draft.spec.circuits):
            raise Impossible(f"a circuit named {clip(name)} is here already", rule="ER102", next="mseelab circuit list")

        def edit(document: Document) -> None:
            state = "Provisioned" if values.get("expressRoutePort") else "NotProvisioned"
            given = {key: value for key, value in values.items() if value is not None}
            document["circuits"].append(
                {"name": name, **given, "serviceProviderProvisioningState": state, "peerings": [], "connections": []}
            )

        return draft.rewritten(edit, flags)

    return step


def update_circuit(
    name: str | None, *, tier: str | None, family: str | None, bandwidth_mbps: int | None, flags: Mapping[str, str]
) -> Step:
    """Another tier, billing or bandwidth; None leaves it. Raises Impossible (ER108) for what cannot change."""

    def step(draft: Draft) -> Spec:
        old = draft.circuit(name)

        def edit(document: Document) -> None:
            circuit = _circuit(document, old.name)
            circuit["sku"] = {"tier": tier or old.tier, "family": family or old.sku_family}
            if bandwidth_mbps is not None and old.port:
                whole, rest = divmod(bandwidth_mbps, MBPS_A_GBPS)
                if rest:
                    raise Impossible(f"found {bandwidth_mbps} Mbps; allowed whole Gbps on a port", rule="ER109")
                circuit["bandwidthInGbps"] = whole
            elif bandwidth_mbps is not None:
                circuit.setdefault("serviceProviderProperties", {})["bandwidthInMbps"] = bandwidth_mbps

        spec = draft.rewritten(edit, flags)
        check_change(old, spec.circuit(old.name))
        return spec

    return step


def delete_circuit(name: str | None) -> Step:
    """The circuit gone, with its peerings. Raises Impossible (ER105) while it is provisioned or connected."""

    def step(draft: Draft) -> Spec:
        circuit = draft.circuit(name)
        may(replace(circuit, service_key=draft.running.service_keys.get(circuit.name)), "delete")
        return replace(draft.spec, circuits=tuple(c for c in draft.spec.circuits if c.name != circuit.name))

    return step


def provider(name: str, step: ProviderStep) -> Step:
    """One step of the provider. Raises Impossible (ER107; ER706 on a port pair)."""
    return lambda draft: with_circuit(draft.spec, provider_move(draft.circuit(name), step))


def put_peering(
    circuit: str | None, type_: PeeringType, values: Values, flags: Mapping[str, str], *,
    by: Owner, new: bool, family: Family = "ipv4",
) -> Step:
    """A peering made or changed. `values` are fields of its `family`'s block, and of the peering itself.

    The prefixes of Microsoft peering are validated again when what their validation rests on has changed.
    """

    def step(draft: Draft) -> Spec:
        old = draft.circuit(circuit)
        may(old, "peering")
        was = old.peering(type_)
        if new and was is not None:
            raise Impossible(
                f"{old.name} has a {type_}", rule="ER209", next=f"mseelab peering update --peering-type {type_} …"
            )
        if not new and was is None:
            raise Impossible(f"{old.name} has no {type_}", next=f"mseelab peering create --peering-type {type_} …")
        spec = draft.rewritten(lambda document: _put(_circuit(document, old.name), type_, values, by, family), flags)
        made = spec.circuit(old.name)
        peering = made.peering(type_)
        assert peering is not None  # it was just put there, and no rule has refused it
        if was is not None and _declared(was) == _declared(peering):
            peering = replace(peering, microsoft=was.microsoft)
        elif type_ == MICROSOFT:
            registry = read_registry(spec)
            configs = tuple((f, validate_prefixes(c, peering.peer_asn, registry)) for f, c in peering.microsoft)
            peering = replace(peering, microsoft=configs)
        return with_circuit(spec, _with_peering(made, peering))

    return step


def delete_peering(circuit: str | None, type_: PeeringType) -> Step:
    """The peering gone. Raises Impossible (ER113) for a private one while VNets are connected."""

    def step(draft: Draft) -> Spec:
        old = draft.circuit(circuit)
        if old.peering(type_) is None:
            raise Impossible(f"{old.name} has no {type_}", next="mseelab peering list")
        if type_ == PRIVATE and old.connections:
            names = [connection_name(old, c.vnet) for c in old.connections]
            raise Impossible(
                f"{type_} of {old.name} cannot be deleted: {', '.join(names)} use it" if len(names) > 1
                else f"{type_} of {old.name} cannot be deleted: {names[0]} uses it",
                rule="ER113", next=f"mseelab connection delete {names[0]}",
            )
        return with_circuit(draft.spec, replace(old, peerings=tuple(p for p in old.peerings if p.type != type_)))

    return step


def connect(
    circuit: str | None, name: str | None, vnet: str, prefixes: Sequence[str], weight: int | None,
    flags: Mapping[str, str],
) -> Step:
    """A VNet linked to the circuit; with `prefixes` the VNet is made where it is not there."""

    def step(draft: Draft) -> Spec:
        old = draft.circuit(circuit)
        may(old, "connection")
        if vnet in old.vnets:
            raise Impossible(f"{vnet} is connected to {old.name}", next="mseelab connection list")
        if name is not None and find_connection(draft.spec, name) is not None:
            raise Impossible(f"a connection named {clip(name)} is here already", rule="ER102")
        known = next((v for v in draft.spec.virtual_networks if v.name == vnet), None)
        if known is None and not prefixes:
            raise Impossible(f"no VNet named {clip(vnet)}", next="--address-prefix PREFIX … makes it")
        if known is not None and prefixes and {str(p) for p in known.prefixes} != set(prefixes):
            space = " ".join(map(str, known.prefixes))
            raise Impossible(f"VNet {vnet} is here already, with {space}", next="leave --address-prefix out")

        def edit(document: Document) -> None:
            if known is None:
                space = {"addressPrefixes": list(prefixes)}
                document["virtualNetworks"].append({"name": vnet, "addressSpace": space})
            link = {"virtualNetwork": vnet, "name": name, "routingWeight": weight}
            _circuit(document, old.name)["connections"].append({k: v for k, v in link.items() if v is not None})

        return draft.rewritten(edit, flags)

    return step


def reweigh(name: str, weight: int, flags: Mapping[str, str]) -> Step:
    """Another routingWeight of a connection."""

    def step(draft: Draft) -> Spec:
        circuit, vnet = the_connection(draft.spec, name)

        def edit(document: Document) -> None:
            links = _circuit(document, circuit.name)["connections"]
            next(link for link in links if link["virtualNetwork"] == vnet)["routingWeight"] = weight

        return draft.rewritten(edit, flags)

    return step


def disconnect(name: str) -> Step:
    """The connection gone; the VNet stays, for another circuit."""

    def step(draft: Draft) -> Spec:
        circuit, vnet = the_connection(draft.spec, name)
        return with_circuit(
            draft.spec, replace(circuit, connections=tuple(c for c in circuit.connections if c.vnet != vnet))
        )

    return step


def decide_prefixes(circuit: str | None, prefixes: Sequence[Network], decision: Decision) -> Step:
    """Microsoft's word on declared prefixes: all of them, or those named. Raises Impossible for one that is none."""

    def step(draft: Draft) -> Spec:
        old = draft.circuit(circuit)
        peering = old.peering(MICROSOFT)
        if peering is None:
            raise Impossible(f"{old.name} has no {MICROSOFT}", next="mseelab peering create")
        declared = [p.network for _, config in peering.microsoft for p in config.prefixes]
        for prefix in prefixes:
            if prefix not in declared:
                raise Impossible(
                    f"{old.name} declares no {prefix}", next=f"one of: {' '.join(map(str, declared)) or 'none'}"
                )
        configs = tuple(
            (family, replace(config, prefixes=tuple(
                decided(p, decision) if not prefixes or p.network in prefixes else p for p in config.prefixes
            )))
            for family, config in peering.microsoft
        )
        return with_circuit(draft.spec, _with_peering(old, replace(peering, microsoft=configs)))

    return step


def put_filter(name: str, communities: Sequence[str], flags: Mapping[str, str]) -> Step:
    """A route filter made, or its rule replaced."""

    def step(draft: Draft) -> Spec:
        def edit(document: Document) -> None:
            filters = [f for f in document.get("routeFilters", []) if f["name"] != name]
            rule = {"access": "Allow", "communities": list(communities)}
            document["routeFilters"] = [*filters, {"name": name, "rules": [rule]}]

        return draft.rewritten(edit, flags)

    return step


def delete_filter(name: str) -> Step:
    """The route filter gone. Raises Impossible while a peering has it."""

    def step(draft: Draft) -> Spec:
        if all(f.name != name for f in draft.spec.route_filters):
            raise Impossible(f"no route filter named {clip(name)}", next="mseelab peering route-filter list")
        users = [c.name for c in draft.spec.circuits for p in c.peerings if name in dict(p.route_filters).values()]
        if users:
            raise Impossible(
                f"route filter {name} is attached to {', '.join(users)}", rule="ER302",
                next="mseelab peering update --peering-type MicrosoftPeering --route-filter ''",
            )
        return replace(draft.spec, route_filters=tuple(f for f in draft.spec.route_filters if f.name != name))

    return step


def find_connection(spec: Spec, name: str) -> tuple[Circuit, str] | None:
    """The circuit and the VNet of a connection, by its name, or `VNET-CIRCUIT` where it has none."""
    for circuit in spec.circuits:
        for connection in circuit.connections:
            if name == (connection.name or f"{connection.vnet}-{circuit.name}"):
                return circuit, connection.vnet
    return None


def the_connection(spec: Spec, name: str) -> tuple[Circuit, str]:
    """The same. Raises Impossible when there is none."""
    found = find_connection(spec, name)
    if found is None:
        names = [connection_name(c, link.vnet) for c in spec.circuits for link in c.connections]
        raise Impossible(f"no connection named {clip(name)}", next=f"one of: {' '.join(names) or 'none'}")
    return found


def _circuit(document: Document, name: str) -> Document:
    found: Document = next(c for c in document["circuits"] if c["name"] == name)
    return found


def _put(circuit: Document, type_: PeeringType, values: Values, by: Owner, family: Family) -> None:
    """Writes what was typed into the peering's block, and the family's own fields into that family's."""
    peering = next((p for p in circuit["peerings"] if p["name"] == type_), None)
    if peering is None:
        peering = {"name": type_}
        circuit["peerings"].append(peering)
    peering["lastModifiedBy"] = by
    block = peering if family == "ipv4" else peering.setdefault("ipv6PeeringConfig", {})
    for key, value in values.items():
        if value is None:
            continue
        if key == "microsoftPeeringConfig":
            kept = block.get(key, {})
            typed = {k: v for k, v in value.items() if v is not None}
            if typed:
                block[key] = {
                    k: v for k, v in {**kept, **typed}.items()
                    if k not in ("advertisedPublicPrefixesState", "advertisedPublicPrefixInfo")
                }
        elif key == "routeFilter" and not value["id"]:
            block.pop("routeFilter", None)
        elif key in ("peerASN", "vlanId", "sharedKey", "state"):
            peering[key] = value
        else:
            block[key] = value


def _declared(peering: Peering) -> tuple[object, ...]:
    """What the validation of its prefixes rests on."""
    return peering.peer_asn, tuple(
        (family, tuple(p.network for p in config.prefixes), config.customer_asn, config.registry)
        for family, config in peering.microsoft
    )


def _with_peering(circuit: Circuit, peering: Peering) -> Circuit:
    return replace(circuit, peerings=tuple(peering if p.type == peering.type else p for p in circuit.peerings))

"""What differs between two states of the service plane, in the customer's words. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from bgp.frr.userfile.change import commands
from lab.circuit.keys import key_name
from lab.circuit.models import (
    LINKS,
    PATHS,
    Circuit,
    CustomerEdge,
    Family,
    Network,
    Peering,
    PrefixRange,
    RouteFilter,
    Spec,
    VirtualNetwork,
)
from lab.control.record import Applied

Action = Literal["add", "change", "remove"]
T = TypeVar("T")
_UNDER: Mapping[Family, str] = {"ipv4": "", "ipv6": "ipv6PeeringConfig."}


@dataclass(frozen=True)
class Difference:
    """One field (or one whole thing, with an empty `field`) that differs. `old` and `new` are printable."""

    target: str
    action: Action
    field: str = ""
    old: str = ""
    new: str = ""
    circuit: str | None = None
    peering: str | None = None
    ce: str | None = None
    path: str | None = None


def differences(old: Applied, new: Applied) -> tuple[Difference, ...]:
    """Every difference, circuits first, in the order of the files."""
    return (
        *_circuits(old, new),
        *_filters(old.spec, new.spec),
        *_vnets(old.spec, new.spec),
        *_edges(old, new),
        *_ports(old.spec, new.spec),
    )


def changed_keys(old: Applied, new: Applied) -> frozenset[str]:
    """Names of the keys that both states have, with another value."""
    return frozenset(n for n, digest in new.keys.items() if n in old.keys and old.keys[n] != digest)


def _pairs(old: Iterable[T], new: Iterable[T], name: Callable[[T], str]) -> Iterator[tuple[T | None, T | None]]:
    before = {name(item): item for item in old}
    after = {name(item): item for item in new}
    for key in dict.fromkeys([*after, *before]):
        yield before.get(key), after.get(key)


def _whole(target: str, old: object | None, **where: str | None) -> Difference:
    return Difference(target, "remove" if old is not None else "add", "", "", "", **where)


def _circuits(old: Applied, new: Applied) -> Iterator[Difference]:
    for before, after in _pairs(old.spec.circuits, new.spec.circuits, lambda c: c.name):
        one = after or before
        if one is None:
            continue
        if before is None or after is None:
            yield _whole(f"circuit {one.name}", before, circuit=one.name)
            continue
        yield from fields(f"circuit {one.name}", _circuit_fields(before), _circuit_fields(after), circuit=one.name)
        for was, is_ in _pairs(before.peerings, after.peerings, lambda p: p.type):
            peering = is_ or was
            if peering is None:
                continue
            where = {"circuit": one.name, "peering": peering.type}
            target = peering.type if len(new.spec.circuits) == 1 else f"{one.name} {peering.type}"
            if was is None or is_ is None:
                yield _whole(target, was, **where)
                continue
            yield from fields(target, _peering_fields(was), _peering_fields(is_), **where)
            yield from _key(target, old, new, was, is_, one.name)
        for had, has in _pairs(before.connections, after.connections, lambda c: c.vnet):
            connection = has or had
            if connection is None:
                continue
            target = f"connection {one.name} to VNet {connection.vnet}"
            if had is None or has is None:
                yield _whole(target, had, circuit=one.name)
            else:
                weights = {"routingWeight": str(had.weight)}, {"routingWeight": str(has.weight)}
                yield from fields(target, *weights, circuit=one.name)


def fields(target: str, old: Mapping[str, str], new: Mapping[str, str], **where: str | None) -> Iterator[Difference]:
    """The fields of one thing that differ; an empty value is none."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            action: Action = "change" if before and after else "add" if after else "remove"
            yield Difference(target, action, name, before, after, **where)


def _circuit_fields(circuit: Circuit) -> dict[str, str]:
    return {
        "sku.tier": circuit.tier,
        "sku.family": circuit.sku_family,
        "bandwidthInMbps": _text(circuit.bandwidth_mbps),
        "expressRoutePort": circuit.port or "",
        "bandwidthInGbps": _text(circuit.bandwidth_gbps),
        "stag": _text(circuit.stag),
        "serviceProviderProvisioningState": circuit.provider_state,
        "circuitProvisioningState": circuit.circuit_state,
    }


def _peering_fields(peering: Peering) -> dict[str, str]:
    fields = {
        "peerASN": str(peering.peer_asn),
        "vlanId": str(peering.vlan_id),
        "state": "Enabled" if peering.enabled else "Disabled",
    }
    for path, family, subnet in peering.subnets:
        fields[f"{_UNDER[family]}{path}PeerAddressPrefix"] = str(subnet.network)
    for family, config in peering.microsoft:
        under = f"{_UNDER[family]}microsoftPeeringConfig."
        fields[f"{under}advertisedPublicPrefixes"] = " ".join(str(p.network) for p in config.prefixes)
        fields[f"{under}customerASN"] = str(config.customer_asn)
        fields[f"{under}routingRegistryName"] = config.registry
        fields[f"{under}advertisedPublicPrefixesState"] = config.state
    for family, name in peering.route_filters:
        fields[f"{_UNDER[family]}routeFilter"] = name
    return fields


def _key(target: str, old: Applied, new: Applied, was: Peering, is_: Peering, circuit: str) -> Iterator[Difference]:
    name = key_name(circuit, is_.type)
    before, after = old.keys.get(name), new.keys.get(name)
    if before == after:
        return
    where = {"circuit": circuit, "peering": is_.type}
    if before is None or after is None:
        action: Action = "add" if after else "remove"
        yield Difference(f"{target}.sharedKey", action, "", _text(was.shared_key), _text(is_.shared_key), **where)
        return
    shown = f"{is_.shared_key}: new value (never shown)"
    yield Difference(f"{target}.sharedKey", "change", "", _text(was.shared_key), shown, **where)


def _filters(old: Spec, new: Spec) -> Iterator[Difference]:
    yield from _named("route filter", old.route_filters, new.route_filters, lambda f: f.name, _filter_fields)


def _filter_fields(route_filter: RouteFilter) -> dict[str, str]:
    return {"communities": " ".join(route_filter.communities)}


def _vnets(old: Spec, new: Spec) -> Iterator[Difference]:
    yield from _named("VNet", old.virtual_networks, new.virtual_networks, lambda v: v.name, _vnet_fields)


def _named(
    kind: str, old: Iterable[T], new: Iterable[T], name: Callable[[T], str], fields_of: Callable[[T], dict[str, str]]
) -> Iterator[Difference]:
    """Things that come and go as wholes, and else differ by their fields."""
    for before, after in _pairs(old, new, name):
        if before is not None and after is not None:
            yield from fields(f"{kind} {name(after)}", fields_of(before), fields_of(after))
        elif (one := after or before) is not None:
            yield _whole(f"{kind} {name(one)}", before)


def _vnet_fields(vnet: VirtualNetwork) -> dict[str, str]:
    return {
        "addressSpace": " ".join(map(str, vnet.prefixes)),
        "GatewaySubnet": " ".join(map(str, vnet.gateway_subnets)),
    }


def _edges(old: Applied, new: Applied) -> Iterator[Difference]:
    for before, after in _pairs(old.spec.customer_edges, new.spec.customer_edges, lambda c: c.name):
        one = after or before
        if one is None:
            continue
        if before is None or after is None:
            yield _whole(f"customer edge {one.name}", before, ce=one.name)
            continue
        yield from fields(one.name, _edge_fields(before), _edge_fields(after), ce=one.name)
        was, is_ = old.own.get(one.name), new.own.get(one.name)
        if was and is_ and before.config == after.config and commands(was.text, is_.text) != ():
            name = after.config or Path(is_.file).name
            yield Difference(one.name, "change", "config", name, name, ce=one.name)


def _edge_fields(edge: CustomerEdge) -> dict[str, str]:
    by_path = {f"advertise.{path}": _listed(items) for path, items in edge.advertise_by_path}
    return {
        "kind": edge.kind or "",
        "config": edge.config or "",
        "handoff": edge.handoff,
        "advertise": "" if by_path else _listed(edge.advertise),
        **by_path,
        "redistribute": "connected" if edge.redistribute_connected else "",
        "circuits": " ".join(edge.circuits),
    }


def _listed(items: Iterable[Network | PrefixRange]) -> str:
    return " ".join(f"{p.first}+{p.count}" if isinstance(p, PrefixRange) else str(p) for p in items)


def _ports(old: Spec, new: Spec) -> Iterator[Difference]:
    for before, after in _pairs(old.ports, new.ports, lambda p: p.name):
        one = after or before
        if one is None:
            continue
        if before is None or after is None:
            yield _whole(f"port {one.name}", before, ce=one.ce)
            continue
        for path, link in zip(PATHS, LINKS, strict=True):
            states = [{"adminState": "Enabled" if p.link_enabled(path) else "Disabled"} for p in (before, after)]
            yield from fields(f"port {one.name} {link}", states[0], states[1], ce=one.ce, path=path)


def _text(value: object | None) -> str:
    return "" if value is None else str(value)

"""Virtual networks: address space, GatewaySubnet, and the host that answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.circuit.models import FAMILIES, Family, Network, VirtualNetwork, address_at, family_of
from lab.files.networks import Placed, network_at, overlap, overlapping
from lab.files.notes import Notes, entry, mappings, place, text, texts
from lab.files.tree import Mapping, Scalar

GATEWAY_SUBNET = "GatewaySubnet"
PEERINGS, TRANSIT = "virtualNetworkPeerings", ("allowGatewayTransit", "useRemoteGateways")
_GATEWAY_LENGTH: dict[Family, int] = {"ipv4": 27, "ipv6": 64}
# The prefix that holds the GatewaySubnet also holds the host at offset 36.
_SPACE_LENGTH: dict[Family, int] = {"ipv4": 26, "ipv6": 64}
_HOST_OFFSET = 36
_TAKEN = range(4, 14)
_MOST_PREFIXES = 1000


@dataclass
class Vnets:
    """The VNets that are whole, and the usable prefixes of all."""

    vnets: list[VirtualNetwork] = field(default_factory=list)
    prefixes: dict[str, list[Placed]] = field(default_factory=dict)
    places: dict[str, Scalar] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    given: dict[str, dict[Family, Scalar]] = field(default_factory=dict)
    """The GatewaySubnets that stand in the file, by VNet and family."""


def read_vnets(root: Mapping, notes: Notes, names: dict[str, Scalar]) -> Vnets:
    """The VNets of the file; `names` are the places of their names, as checked by the caller."""
    found = Vnets(places=names, names=tuple(names))
    for node in mappings(root, "virtualNetworks"):
        name = text(node, "name")
        if name is None or names.get(name) is not node.entries["name"]:
            continue
        prefixes = _space(node, name, notes)
        found.prefixes[name] = prefixes
        notes.lines[f"virtualNetworks.{name}"] = node.line
        if "addressSpace" in node.entries:
            notes.lines[f"virtualNetworks.{name}.addressSpace"] = place(node, "addressSpace").line
        _warn_of_transit(node, name, notes)
        found.given[name] = {}
        gateways = _gateways(node, prefixes, found.given[name], notes)
        if prefixes:
            space = tuple(p.network for p in prefixes)
            found.vnets.append(VirtualNetwork(name, space, tuple(gateways[f] for f in FAMILIES if f in gateways)))
    return found


def _warn_of_transit(node: Mapping, name: str, notes: Notes) -> None:
    """Azure sends the spokes of a hub over its gateway; the lab knows the VNets that are connected, and no spokes."""
    for peering in mappings(node, PEERINGS):
        inner = entry(peering, "properties")
        for key in TRANSIT:
            value = entry(inner if isinstance(inner, Mapping) else peering, key)
            if isinstance(value, Scalar) and value.value is True:
                message = f"{key} is not emulated: what is peered to {name} is neither announced nor reached"
                notes.say(peering, "ER409", PEERINGS, message, warning=True)
                break


def _space(node: Mapping, name: str, notes: Notes) -> list[Placed]:
    space = entry(node, "addressSpace")
    if not isinstance(space, Mapping):
        return []
    found = []
    count = len(texts(space, "addressPrefixes"))
    if count > _MOST_PREFIXES:
        where = place(space, "addressPrefixes")
        notes.wrong(where, "ER409", "addressPrefixes", f"{_MOST_PREFIXES} at most", found=f"{count} prefixes")
    for item in texts(space, "addressPrefixes")[:_MOST_PREFIXES]:
        network = network_at(notes, item, "ER401", "addressPrefixes")
        if network is None:
            continue
        if network.prefixlen == 0 or (network.version == 4 and network.is_link_local):
            notes.wrong(item, "ER401", "addressPrefixes", "a prefix of private or public addresses")
            continue
        found.append(Placed(network, item, "addressPrefixes", name))
    if not count and "addressPrefixes" in space.entries:
        where = place(space, "addressPrefixes")
        notes.say(where, "ER401", "addressPrefixes", "found none; allowed one or more prefixes")
    for holder, item_in in overlapping(found):
        line = holder.node.line
        notes.wrong(item_in.node, "ER403", "addressPrefixes", f"any outside {holder.network} (line {line})")
    return found


def _gateways(
    node: Mapping, prefixes: list[Placed], places: dict[Family, Scalar], notes: Notes
) -> dict[Family, Network]:
    """The GatewaySubnet by family: the file's, whose families are all that the gateway has, else the first of each."""
    found: dict[Family, Network] = {}
    given = [subnet for subnet in mappings(node, "subnets") if text(subnet, "name") == GATEWAY_SUBNET]
    for subnet in given:
        single = entry(subnet, "addressPrefix")
        items = texts(subnet, "addressPrefixes") or ([single] if isinstance(single, Scalar) else [])
        if not items:
            notes.say(subnet, "ER912", "addressPrefix", "missing")
        for item in items:
            network = _gateway(item, prefixes, notes)
            if network is not None:
                found.setdefault(family_of(network), network)
                places.setdefault(family_of(network), item)
    for placed in prefixes if not given else ():
        family = family_of(placed.network)
        if family not in found:
            found[family] = _first(placed, family, notes)
    return found


def _gateway(item: Scalar, prefixes: list[Placed], notes: Notes) -> Network | None:
    network = network_at(notes, item, "ER405", GATEWAY_SUBNET)
    if network is None:
        return None
    family = family_of(network)
    holder = next(
        (p.network for p in prefixes if overlap(p.network, network) and p.network.prefixlen <= network.prefixlen), None
    )
    if network.prefixlen > _GATEWAY_LENGTH[family]:
        notes.wrong(item, "ER405", GATEWAY_SUBNET, f"a /{_GATEWAY_LENGTH[family]} or larger")
    elif holder is None:
        notes.wrong(item, "ER405", GATEWAY_SUBNET, "a part of the VNet's address space")
    elif holder.prefixlen > _SPACE_LENGTH[family]:
        allowed = f"one in a prefix of /{_SPACE_LENGTH[family]} or larger"
        notes.wrong(item, "ER405", GATEWAY_SUBNET, allowed)
    elif int(holder.network_address) + _HOST_OFFSET - int(network.network_address) in _TAKEN:
        notes.wrong(item, "ER408", GATEWAY_SUBNET, f"any where {address_at(holder, _HOST_OFFSET)} is left to the host")
    else:
        return network
    return None


def _first(placed: Placed, family: Family, notes: Notes) -> Network:
    """The first /27 or /64 of a VNet's first prefix of a family."""
    network = placed.network
    if network.prefixlen > _SPACE_LENGTH[family]:
        length = _SPACE_LENGTH[family]
        allowed = f"a /{length} or larger (GatewaySubnet and a host)"
        notes.wrong(placed.node, "ER405", "addressPrefixes", allowed)
        return network
    length = max(network.prefixlen, _GATEWAY_LENGTH[family])
    return type(network)((int(network.network_address), length))

"""The VNets behind the MSEEs: per VNet two gateway instances (AS 65515) and a host that answers.

The host is an iBGP client of both gateways, so its routes are Azure's «effective routes»: next hops are the MSEEs, and
traffic to on-premises does not pass the gateways (about-fastpath, 3.2.3 of public labs).
"""

from __future__ import annotations

from bgp.frr.config import BfdProfile, BgpInstance, FrrConfig, Neighbor, NeighborFamily
from lab.circuit.models import (
    AZURE_ASN,
    FAMILIES,
    GATEWAY_ASN,
    PATHS,
    Family,
    Spec,
    VirtualNetwork,
    address_at,
    within,
)
from lab.role import core, layout
from lab.role.policy import AZURE_POLICY, from_msee, weight_policy
from lab.role.slots import Slots
from lab.role.state import NodeState
from lab.topology import Topology
from lab.wiring import Interface, NodeWiring, PermanentNeighbor, Route, Tag

INSTANCES = range(len(layout.GATEWAY_OFFSETS))


def gateway_vrf(slot: int, instance: int) -> str:
    return f"v{slot}g{instance}"


def host_vrf(slot: int) -> str:
    return f"v{slot}"


def bridge_name(slot: int) -> str:
    return f"br-v{slot}"


def azure(spec: Spec, topology: Topology, slots: Slots) -> NodeState:
    """The azure node: every VNet of `spec`, each reached over the connections of the provisioned circuits, and the
    core behind Microsoft peering where a circuit has one."""
    vrfs: list[str] = []
    interfaces: list[Interface] = []
    neighbors: list[PermanentNeighbor] = []
    instances: list[BgpInstance] = []
    links = _connections(spec, slots)
    for vnet in spec.virtual_networks:
        slot = slots.vnets[vnet.name]
        mine = [c for c in links if c.vnet.name == vnet.name]
        vrfs += [*(gateway_vrf(slot, i) for i in INSTANCES), host_vrf(slot)]
        interfaces += [*_insiders(vnet, slot), *_cores(topology, mine, slot)]
        neighbors += _known(vnet, slot, mine)
        instances += [*(_gateway(vnet, slot, i, mine) for i in INSTANCES), _host(vnet, slot)]
    bridges = [bridge_name(slots.vnets[v.name]) for v in spec.virtual_networks]
    public = core.links(spec, slots)
    routes: tuple[Route, ...] = ()
    if public:
        vrfs += [core.CORE_VRF, core.FEED_VRF]
        bridges.append(core.BRIDGE)
        interfaces += core.interfaces(topology, public)
        neighbors += core.neighbors(topology, public)
        routes = core.routes()
        instances.append(core.instance(public))
    wiring = NodeWiring(
        topology.azure.name, tuple(vrfs), tuple(bridges), tuple(interfaces), tuple(neighbors), routes, ipv6=False
    )
    interval = layout.core_bfd_ms(spec)
    profiles = (BfdProfile("gw", interval, interval),)
    policy = (*AZURE_POLICY, *weight_policy(c.weight for c in links), *(core.CORE_POLICY if public else ()))
    router = FrrConfig(tuple(instances), policy, profiles)
    return NodeState(topology.azure.name, "azure", wiring, router, core.speaker() if public else None)


def connections_to(spec: Spec, slots: Slots, vnet: VirtualNetwork) -> tuple[layout.Connection, ...]:
    """The connections of provisioned circuits that end in `vnet`."""
    return tuple(c for c in _connections(spec, slots) if c.vnet.name == vnet.name)


def _connections(spec: Spec, slots: Slots) -> list[layout.Connection]:
    return [c for circuit in spec.circuits if circuit.provisioned for c in layout.connections_of(spec, slots, circuit)]


def _addresses(vnet: VirtualNetwork, offset: int) -> tuple[str, ...]:
    """An address in every prefix of the VNet, with the prefix's own length: the whole VNet is on-link."""
    found = []
    for prefix in vnet.prefixes:
        subnet = next((g for g in vnet.gateway_subnets if g.version == prefix.version), None)
        base = subnet if subnet and within(subnet, prefix) and offset != layout.HOST_OFFSET else prefix
        found.append(f"{address_at(base, offset)}/{prefix.prefixlen}")
    return tuple(found)


def _insiders(vnet: VirtualNetwork, slot: int) -> list[Interface]:
    gateways = [
        Interface(
            "gw",
            gateway_vrf(slot, i),
            _addresses(vnet, layout.GATEWAY_OFFSETS[i]),
            bridged=bridge_name(slot),
            mac=layout.gateway_mac(slot, i),
        )
        for i in INSTANCES
    ]
    host = Interface(
        "host",
        host_vrf(slot),
        _addresses(vnet, layout.HOST_OFFSET),
        bridged=bridge_name(slot),
        mac=layout.host_mac(slot),
    )
    return [*gateways, host]


def _cores(topology: Topology, connections: list[layout.Connection], slot: int) -> list[Interface]:
    found = []
    for connection in connections:
        for path in PATHS:
            port = topology.links_between(topology.azure.name, topology.msee(path).name)[0][0].interface
            found.append(
                Interface(
                    f"{port}.{connection.vlan}", tag=Tag(port, connection.vlan), bridge=bridge_name(slot)
                )
            )
    return found


def _known(vnet: VirtualNetwork, slot: int, connections: list[layout.Connection]) -> list[PermanentNeighbor]:
    """Who is where inside the VNet. Permanent entries do not count against the machine's one neighbor table."""
    msees = [
        (address, connection.msee_mac(path))
        for connection in connections
        for path in PATHS
        for family in FAMILIES
        if (address := connection.msee_address(path, family))
    ]
    hosts = [(a.split("/")[0], layout.host_mac(slot)) for a in _addresses(vnet, layout.HOST_OFFSET)]
    gateways = [
        (address, layout.gateway_mac(slot, i))
        for i in INSTANCES
        for family in FAMILIES
        if (address := layout.gateway_address(vnet, i, family))
    ]
    found = []
    for i in INSTANCES:
        found += [PermanentNeighbor(gateway_vrf(slot, i), "gw", a, mac) for a, mac in (*msees, *hosts)]
    found += [PermanentNeighbor(host_vrf(slot), "host", a, mac) for a, mac in (*msees, *gateways)]
    return found


def _gateway(vnet: VirtualNetwork, slot: int, instance: int, connections: list[layout.Connection]) -> BgpInstance:
    neighbors = []
    for family in FAMILIES:
        local = layout.gateway_address(vnet, instance, family)
        if local is None:
            continue
        for connection in connections:
            policy = NeighborFamily(
                family,
                route_map_in=from_msee(family, connection.weight),
                route_map_out="gw-out",
                soft_reconfiguration=True,
            )
            for path in PATHS:
                address = connection.msee_address(path, family)
                if address:
                    neighbors.append(
                        Neighbor(address, AZURE_ASN, (policy,), local_address=local, passive=True, bfd="gw")
                    )
    inside = vnet.families[0]
    neighbors.append(
        Neighbor(
            _host_address(vnet, inside),
            GATEWAY_ASN,
            tuple(NeighborFamily(f, route_map_out="to-host", addpath_all=True) for f in vnet.families),
            local_address=layout.gateway_address(vnet, instance, inside),
        )
    )
    return BgpInstance(
        GATEWAY_ASN,
        _router_id(vnet, slot, layout.GATEWAY_OFFSETS[instance]),
        tuple(neighbors),
        gateway_vrf(slot, instance),
        networks=tuple(str(p) for p in vnet.prefixes if p.version in {g.version for g in vnet.gateway_subnets}),
        maximum_paths=8,
    )


def _host(vnet: VirtualNetwork, slot: int) -> BgpInstance:
    """One session to each gateway carries both families: next hops are the MSEEs', whatever the transport."""
    inside = vnet.families[0]
    policies = tuple(
        NeighborFamily(family, route_map_in="host-in6" if family == "ipv6" else None) for family in vnet.families
    )
    neighbors = tuple(
        Neighbor(address, GATEWAY_ASN, policies, local_address=_host_address(vnet, inside), passive=True)
        for i in INSTANCES
        if (address := layout.gateway_address(vnet, i, inside))
    )
    return BgpInstance(
        GATEWAY_ASN,
        _router_id(vnet, slot, layout.HOST_OFFSET),
        neighbors,
        host_vrf(slot),
        maximum_paths_ibgp=8,
    )


def _host_address(vnet: VirtualNetwork, family: Family) -> str:
    address = vnet.host(family)
    if address is None:
        raise ValueError(f"{vnet.name} has no {family} GatewaySubnet")
    return address


def _router_id(vnet: VirtualNetwork, slot: int, offset: int) -> str:
    space = vnet.space("ipv4")
    return address_at(space[0], offset) if space else f"192.0.{2 + slot // 256}.{offset}"

"""A circuit seen from an MSEE: one routing domain per peering, the CE on one side, the gateways on the other."""

from __future__ import annotations

from bgp.frr.config import BfdProfile, BgpInstance, FrrConfig, Neighbor, NeighborFamily
from lab.circuit.keys import key_name
from lab.circuit.models import (
    AZURE_ASN,
    FAMILIES,
    GATEWAY_ASN,
    PRIVATE,
    Circuit,
    Family,
    Path,
    Peering,
    PeeringType,
    Spec,
)
from lab.role import layout, public
from lab.role.core import CORE_ASN
from lab.role.policy import MSEE_POLICY, declared_list, filter_map, microsoft_policy
from lab.role.slots import Slots
from lab.role.state import NodeState
from lab.topology import Topology
from lab.wiring import Interface, NodeWiring, PermanentNeighbor, Sources, Tag

# expressroute-bfd: 300 ms, multiplier 3, always armed and passive towards the customer.
CUSTOMER_BFD = BfdProfile("msee", passive=True)
PREFIX_LIMITS: dict[tuple[str, Family], int] = {
    ("Local", "ipv4"): 4000,
    ("Standard", "ipv4"): 4000,
    ("Premium", "ipv4"): 10000,
}
IPV6_PREFIX_LIMIT = 100
MICROSOFT_PREFIX_LIMIT = 200
GATEWAY_PREFIX_LIMITS: dict[Family, int] = {"ipv4": 1000, "ipv6": 100}


def prefix_limit(circuit: Circuit, peering: PeeringType, family: Family) -> int:
    """How many prefixes of the customer one session bears (expressroute-routing)."""
    if peering != PRIVATE:
        return MICROSOFT_PREFIX_LIMIT
    return PREFIX_LIMITS.get((circuit.tier, family), IPV6_PREFIX_LIMIT)


def msee(spec: Spec, topology: Topology, slots: Slots, path: Path) -> NodeState:
    """The MSEE of `path`: wiring and configuration for every provisioned circuit of `spec`."""
    node = topology.msee(path)
    vrfs: list[str] = []
    interfaces: list[Interface] = []
    neighbors: list[PermanentNeighbor] = []
    instances: list[BgpInstance] = []
    sources: list[Sources] = []
    for circuit in spec.circuits:
        for peering in circuit.peerings if circuit.provisioned else ():
            vrf = layout.vrf_of(slots, circuit, peering)
            vrfs.append(vrf)
            access = _access(spec, topology, circuit, peering, path, vrf)
            interfaces += access
            neighbors += _customer_at(spec, topology, circuit, peering, path, access)
            if peering.type != PRIVATE:
                link = layout.microsoft_link(slots, circuit)
                assert link is not None
                allowed = [str(p) for f in link.families for p in public.declared(spec, circuit.name, f)]
                sources += [Sources(vrf, face.name, tuple(allowed)) for face in access]
                interfaces.append(_core_link(topology, link, path, vrf))
                neighbors += [
                    PermanentNeighbor(vrf, interfaces[-1].name, link.core_address(path, f), link.core_mac(path))
                    for f in FAMILIES
                ]
                if link.families:
                    number = slots.circuits[circuit.name]
                    instances.append(_microsoft(circuit, peering, path, vrf, link, number, bool(access)))
                continue
            connections = layout.connections_of(spec, slots, circuit)
            for connection in connections:
                interfaces.append(_core(topology, connection, path, vrf))
                neighbors += _gateways_at(connection, slots, interfaces[-1].name, vrf)
            instances.append(_instance(circuit, peering, path, vrf, connections, bool(access)))
    wiring = NodeWiring(
        node.name, tuple(vrfs), (), tuple(interfaces), tuple(neighbors), sources=tuple(sources), ipv6=False,
        down=layout.dark_ports(spec, topology, path),
    )
    interval = layout.core_bfd_ms(spec)
    policy = (*MSEE_POLICY, *microsoft_policy(spec, slots.circuits))
    profiles = (CUSTOMER_BFD, BfdProfile("msee-gw", interval, interval))
    return NodeState(node.name, "msee", wiring, FrrConfig(tuple(instances), policy, profiles))


def _access(
    spec: Spec, topology: Topology, circuit: Circuit, peering: Peering, path: Path, vrf: str
) -> list[Interface]:
    end = layout.handoff(spec, topology, circuit, path)
    if end is None:
        return []
    port = end.msee_port.interface
    stag = circuit.stag if spec.handoff(end.ce) == "qinq" else None
    subnets = [s for f in FAMILIES if (s := peering.subnet(path, f))]
    return [
        Interface(
            tagged_name(port, peering.vlan_id, stag),
            vrf,
            tuple(f"{s.msee}/{s.prefixlen}" for s in subnets),
            tag=Tag(port, peering.vlan_id, stag),
            mac=layout.port_mac(end.msee_port),
        )
    ]


def tagged_name(port: str, vlan: int, stag: int | None) -> str:
    return f"{port}.{vlan}" if stag is None else f"{port}.{stag}.{vlan}"


def _core(topology: Topology, connection: layout.Connection, path: Path, vrf: str) -> Interface:
    port = topology.links_between(topology.msee(path).name, topology.azure.name)[0][0].interface
    addresses = []
    for family in FAMILIES:
        address, subnet = connection.msee_address(path, family), connection.vnet.gateway_subnet(family)
        if address and subnet:
            addresses.append(f"{address}/{subnet.prefixlen}")
    return Interface(
        f"{port}.{connection.vlan}",
        vrf,
        tuple(addresses),
        tag=Tag(port, connection.vlan),
        mac=connection.msee_mac(path),
    )


def _customer_at(
    spec: Spec, topology: Topology, circuit: Circuit, peering: Peering, path: Path, access: list[Interface]
) -> list[PermanentNeighbor]:
    end = layout.handoff(spec, topology, circuit, path)
    if end is None or not layout.knows_neighbors(spec, end.ce):
        return []
    subnets = [s for f in FAMILIES if (s := peering.subnet(path, f))]
    mac = layout.port_mac(end.ce_port)
    return [PermanentNeighbor(face.vrf, face.name, subnet.ce, mac) for face in access for subnet in subnets]


def _gateways_at(
    connection: layout.Connection, slots: Slots, interface: str, vrf: str
) -> list[PermanentNeighbor]:
    slot = slots.vnets[connection.vnet.name]
    return [
        PermanentNeighbor(vrf, interface, address, layout.gateway_mac(slot, instance))
        for instance in range(len(layout.GATEWAY_OFFSETS))
        for family in FAMILIES
        if (address := layout.gateway_address(connection.vnet, instance, family))
    ]


def _core_link(topology: Topology, link: layout.MicrosoftLink, path: Path, vrf: str) -> Interface:
    port = topology.links_between(topology.msee(path).name, topology.azure.name)[0][0].interface
    addresses = tuple(link.msee_end(path, family) for family in FAMILIES)
    return Interface(f"{port}.{link.vlan}", vrf, addresses, tag=Tag(port, link.vlan), mac=link.msee_mac(path))


def _customer(circuit: Circuit, peering: Peering, path: Path, policy: NeighborFamily) -> Neighbor | None:
    """The CE in one family; None without a link subnet."""
    subnet = peering.subnet(path, policy.family)
    if subnet is None:
        return None
    return Neighbor(
        subnet.ce,
        peering.peer_asn,
        (policy,),
        local_address=subnet.msee,
        key=key_name(circuit.name, peering.type) if peering.shared_key else None,
        shutdown=not peering.enabled,
        bfd="msee",
    )


def _microsoft(
    circuit: Circuit, peering: Peering, path: Path, vrf: str, link: layout.MicrosoftLink, number: int, cabled: bool
) -> BgpInstance:
    """The domain of Microsoft peering, with the families whose prefixes are validated; without any there is none."""
    neighbors = []
    for family in link.families:
        to_customer = NeighborFamily(
            family,
            prefix_list_in=declared_list(number, family),
            route_map_in="ms-ce-in6" if family == "ipv6" else "ms-ce-in",
            route_map_out=filter_map(peering, family),
            max_prefix=MICROSOFT_PREFIX_LIMIT,
            soft_reconfiguration=True,
        )
        to_core = NeighborFamily(
            family,
            route_map_in="ms-core-in6" if family == "ipv6" else "ms-core-in",
            route_map_out="ms-core-out",
            soft_reconfiguration=True,
            remove_private_everywhere=True,
        )
        customer = _customer(circuit, peering, path, to_customer) if cabled else None
        neighbors += [customer] if customer else []
        core = link.core_address(path, family)
        local = link.msee_address(path, family)
        neighbors.append(Neighbor(core, CORE_ASN, (to_core,), local_address=local, bfd="msee-gw"))
    ipv4 = peering.subnet(path, "ipv4")
    router_id = ipv4.msee if ipv4 else link.msee_address(path, "ipv4")
    return BgpInstance(AZURE_ASN, router_id, tuple(neighbors), vrf, maximum_paths=8)


def _instance(
    circuit: Circuit,
    peering: Peering,
    path: Path,
    vrf: str,
    connections: tuple[layout.Connection, ...],
    cabled: bool,
) -> BgpInstance:
    policies = [
        NeighborFamily(
            family,
            route_map_in="msee-ce-in" if family == "ipv4" else "msee-ce-in6",
            route_map_out="msee-ce-out",
            max_prefix=prefix_limit(circuit, peering.type, family),
            soft_reconfiguration=True,
            remove_private_as=True,
        )
        for family in FAMILIES
    ]
    neighbors = [n for p in policies if cabled and (n := _customer(circuit, peering, path, p))]
    for connection in connections:
        neighbors += _gateways(connection, path)
    ipv4 = peering.subnet(path, "ipv4")
    own = next((a for c in connections if (a := c.msee_address(path, "ipv4"))), None)
    return BgpInstance(
        AZURE_ASN,
        ipv4.msee if ipv4 else own or "192.0.2.76",
        tuple(neighbors),
        vrf,
        maximum_paths=8,
    )


def _gateways(connection: layout.Connection, path: Path) -> list[Neighbor]:
    found = []
    for instance in range(len(layout.GATEWAY_OFFSETS)):
        for family in FAMILIES:
            address = layout.gateway_address(connection.vnet, instance, family)
            if address is None:
                continue
            policy = NeighborFamily(
                family,
                route_map_in="msee-gw-in6" if family == "ipv6" else None,
                route_map_out="msee-gw-out",
                max_prefix=GATEWAY_PREFIX_LIMITS[family],
                soft_reconfiguration=True,
            )
            found.append(
                Neighbor(
                    address,
                    GATEWAY_ASN,
                    (policy,),
                    local_address=connection.msee_address(path, family),
                    bfd="msee-gw",
                )
            )
    return found

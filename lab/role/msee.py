"""A circuit seen from an MSEE: one routing domain per peering, the CE on one side, the gateways on the other."""

from __future__ import annotations

from bgp.frr.config import BfdProfile, BgpInstance, FrrConfig, Neighbor, NeighborFamily
from lab.circuit.keys import key_name
from lab.circuit.models import AZURE_ASN, FAMILIES, GATEWAY_ASN, Circuit, Family, Path, Peering, Spec
from lab.role import layout
from lab.role.policy import MSEE_POLICY
from lab.role.slots import Slots
from lab.role.state import NodeState
from lab.topology import Topology
from lab.wiring import Interface, NodeWiring, PermanentNeighbor, Tag

# expressroute-bfd: 300 ms, multiplier 3, always armed and passive towards the customer.
CUSTOMER_BFD = BfdProfile("msee", passive=True)
PREFIX_LIMITS: dict[tuple[str, Family], int] = {
    ("Local", "ipv4"): 4000,
    ("Standard", "ipv4"): 4000,
    ("Premium", "ipv4"): 10000,
}
IPV6_PREFIX_LIMIT = 100
GATEWAY_PREFIX_LIMITS: dict[Family, int] = {"ipv4": 1000, "ipv6": 100}


def prefix_limit(circuit: Circuit, family: Family) -> int:
    """How many prefixes of the customer one session of private peering bears (expressroute-routing)."""
    return PREFIX_LIMITS.get((circuit.tier, family), IPV6_PREFIX_LIMIT)


def msee(spec: Spec, topology: Topology, slots: Slots, path: Path) -> NodeState:
    """The MSEE of `path`: wiring and configuration for every provisioned circuit of `spec`."""
    node = topology.msee(path)
    vrfs: list[str] = []
    interfaces: list[Interface] = []
    neighbors: list[PermanentNeighbor] = []
    instances: list[BgpInstance] = []
    for circuit in spec.circuits:
        for peering in circuit.peerings if circuit.provisioned else ():
            vrf = layout.vrf_of(slots, circuit, peering)
            vrfs.append(vrf)
            connections = layout.connections_of(spec, slots, circuit)
            access = _access(spec, topology, circuit, peering, path, vrf)
            interfaces += access
            neighbors += _customer_at(spec, topology, circuit, peering, path, access)
            for connection in connections:
                interfaces.append(_core(topology, connection, path, vrf))
                neighbors += _gateways_at(connection, slots, interfaces[-1].name, vrf)
            instances.append(_instance(circuit, peering, path, vrf, connections, bool(access)))
    wiring = NodeWiring(
        node.name, tuple(vrfs), interfaces=tuple(interfaces), neighbors=tuple(neighbors), ipv6=False
    )
    interval = layout.core_bfd_ms(spec)
    profiles = (CUSTOMER_BFD, BfdProfile("msee-gw", interval, interval))
    return NodeState(node.name, "msee", wiring, FrrConfig(tuple(instances), MSEE_POLICY, profiles))


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


def _instance(
    circuit: Circuit,
    peering: Peering,
    path: Path,
    vrf: str,
    connections: tuple[layout.Connection, ...],
    cabled: bool,
) -> BgpInstance:
    neighbors = [
        Neighbor(
            subnet.ce,
            peering.peer_asn,
            (
                NeighborFamily(
                    family,
                    route_map_in="msee-ce-in" if family == "ipv4" else "msee-ce-in6",
                    route_map_out="msee-ce-out",
                    max_prefix=prefix_limit(circuit, family),
                    soft_reconfiguration=True,
                    remove_private_as=True,
                ),
            ),
            local_address=subnet.msee,
            key=key_name(circuit.name, peering.type) if peering.shared_key else None,
            shutdown=not peering.enabled,
            bfd="msee",
        )
        for family in FAMILIES
        if cabled and (subnet := peering.subnet(path, family))
    ]
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

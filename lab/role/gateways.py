"""The gateways of a VNet as their operator knows them: two instances, and the MSEEs that each of them peers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.circuit.models import FAMILIES, MICROSOFT, PATHS, Family, Path, Session, Spec, VirtualNetwork
from lab.role import layout
from lab.role.azure import INSTANCES, connections_to, gateway_vrf
from lab.role.slots import Slots
from lab.topology import Topology

Addresses = Mapping[Family, str]


@dataclass(frozen=True)
class MseePeer:
    """An MSEE as the gateway sees it: one router with an address a family inside the GatewaySubnet."""

    circuit: str
    path: Path
    addresses: Addresses

    @property
    def address(self) -> str:
        """What it is called by: its IPv4 address, where it has one."""
        return called_by(self.addresses)


@dataclass(frozen=True)
class Gateway:
    """One instance (0 or 1) of a VNet's gateway: a routing domain of the node `node`."""

    vnet: str
    instance: int
    node: str
    vrf: str
    addresses: Addresses
    msees: tuple[MseePeer, ...]

    @property
    def address(self) -> str:
        """What it is called by: its IPv4 address, where it has one."""
        return called_by(self.addresses)

    def msee(self, address: str | None) -> MseePeer | None:
        """The MSEE with that address of either family."""
        return next((m for m in self.msees if address in m.addresses.values()), None)

    def msee_of(self, circuit: str, path: Path) -> MseePeer | None:
        """The MSEE of a circuit's path, where the circuit is connected."""
        return next((m for m in self.msees if (m.circuit, m.path) == (circuit, path)), None)


@dataclass(frozen=True)
class Behind:
    """A gateway as the far end of an MSEE's path: where it is asked, and by which address it knows the MSEE."""

    name: str
    node: str
    vrf: str
    msee_address: str


def behind(spec: Spec, topology: Topology, slots: Slots, session: Session) -> tuple[Behind, ...]:
    """The gateways that what the session's CE sends has to arrive at; none for Microsoft peering."""
    if session.peering == MICROSOFT or not session.enabled:
        return ()
    found = []
    for name in spec.circuit(session.circuit).vnets:
        for gateway in gateways(spec, topology, slots, spec.vnet(name)):
            msee = gateway.msee_of(session.circuit, session.path)
            address = msee.addresses.get(session.family) if msee else None
            if address:
                found.append(Behind(f"gateway {gateway.address} of {name}", gateway.node, gateway.vrf, address))
    return tuple(found)


def called_by(addresses: Addresses) -> str:
    """The one address that Azure's reads name a dual-stack router by."""
    return next(addresses[family] for family in FAMILIES if family in addresses)


def gateways(spec: Spec, topology: Topology, slots: Slots, vnet: VirtualNetwork) -> tuple[Gateway, ...]:
    """Both instances of `vnet`, with the MSEEs of the connected circuits in the order of their addresses."""
    slot = slots.vnets[vnet.name]
    msees = [
        MseePeer(c.circuit.name, path, {f: a for f in FAMILIES if (a := c.msee_address(path, f))})
        for c in sorted(connections_to(spec, slots, vnet), key=lambda c: c.position)
        for path in PATHS
    ]
    return tuple(
        Gateway(
            vnet.name, i, topology.azure.name, gateway_vrf(slot, i),
            {f: a for f in FAMILIES if (a := layout.gateway_address(vnet, i, f))}, tuple(msees),
        )
        for i in INSTANCES
    )

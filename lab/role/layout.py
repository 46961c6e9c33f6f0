"""Names, addresses and MACs of the lab's inner side: where a circuit, a connection and a gateway live.

Offsets inside a GatewaySubnet are what public labs observed: gateway instances at .12 and .13, the MSEEs of the first
circuit at .4 and .5. Further circuits take the next pairs below the gateways; that is our own choice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from lab.circuit.keys import key_name
from lab.circuit.models import (
    FAMILIES,
    LINKS,
    MICROSOFT,
    PATHS,
    Circuit,
    CustomerEdge,
    Family,
    Path,
    Peering,
    Session,
    Spec,
    VirtualNetwork,
    address_at,
)
from lab.role.slots import CORE_VLAN_BASE, Slots, connection_name, microsoft_name
from lab.topology import Endpoint, Topology

GATEWAY_OFFSETS = (12, 13)
MSEE_OFFSETS = {"primary": 4, "secondary": 5}
HOST_OFFSET = 36
# BFD between MSEEs and gateways is the lab's own, for what a real core does by other means. At 300 ms, four packets a
# second each way on eight sessions a connection, a large lab would leave no processor for the customers' sessions.
CORE_BFD_MS = 300
CORE_BFD_LARGE_MS = 1000
LARGE_CONNECTIONS = 20
# One neighbor table serves all namespaces of a machine, with 1,024 entries a family (gc_thresh3, arp(7)). Sessions with
# an entry at either end fill it at some 150 circuits; permanent entries are not counted.
CIRCUITS_IN_NEIGHBOR_TABLE = 100
_CORE_IPV4, _CORE_IPV6 = IPv4Network("100.126.0.0/16"), IPv6Network("fdce:0:1::/64")


@dataclass(frozen=True)
class Handoff:
    """One path of a circuit on the physical plane: the CE and the two ends of its cable."""

    ce: CustomerEdge
    ce_port: Endpoint
    msee_port: Endpoint


@dataclass(frozen=True)
class Connection:
    """A VNet linked to a circuit, with the numbers that the core uses for it."""

    circuit: Circuit
    vnet: VirtualNetwork
    slot: int
    position: int
    weight: int = 0

    @property
    def vlan(self) -> int:
        return CORE_VLAN_BASE + self.slot

    def msee_address(self, path: Path, family: Family) -> str | None:
        """The MSEE's address on the GatewaySubnet, without prefix length."""
        subnet = self.vnet.gateway_subnet(family)
        return address_at(subnet, MSEE_OFFSETS[path] + 2 * self.position) if subnet else None

    def msee_mac(self, path: Path) -> str:
        return f"02:12:76:{PATHS.index(path):02x}:{self.slot >> 8:02x}:{self.slot & 255:02x}"


@dataclass(frozen=True)
class MicrosoftLink:
    """The link of a circuit's Microsoft routing domain to Microsoft's core, one on each path; `families` have BGP.

    Addresses are the lab's own (RFC 6598, RFC 4193), four IPv4 ones a circuit, and never announced.
    """

    circuit: Circuit
    peering: Peering
    slot: int

    @property
    def vlan(self) -> int:
        return CORE_VLAN_BASE + self.slot

    @property
    def families(self) -> tuple[Family, ...]:
        """Those that have a session with the customer, or would have one if the peering were enabled."""
        return tuple(f for f in self.peering.families if self.peering.validated(f))

    def core_address(self, path: Path, family: Family) -> str:
        return self._address(path, family, 0)

    def msee_address(self, path: Path, family: Family) -> str:
        return self._address(path, family, 1)

    def core_end(self, path: Path, family: Family) -> str:
        """The core's address with its prefix length."""
        return f"{self.core_address(path, family)}/{31 if family == 'ipv4' else 127}"

    def msee_end(self, path: Path, family: Family) -> str:
        return f"{self.msee_address(path, family)}/{31 if family == 'ipv4' else 127}"

    def core_mac(self, path: Path) -> str:
        return f"02:80:75:{PATHS.index(path):02x}:{self.slot >> 8:02x}:{self.slot & 255:02x}"

    def msee_mac(self, path: Path) -> str:
        return f"02:12:76:{PATHS.index(path):02x}:{self.slot >> 8:02x}:{self.slot & 255:02x}"

    def _address(self, path: Path, family: Family, end: int) -> str:
        offset = 4 * self.slot + 2 * PATHS.index(path) + end
        return address_at(_CORE_IPV4, offset) if family == "ipv4" else address_at(_CORE_IPV6, offset)


def microsoft_link(slots: Slots, circuit: Circuit) -> MicrosoftLink | None:
    """The link of the circuit's Microsoft peering; None without one."""
    peering = circuit.peering(MICROSOFT)
    return MicrosoftLink(circuit, peering, slots.connections[microsoft_name(circuit.name)]) if peering else None


def feed_mac(number: int) -> str:
    return f"02:80:75:fe:00:{number:02x}"


def vrf_of(slots: Slots, circuit: Circuit, peering: Peering) -> str:
    """The routing domain of a peering on its MSEEs."""
    suffix = "p" if peering.type == "AzurePrivatePeering" else "m"
    return f"er{slots.circuits[circuit.name]}{suffix}"


def connections_of(spec: Spec, slots: Slots, circuit: Circuit) -> tuple[Connection, ...]:
    found = []
    for linked in circuit.connections:
        key = connection_name(circuit.name, linked.vnet)
        numbers = slots.connections[key], slots.positions[key]
        found.append(Connection(circuit, spec.vnet(linked.vnet), *numbers, linked.weight))
    return tuple(found)


def gateway_address(vnet: VirtualNetwork, instance: int, family: Family) -> str | None:
    subnet = vnet.gateway_subnet(family)
    return address_at(subnet, GATEWAY_OFFSETS[instance]) if subnet else None


def gateway_mac(slot: int, instance: int) -> str:
    return f"02:65:51:5{instance:x}:{slot >> 8:02x}:{slot & 255:02x}"


def host_mac(slot: int) -> str:
    return f"02:65:51:00:{slot >> 8:02x}:{slot & 255:02x}"


def port_mac(port: Endpoint) -> str:
    """The MAC of all tagged interfaces of a port between a CE and an MSEE, as a router's sub-interfaces share one.

    The same whenever they are made: who keeps it in an ARP table still reaches them.
    """
    digest = hashlib.blake2b(str(port).encode(), digest_size=4).digest()
    return ":".join(["02", "c0", *(f"{octet:02x}" for octet in digest)])


def knows_neighbors(spec: Spec, ce: CustomerEdge) -> bool:
    """Whether CE and MSEE find each other without ARP and ND: in labs too large for them, where both ends are ours."""
    generated = ce.config is None and ce.kind != "external"
    return generated and len(spec.circuits) > CIRCUITS_IN_NEIGHBOR_TABLE


def core_bfd_ms(spec: Spec) -> int:
    """The interval of BFD between MSEEs and gateways, in milliseconds."""
    connections = sum(len(c.connections) + (c.peering(MICROSOFT) is not None) for c in spec.circuits)
    return CORE_BFD_LARGE_MS if connections > LARGE_CONNECTIONS else CORE_BFD_MS


def handoff(spec: Spec, topology: Topology, circuit: Circuit, path: Path) -> Handoff | None:
    """The CE that is cabled for this path of the circuit: the first in the file with a cable to the path's MSEE."""
    for ce in spec.ces_of(circuit):
        cable = topology.ce_port(ce.name, path)
        if cable:
            return Handoff(ce, *cable)
    return None


def dark_ports(spec: Spec, topology: Topology, path: Path) -> tuple[str, ...]:
    """The ports of the path's MSEE whose link has adminState Disabled (expressroute-howto-erdirect, ER707)."""
    cables = [topology.ce_port(port.ce, path) for port in spec.ports if not port.link_enabled(path)]
    return tuple(cable[1].interface for cable in cables if cable)


def sessions(spec: Spec, topology: Topology, slots: Slots) -> tuple[Session, ...]:
    """Every session that the circuits of `spec` ask for, provisioned circuits only, in the file's order."""
    found = []
    for circuit in spec.circuits:
        if not circuit.provisioned:
            continue
        port = spec.port(circuit.port) if circuit.port else None
        for peering in circuit.peerings:
            for path, link in zip(PATHS, LINKS, strict=True):
                dark = port is not None and not port.link_enabled(path)
                end = handoff(spec, topology, circuit, path)
                for family in FAMILIES:
                    subnet = peering.subnet(path, family)
                    if end is None or subnet is None:
                        continue
                    found.append(
                        Session(
                            circuit=circuit.name,
                            peering=peering.type,
                            path=path,
                            family=family,
                            msee=topology.msee(path).name,
                            vrf=vrf_of(slots, circuit, peering),
                            msee_address=subnet.msee,
                            ce=end.ce.name,
                            ce_address=subnet.ce,
                            key=key_name(circuit.name, peering.type) if peering.shared_key else None,
                            enabled=peering.session_enabled(family) and not dark,
                            why=f"{link} is Disabled" if dark else _waits_for(peering, family),
                        )
                    )
    return tuple(found)


def _waits_for(peering: Peering, family: Family) -> str:
    if peering.validated(family):
        return ""
    config = peering.microsoft_config(family)
    return f"its prefixes are {config.state if config else 'not declared'}"

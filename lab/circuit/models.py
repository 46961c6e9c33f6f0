"""What Azure knows about a circuit, as values: no I/O, no file shapes, no keys.

Names are Azure's in snake_case. A shared key is never held here, only its reference: the name under which the keyring
has it. Addresses are `ipaddress` values; a path's customer address is the first usable one of its link subnet and the
MSEE's the second (expressroute-routing, ER202).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from lab.circuit.direct import LINKS, Encapsulation, Handoff, LinkName, PortPair
from lab.topology import PATHS, Path

Network = IPv4Network | IPv6Network
Family = Literal["ipv4", "ipv6"]
FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")
PeeringType = Literal["AzurePrivatePeering", "MicrosoftPeering"]
SkuTier = Literal["Local", "Standard", "Premium"]
ProviderState = Literal["NotProvisioned", "Provisioning", "Provisioned", "Deprovisioning"]
PrefixesState = Literal["NotConfigured", "Configuring", "Configured", "ValidationNeeded"]
ValidationState = Literal[
    "NotConfigured", "Configuring", "Configured", "ValidationNeeded", "ValidationFailed", "ManualValidationNeeded",
    "AsnValidationFailed", "CertificateMissingInRoutingRegistry", "InvalidSignatureEncoding",
    "SignatureVerificationFailed",
]
Owner = Literal["Customer", "Provider"]
PRIVATE: PeeringType = "AzurePrivatePeering"
MICROSOFT: PeeringType = "MicrosoftPeering"
MBPS_A_GBPS = 1000
AZURE_ASN = 12076
GATEWAY_ASN = 65515


def family_of(network: Network) -> Family:
    return "ipv4" if network.version == 4 else "ipv6"


def address_at(network: Network, offset: int) -> str:
    """The address at `offset` in `network`, as text."""
    return str(network.network_address + offset)


def within(inner: Network, outer: Network) -> bool:
    """Whether `outer` holds all of `inner`; never across families."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


@dataclass(frozen=True)
class KeyRef:
    """Where a shared key comes from: `env` a variable, `file` a path, `literal` the file itself. Never the key."""

    source: Literal["env", "file", "literal"]
    name: str

    def __str__(self) -> str:
        return "{literal}" if self.source == "literal" else f"{{{self.source}: {self.name}}}"


@dataclass(frozen=True)
class LinkSubnet:
    """One link subnet, a /30 or a /126."""

    network: Network

    @property
    def family(self) -> Family:
        return family_of(self.network)

    @property
    def ce(self) -> str:
        return address_at(self.network, 1)

    @property
    def msee(self) -> str:
        return address_at(self.network, 2)

    @property
    def prefixlen(self) -> int:
        return self.network.prefixlen


@dataclass(frozen=True)
class PublicPrefix:
    """A prefix that the customer declares on Microsoft peering, and how its validation stands."""

    network: Network
    state: ValidationState = "Configured"


@dataclass(frozen=True)
class MicrosoftConfig:
    """What Microsoft peering has beside private peering, for one family; `customer_asn` 0 is none."""

    prefixes: tuple[PublicPrefix, ...]
    customer_asn: int = 0
    registry: str = "NONE"

    @property
    def state(self) -> PrefixesState:
        """`advertisedPublicPrefixesState`: as the least of its prefixes allows (howto-routing-cli)."""
        states = {prefix.state for prefix in self.prefixes}
        if not states or states == {"NotConfigured"}:
            return "NotConfigured"
        if states == {"Configured"}:
            return "Configured"
        return "Configuring" if states <= {"Configured", "Configuring", "NotConfigured"} else "ValidationNeeded"


@dataclass(frozen=True)
class RouteFilter:
    """Which prefixes Microsoft peering sends: those with one of `communities`, `12076:N` each. Access is Allow."""

    name: str
    communities: tuple[str, ...]


@dataclass(frozen=True)
class Peering:
    """A routing domain of a circuit. `subnets` maps (path, family) to the link subnet.

    `microsoft` and `route_filters` (a filter's name) are Microsoft peering's, by family. `modified_by` is who wrote it
    last: with provider-managed layer 3 the provider.
    """

    type: PeeringType
    peer_asn: int
    vlan_id: int
    subnets: tuple[tuple[Path, Family, LinkSubnet], ...]
    shared_key: KeyRef | None = None
    enabled: bool = True
    microsoft: tuple[tuple[Family, MicrosoftConfig], ...] = ()
    route_filters: tuple[tuple[Family, str], ...] = ()
    modified_by: Owner = "Customer"

    def subnet(self, path: Path, family: Family) -> LinkSubnet | None:
        return next((s for p, f, s in self.subnets if (p, f) == (path, family)), None)

    @property
    def families(self) -> tuple[Family, ...]:
        return tuple(f for f in FAMILIES if any(f == g for _, g, _ in self.subnets))

    def microsoft_config(self, family: Family) -> MicrosoftConfig | None:
        return next((config for f, config in self.microsoft if f == family), None)

    def route_filter(self, family: Family) -> str | None:
        return next((name for f, name in self.route_filters if f == family), None)

    def validated(self, family: Family) -> bool:
        """Whether the MSEE may have a neighbor: always on private peering, else once all prefixes are Configured."""
        config = self.microsoft_config(family)
        return self.type == PRIVATE or (config is not None and config.state == "Configured")

    def session_enabled(self, family: Family) -> bool:
        return self.enabled and self.validated(family)


@dataclass(frozen=True)
class VirtualNetwork:
    """A VNet: `prefixes` is its address space, `gateway_subnets` at most one a family; a host answers at offset 36."""

    name: str
    prefixes: tuple[Network, ...]
    gateway_subnets: tuple[Network, ...]

    @property
    def families(self) -> tuple[Family, ...]:
        return tuple(f for f in FAMILIES if any(family_of(g) == f for g in self.gateway_subnets))

    def gateway_subnet(self, family: Family) -> Network | None:
        return next((g for g in self.gateway_subnets if family_of(g) == family), None)

    def space(self, family: Family) -> tuple[Network, ...]:
        return tuple(p for p in self.prefixes if family_of(p) == family)

    def host(self, family: Family) -> str | None:
        """The address inside the VNet that answers: offset 36 of the prefix that holds the GatewaySubnet."""
        gateway = self.gateway_subnet(family)
        if gateway is None:
            return None
        holder = next(p for p in self.space(family) if within(gateway, p))
        return address_at(holder, 36)


@dataclass(frozen=True)
class PrefixRange:
    """`count` consecutive prefixes from `first` on: what an ExaBGP CE announces without listing it."""

    first: Network
    count: int

    def networks(self) -> tuple[Network, ...]:
        step = 1 << (self.first.max_prefixlen - self.first.prefixlen)
        base = int(self.first.network_address)
        kind = type(self.first)
        return tuple(kind((base + step * n, self.first.prefixlen)) for n in range(self.count))


CeKind = Literal["frr", "exabgp", "bird", "gobgp", "openbgpd", "external"]


@dataclass(frozen=True)
class CustomerEdge:
    """A CE router.

    `kind` is what speaks BGP there: `frr` is generated, or the user's own file when `config` is a path; the next four
    are generated; `external` is wired and otherwise left alone. None is `external` where the node has an image of the
    user's, else `frr`. `advertise` is what it sends and what `check` expects; with `advertise_by_path` that is every
    path's together, and each path has its own of them. With `handoff: qinq` it sees the
    provider's S-tag. `circuits` are the names of the circuits it is cabled for; empty means all. Where its cables are a
    port pair, `Spec.handoff` and `Spec.serves` say what really holds.
    """

    name: str
    kind: CeKind | None = None
    config: str | None = None
    advertise: tuple[Network | PrefixRange, ...] = ()
    redistribute_connected: bool = False
    handoff: Handoff = "dot1q"
    circuits: tuple[str, ...] = ()
    advertise_by_path: tuple[tuple[Path, tuple[Network | PrefixRange, ...]], ...] = ()

    @property
    def generated(self) -> bool:
        """Whether the lab writes what it runs: then it announces its list and nothing else."""
        return self.config is None and self.kind != "external"

    def advertised(self, family: Family, path: Path | None = None) -> tuple[Network, ...]:
        """What it sends on a path, or on any, in one family."""
        found: list[Network] = []
        for item in self.advertise if path is None else dict(self.advertise_by_path).get(path, self.advertise):
            for network in item.networks() if isinstance(item, PrefixRange) else (item,):
                if family_of(network) == family:
                    found.append(network)
        return tuple(found)


@dataclass(frozen=True)
class VnetConnection:
    """A VNet's gateway linked to a circuit. `weight` is the connection's routingWeight, 0-32000, the higher wins."""

    vnet: str
    name: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Circuit:
    """A circuit. `connections` link VNets to it, in order; `port` names the Direct port pair that it is on."""

    name: str
    peerings: tuple[Peering, ...]
    connections: tuple[VnetConnection, ...]
    id: str | None = None
    tier: SkuTier = "Standard"
    sku_family: str = "MeteredData"
    provider: str | None = None
    location: str | None = None
    bandwidth_mbps: int | None = None
    stag: int | None = None
    service_key: str | None = None
    circuit_state: Literal["Enabled", "Disabled"] = "Enabled"
    provider_state: ProviderState = "Provisioned"
    port: str | None = None
    bandwidth_gbps: int | None = None

    @property
    def provisioned(self) -> bool:
        return self.circuit_state == "Enabled" and self.provider_state == "Provisioned"

    @property
    def speed_mbps(self) -> int | None:
        """Its bandwidth in Mbps, whoever sold it; None where the file gives none."""
        return self.bandwidth_gbps * MBPS_A_GBPS if self.bandwidth_gbps is not None else self.bandwidth_mbps

    @property
    def vnets(self) -> tuple[str, ...]:
        """The names of the VNets linked to it."""
        return tuple(connection.vnet for connection in self.connections)

    def peering(self, type_: PeeringType) -> Peering | None:
        return next((p for p in self.peerings if p.type == type_), None)


@dataclass(frozen=True)
class Spec:
    """Everything the files of one lab say: the service plane and the name of its topology.

    `lab` is the lab's name. `topology` is a shipped lab's name or a path, as the file spells it; `file` the circuit
    file's path, `files` every file that was read (for «changed since»). `lines` maps a dotted path such as
    `customerEdges.ce2.advertise` or `circuits.er-ams.AzurePrivatePeering.vlanId` to its line in `file`. `registry` is
    the absolute path of the file's own routing registry.
    """

    lab: str
    file: str
    topology: str
    circuits: tuple[Circuit, ...]
    virtual_networks: tuple[VirtualNetwork, ...]
    customer_edges: tuple[CustomerEdge, ...]
    files: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)
    route_filters: tuple[RouteFilter, ...] = ()
    ports: tuple[PortPair, ...] = ()
    registry: str | None = None

    def circuit(self, name: str) -> Circuit:
        return next(c for c in self.circuits if c.name == name)

    def route_filter(self, name: str) -> RouteFilter:
        return next(f for f in self.route_filters if f.name == name)

    def port(self, name: str) -> PortPair:
        return next(p for p in self.ports if p.name == name)

    def vnet(self, name: str) -> VirtualNetwork:
        return next(v for v in self.virtual_networks if v.name == name)

    def port_of(self, ce: str) -> PortPair | None:
        """The port pair that the cables of this CE are."""
        return next((p for p in self.ports if p.ce == ce), None)

    def handoff(self, edge: CustomerEdge) -> Handoff:
        port = self.port_of(edge.name)
        return port.handoff if port else edge.handoff

    def serves(self, edge: CustomerEdge, circuit: Circuit) -> bool:
        """Whether the CE is cabled for the circuit: a port pair's for those on it, any other for a provider's."""
        port = self.port_of(edge.name)
        if port or circuit.port:
            return port is not None and port.name == circuit.port
        return not edge.circuits or circuit.name in edge.circuits

    def ces_of(self, circuit: Circuit) -> tuple[CustomerEdge, ...]:
        return tuple(edge for edge in self.customer_edges if self.serves(edge, circuit))

    def circuits_of(self, edge: CustomerEdge) -> tuple[Circuit, ...]:
        return tuple(circuit for circuit in self.circuits if self.serves(edge, circuit))


@dataclass(frozen=True)
class Session:
    """One BGP session between a CE and an MSEE: circuit, peering, path, family, and where to find it.

    One that is not `enabled` is not to be up; `why` says what keeps it down where BGP itself does not (`link1 is
    Disabled`).
    """

    circuit: str
    peering: PeeringType
    path: Path
    family: Family
    msee: str
    vrf: str
    msee_address: str
    ce: str
    ce_address: str
    key: str | None = None
    enabled: bool = True
    why: str = ""

    @property
    def label(self) -> str:
        return f"{self.peering} {self.path} {self.family}"


__all__ = [
    "AZURE_ASN", "FAMILIES", "GATEWAY_ASN", "LINKS", "MBPS_A_GBPS", "MICROSOFT", "PATHS", "PRIVATE", "Circuit",
    "CustomerEdge", "Encapsulation", "Family", "Handoff", "KeyRef", "LinkName", "LinkSubnet", "MicrosoftConfig",
    "Network", "Owner", "Path", "Peering", "PeeringType", "PortPair", "PrefixRange", "PrefixesState",
    "ProviderState", "PublicPrefix", "RouteFilter", "Session", "SkuTier", "Spec", "ValidationState",
    "VirtualNetwork", "VnetConnection", "address_at", "family_of", "ip_network", "within",
]

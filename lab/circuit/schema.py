"""The shape of a circuit file: which keys it may have and of what type. What the values mean is for the rules.

Property names are ARM's, as `az network express-route show` prints them. Blocks nested under `properties` (the REST
shape) are lifted before they come here, see `lab.files.shape`. Everything that Azure prints and the lab has no use for
is known and ignored, so an unknown key is a typing mistake.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from lab.circuit.models import CeKind, PrefixesState, ValidationState

IGNORED = "Printed by Azure; ignored here."
Ignored = Annotated[Any, Field(default=None, description=IGNORED)]
CircuitState = Literal["Enabled", "Disabled"]
ProviderState = Literal["NotProvisioned", "Provisioning", "Provisioned", "Deprovisioning"]


class Shape(BaseModel):
    """Strict: text is no number; a key that is not listed is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Sku(Shape):
    name: str | None = None
    tier: Literal["Local", "Standard", "Premium"] | None = None
    family: Literal["MeteredData", "UnlimitedData"] | None = None


class ProviderProperties(Shape):
    serviceProviderName: str | None = None
    peeringLocation: str | None = None
    bandwidthInMbps: int | None = None


class KeyReference(Shape):
    """`{env: NAME}` or `{file: PATH}`; a text is the key itself."""

    env: str | None = None
    file: str | None = None


class ConnectionEntry(Shape):
    """A connection of the circuit to a VNet's gateway; a text is the VNet's name."""

    virtualNetwork: str
    name: str | None = None
    routingWeight: int | None = None


class PrefixEntry(Shape):
    """One prefix (a text), or `count` consecutive ones from `first` on."""

    first: str
    count: int | None = None


def _text_as(model: type[Shape]) -> Any:
    """A validator and a JSON Schema that take a text where a mapping of `model` may stand too."""

    def accept(value: Any) -> Any:
        return model.model_construct() if isinstance(value, str) else value

    return BeforeValidator(accept, json_schema_input_type=str | model)


SharedKey = Annotated[KeyReference, _text_as(KeyReference)]
Connection = Annotated[ConnectionEntry, _text_as(ConnectionEntry)]
Prefix = Annotated[PrefixEntry, _text_as(PrefixEntry)]


class PrefixesByPath(Shape):
    """What a CE with its own configuration announces on one path and not on the other."""

    primary: list[Prefix] | None = None
    secondary: list[Prefix] | None = None


EITHER_FORM = frozenset({"as a list", "by path"})
"""Pydantic puts the form that was taken for meant into the place of a mistake."""


def _form(value: Any) -> str:
    return "by path" if isinstance(value, dict) else "as a list"


Advertised = Annotated[
    Annotated[list[Prefix], Tag("as a list")] | Annotated[PrefixesByPath, Tag("by path")], Discriminator(_form)
]


class PublicPrefixInfo(Shape):
    """A declared prefix with a validation of its own."""

    prefix: str
    validationState: ValidationState | None = None
    signature: Ignored
    validationId: Ignored


class MicrosoftPeeringConfig(Shape):
    advertisedPublicPrefixes: list[str] | None = None
    advertisedPublicPrefixInfo: list[PublicPrefixInfo] | None = None
    advertisedPublicPrefixesState: PrefixesState | None = None
    customerASN: int | None = None
    routingRegistryName: str | None = None
    advertisedCommunities: Ignored
    legacyMode: Ignored


class RouteFilterReference(Shape):
    """The name or the ARM id of a route filter."""

    id: str
    etag: Ignored
    ipv6Peerings: Ignored
    location: Ignored
    name: Ignored
    peerings: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    rules: Ignored
    tags: Ignored
    type: Ignored


class Ipv6PeeringConfig(Shape):
    primaryPeerAddressPrefix: str | None = None
    secondaryPeerAddressPrefix: str | None = None
    state: Literal["Enabled", "Disabled"] | None = None
    microsoftPeeringConfig: MicrosoftPeeringConfig | None = None
    routeFilter: RouteFilterReference | None = None


class Peering(Shape):
    name: str | None = None
    peeringType: Literal["AzurePrivatePeering", "AzurePublicPeering", "MicrosoftPeering"] | None = None
    peerASN: int
    vlanId: int
    primaryPeerAddressPrefix: str | None = None
    secondaryPeerAddressPrefix: str | None = None
    sharedKey: SharedKey | None = None
    ipv6PeeringConfig: Ipv6PeeringConfig | None = None
    state: Literal["Enabled", "Disabled"] | None = None
    microsoftPeeringConfig: MicrosoftPeeringConfig | None = None
    routeFilter: RouteFilterReference | None = None
    azureASN: Ignored
    connections: Ignored
    etag: Ignored
    expressRouteConnection: Ignored
    gatewayManagerEtag: Ignored
    id: Ignored
    lastModifiedBy: Ignored
    peeredConnections: Ignored
    primaryAzurePort: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    secondaryAzurePort: Ignored
    stats: Ignored
    type: Ignored


class PortReference(Shape):
    """The port pair that a circuit is on: its name, or a full ARM id, whose last part counts."""

    id: str
    resourceGroup: Ignored


class Circuit(Shape):
    name: str
    id: str | None = None
    sku: Sku | None = None
    serviceProviderProperties: ProviderProperties | None = None
    circuitProvisioningState: CircuitState | None = None
    serviceProviderProvisioningState: ProviderState | None = None
    serviceKey: str | None = None
    stag: int | None = None
    peerings: list[Peering] | None = None
    connections: list[Connection] | None = None
    allowClassicOperations: Ignored
    apiVersion: Ignored
    authorizationKey: Ignored
    authorizations: Ignored
    authorizationStatus: Ignored
    comments: Ignored
    dependsOn: Ignored
    bandwidthInGbps: float | None = None
    enableDirectPortRateLimit: Ignored
    etag: Ignored
    expressRoutePort: PortReference | None = None
    extendedLocation: Ignored
    gatewayManagerEtag: Ignored
    globalReachEnabled: Ignored
    location: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    scale: Ignored
    serviceProviderNotes: Ignored
    tags: Ignored
    type: Ignored
    zones: Ignored


class PortLink(Shape):
    """link1 is the primary path, link2 the secondary."""

    name: Literal["link1", "link2"]
    adminState: Literal["Enabled", "Disabled"] | None = None
    coloLocation: Ignored
    connectorType: Ignored
    etag: Ignored
    id: Ignored
    interfaceName: Ignored
    macSecConfig: Ignored
    patchPanelId: Ignored
    provisioningState: Ignored
    rackId: Ignored
    resourceGroup: Ignored
    routerName: Ignored
    type: Ignored


class ExpressRoutePort(Shape):
    """A port pair, as `az network express-route port show` prints it; `customerEdge` is ours."""

    name: str
    customerEdge: str | None = None
    peeringLocation: str | None = None
    bandwidthInGbps: float
    encapsulation: Literal["Dot1Q", "QinQ"]
    links: list[PortLink] | None = None
    allocationDate: Ignored
    billingType: Ignored
    circuits: Ignored
    etag: Ignored
    etherType: Ignored
    id: Ignored
    identity: Ignored
    location: Ignored
    mtu: Ignored
    provisionedBandwidthInGbps: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    resourceGuid: Ignored
    tags: Ignored
    type: Ignored


class AddressSpace(Shape):
    addressPrefixes: list[str]
    ipamPoolPrefixAllocations: Ignored


class Subnet(Shape):
    name: str
    addressPrefix: str | None = None
    addressPrefixes: list[str] | None = None
    applicationGatewayIPConfigurations: Ignored
    defaultOutboundAccess: Ignored
    delegations: Ignored
    etag: Ignored
    id: Ignored
    ipAllocations: Ignored
    ipConfigurationProfiles: Ignored
    ipConfigurations: Ignored
    ipamPoolPrefixAllocations: Ignored
    natGateway: Ignored
    networkSecurityGroup: Ignored
    privateEndpointNetworkPolicies: Ignored
    privateEndpoints: Ignored
    privateLinkServiceNetworkPolicies: Ignored
    provisioningState: Ignored
    purpose: Ignored
    resourceGroup: Ignored
    resourceNavigationLinks: Ignored
    routeTable: Ignored
    serviceAssociationLinks: Ignored
    serviceEndpointPolicies: Ignored
    serviceEndpoints: Ignored
    serviceGateway: Ignored
    sharingScope: Ignored
    type: Ignored


class VirtualNetwork(Shape):
    name: str
    addressSpace: AddressSpace
    subnets: list[Subnet] | None = None
    bgpCommunities: Ignored
    ddosProtectionPlan: Ignored
    defaultPublicNatGateway: Ignored
    dhcpOptions: Ignored
    enableDdosProtection: Ignored
    enableVmProtection: Ignored
    encryption: Ignored
    etag: Ignored
    extendedLocation: Ignored
    flowLogs: Ignored
    flowTimeoutInMinutes: Ignored
    id: Ignored
    ipAllocations: Ignored
    location: Ignored
    privateEndpointVNetPolicies: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    resourceGuid: Ignored
    tags: Ignored
    type: Ignored
    virtualNetworkPeerings: Ignored


class CustomerEdge(Shape):
    name: str
    kind: CeKind | None = None
    config: str | None = None
    advertise: Advertised | None = None
    redistribute: list[Literal["connected"]] | None = None
    handoff: Literal["dot1q", "qinq"] | None = None
    circuits: list[str] | None = None


class RouteFilterRule(Shape):
    access: Literal["Allow"]
    communities: list[str]
    name: str | None = None
    etag: Ignored
    id: Ignored
    location: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    routeFilterRuleType: Ignored
    type: Ignored


class RouteFilter(Shape):
    name: str
    rules: list[RouteFilterRule]
    etag: Ignored
    id: Ignored
    ipv6Peerings: Ignored
    location: Ignored
    peerings: Ignored
    provisioningState: Ignored
    resourceGroup: Ignored
    tags: Ignored
    type: Ignored


class Blocks(Shape):
    """What a file says beside its circuit or circuits."""

    lab: str | None = None
    topology: str | None = None
    virtualNetworks: list[VirtualNetwork] | None = None
    customerEdges: list[CustomerEdge] | None = None
    expressRoutePorts: list[ExpressRoutePort] | None = None
    routeFilters: list[RouteFilter] | None = None
    registry: str | None = None
    checks: Any = None


class OneCircuit(Circuit, Blocks):
    """A file that is one circuit, flat as `az` prints it."""


class ManyCircuits(Blocks):
    """A file with a list of circuits; `name` names the lab."""

    name: str | None = None
    circuits: list[Circuit]


_NESTED = (
    "Circuit", "ExpressRoutePort", "Peering", "PortLink", "RouteFilter", "RouteFilterRule", "Subnet", "VirtualNetwork",
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a circuit file, for editors; REST nesting under `properties` is allowed."""
    from pydantic import TypeAdapter

    schema: dict[str, Any] = TypeAdapter(OneCircuit | ManyCircuits).json_schema(mode="validation")
    nested = [schema["$defs"][name] for name in (*_NESTED, "OneCircuit")]
    for definition in nested:
        definition["properties"]["properties"] = {"type": "object", "description": "The REST shape."}
        required = definition.pop("required", [])
        definition["anyOf"] = [{"required": required}, {"required": ["properties"]}]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "mseelab circuit file"
    return schema

"""Files that Azure printed, of whatever shape or type: taken as they are, or refused by their name in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.circuit.models import MICROSOFT
from lab.errors import Mistakes
from tests.pure.files.test_shapes import copy, read

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network"
DUAL = ["10.0.0.0/16", "ace:daa:daaa::/48"]


def vnet(*gateways: str) -> dict[str, object]:
    return {
        "name": "hub", "addressSpace": {"addressPrefixes": DUAL},
        "subnets": [{"name": "GatewaySubnet", "addressPrefixes": list(gateways)}],
    }


@pytest.mark.rule("ER405")
def test_without_a_64_in_the_gateway_subnet_there_is_no_ipv6(tmp_path: Path) -> None:
    """azure/25: an IPv6 GatewaySubnet was invented, and the VNet's IPv6 announced."""
    value = copy() | {"virtualNetworks": [vnet("10.0.0.0/26")]}
    found = read(tmp_path, value)
    assert not found.mistakes
    assert found.spec.vnet("hub").families == ("ipv4",)


@pytest.mark.rule("ER412")
def test_a_dual_stack_gateway_is_refused_at_an_ipv4_circuit(tmp_path: Path) -> None:
    """azure/12: Azure refuses the connection."""
    value = copy() | {"virtualNetworks": [vnet("10.0.0.0/26", "ace:daa:daaa:deaa::/64")], "connections": ["hub"]}
    for peering in value["peerings"]:
        peering["ipv6PeeringConfig"] = None
    (wrong,) = read(tmp_path, value).mistakes
    assert (wrong.rule, wrong.field) == ("ER412", "GatewaySubnet")


@pytest.mark.rule("ER306")
def test_what_azure_took_is_a_warning(tmp_path: Path) -> None:
    """azure/10: an acceptance test of Azure's own provider has private link subnets on Microsoft peering."""
    value = copy()
    value["id"] = f"{ID}/expressRouteCircuits/er"
    value["peerings"] = [{
        "name": MICROSOFT, "peeringType": MICROSOFT, "peerASN": 100, "vlanId": 300,
        "primaryPeerAddressPrefix": "192.168.1.0/30", "secondaryPeerAddressPrefix": "192.168.2.0/30",
        "microsoftPeeringConfig": {"advertisedPublicPrefixes": ["123.1.0.0/24"], "customerASN": 0},
    }]
    found = read(tmp_path, value)
    assert [m.rule for m in found.mistakes if m.rule == "ER306"] == []
    assert [m.rule for m in found.warnings].count("ER306") == 2
    assert len(found.spec.circuits[0].peerings[0].subnets) == 2


OTHERS: dict[str, tuple[Any, str]] = {
    "a peering": ({"type": "Microsoft.Network/expressRouteCircuits/peerings"}, "under peerings: of its circuit"),
    "a virtualNetwork": ({"name": "hub", "id": f"{ID}/virtualNetworks/hub"}, "under virtualNetworks:"),
    "a virtualNetworkGateway": ({"type": "Microsoft.Network/virtualNetworkGateways"}, "makes a gateway"),
    "a connection": ({"type": "Microsoft.Network/connections"}, "under connections: of its circuit"),
    "a routeFilter": ({"type": "Microsoft.Network/routeFilters"}, "under routeFilters:"),
    "an expressRoutePort": ({"encapsulation": "Dot1Q", "links": []}, "under expressRoutePorts:"),
    "an expressRouteCrossConnection": ({"type": "Microsoft.Network/expressRouteCrossConnections"}, "provider's view"),
    "an ARM template": ({"contentVersion": "1.0.0.0", "resources": []}, "az network express-route show"),
    "PowerShell's spelling of a circuit": ({"Name": "er", "Sku": {}, "Peerings": []}, "az network express-route show"),
    "a list of something else": ({"value": [{"age": 1}]}, "az network express-route show"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_circuit_is_called_by_its_name_in_one_line(tmp_path: Path, kind: str) -> None:
    """azure/05, azure/06, azure/07: passed as a circuit without peerings, or a line a key."""
    value, hint = OTHERS[kind]
    with pytest.raises(Mistakes) as refused:
        read(tmp_path, value)
    (wrong,) = refused.value.mistakes
    assert (wrong.rule, wrong.message) == ("ER913", f"this is {kind}, not an expressRouteCircuit")
    assert hint in wrong.hint


@pytest.mark.parametrize("wrapper", ["value", "data", ""])
def test_a_list_of_circuits_has_the_same_hint_in_every_wrapper(tmp_path: Path, wrapper: str) -> None:
    """azure/02, azure/03: REST and Resource Graph said that a name was missing."""
    items = [copy()]
    with pytest.raises(Mistakes) as refused:
        read(tmp_path, {wrapper: items} if wrapper else items)
    (wrong,) = refused.value.mistakes
    assert wrong.hint == "put the list under circuits:"


TEXTS = {
    "text before the JSON, which begins in line 2": "WARNING: in preview: see x\n{\n  \"name\": \"er\"\n}",
    "a progress line of az": "{- Finished ..\n  \"name\": \"er\"\n}",
    "Terraform": 'resource "azurerm_express_route_circuit_peering" "p" {\n  vlan_id = 100\n}',
    "Terraform's variables": 'peering_location = "Amsterdam"\nsku = {\n  tier = "Premium"\n}',
    "a comma too many": '{\n  "name": "er",\n  "peerings": [],,\n}',
    "Bicep": "resource p 'Microsoft.Network/expressRouteCircuits/peerings@2022-07-01' = {\n  name: 'p'\n}",
}


@pytest.mark.parametrize("what", TEXTS)
def test_text_that_is_no_json_is_called_by_its_name(tmp_path: Path, what: str) -> None:
    """azure/08, azure/10: the parser's own words."""
    with pytest.raises(Mistakes) as refused:
        read(tmp_path, TEXTS[what])
    (wrong,) = refused.value.mistakes
    assert f"found {what}" in wrong.message


def test_an_expression_of_a_template_is_called_one(tmp_path: Path) -> None:
    """azure/06: a resource that was taken out of a template, its parameters with it."""
    document = copy()
    document["peerings"][0]["vlanId"] = "[parameters('vlanId')]"
    (wrong,) = read(tmp_path, document | {"name": "[concat(variables('prefix'), '-er')]"}).mistakes[:1]
    assert (wrong.rule, wrong.hint) == ("ER101", "an expression of an ARM template: put its value here")
    hints = {m.field: m.hint for m in read(tmp_path, document).mistakes}
    assert hints["vlanId"] == wrong.hint


def from_azure(**changes: Any) -> dict[str, Any]:
    return copy() | {"id": f"{ID}/expressRouteCircuits/er"} | changes


@pytest.mark.parametrize(
    ("sku", "tier", "family", "mistakes"),
    [
        ({"name": "Premium_UnlimitedData"}, "Premium", "UnlimitedData", 0),
        ({"name": "Premium_MeteredData", "tier": "Standard", "family": "MeteredData"}, "Standard", "MeteredData", 1),
        ({"name": "standard_metereddata", "tier": "standard", "family": "meteredData"}, "Standard", "MeteredData", 0),
        ({"name": "Basic_MeteredData", "tier": "Basic", "family": "MeteredData"}, "Standard", "MeteredData", 0),
    ],
)
@pytest.mark.rule("ER110")
def test_a_sku_is_what_its_name_says(
    tmp_path: Path, sku: dict[str, str], tier: str, family: str, mistakes: int
) -> None:
    """azure/14: Premium_UnlimitedData became Standard_MeteredData, and a contradiction passed."""
    found = read(tmp_path, from_azure(sku=sku))
    (circuit,) = found.spec.circuits
    assert (circuit.tier, circuit.sku_family, len(found.mistakes)) == (tier, family, mistakes)
    assert any("Basic" in w.message for w in found.warnings) == (sku["name"] == "Basic_MeteredData")


def test_states_are_azures_in_any_case(tmp_path: Path) -> None:
    """cases section 6: `provisioned` was ER913."""
    found = read(tmp_path, from_azure(serviceProviderProvisioningState="provisioned"))
    assert (found.mistakes, found.spec.circuits[0].provider_state) == ([], "Provisioned")


def test_an_older_spelling_is_taken_and_another_case_is_a_mistake(tmp_path: Path) -> None:
    """azure/01: `peerAsn` was missing without a hint, and `Peerings` passed as no peering at all."""
    older, other = from_azure(), from_azure()
    older["peerings"][0]["peerAsn"] = older["peerings"][0].pop("peerASN")
    assert read(tmp_path, older).spec.circuits == read(tmp_path, from_azure()).spec.circuits
    other["Peerings"] = other.pop("peerings")
    (wrong,) = read(tmp_path, other).mistakes
    assert (wrong.field, wrong.message) == ("Peerings", "unknown key; did you mean peerings")


def test_an_empty_prefix_is_none(tmp_path: Path) -> None:
    """azure/16: a peering of IPv6 alone has empty texts for its IPv4 links."""
    value = from_azure()
    empty = {"primaryPeerAddressPrefix": "", "secondaryPeerAddressPrefix": ""}
    value["peerings"] = [value["peerings"][0] | empty | {"ipv6PeeringConfig": {
        "primaryPeerAddressPrefix": "fd00:64::/126", "secondaryPeerAddressPrefix": "fd00:64::4/126",
    }}]
    value.pop("connections", None)
    found = read(tmp_path, json.dumps(value))
    assert not found.mistakes
    assert {family for _, family, _ in found.spec.circuits[0].peerings[0].subnets} == {"ipv6"}

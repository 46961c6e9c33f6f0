"""What Azure prints is a circuit file: `az` output, the REST shape, lists; and the JSON Schema says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import topologies
from lab.circuit.models import Spec
from lab.errors import Mistakes
from lab.files.circuit_file import CircuitFile, read_circuit
from lab.files.schema import json_schema
from lab.files.tree import plain, read_tree

AZ: dict[str, Any] = json.loads((topologies.folder("from-az") / "circuit.json").read_text())


def read(tmp_path: Path, value: Any, name: str = "circuit.json") -> CircuitFile:
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))
    return read_circuit(path, name)


def copy() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(AZ))
    return found


def nested(value: dict[str, Any], *outside: str) -> dict[str, Any]:
    """The REST form of a resource: everything but its identity under `properties`."""
    inner = {k: v for k, v in value.items() if k not in outside}
    return {**{k: v for k, v in value.items() if k in outside}, "properties": inner}


IDENTITY = ("name", "id", "etag", "type", "location", "tags", "sku")


def rest() -> dict[str, Any]:
    value = copy()
    blocks = {key: value.pop(key) for key in ("topology", "virtualNetworks", "customerEdges")}
    value["peerings"] = [nested(p, *IDENTITY) for p in value["peerings"]]
    blocks["virtualNetworks"] = [
        nested({**v, "subnets": [nested(s, *IDENTITY) for s in v["subnets"]]}, *IDENTITY)
        for v in blocks["virtualNetworks"]
    ]
    return {**nested(value, *IDENTITY), **blocks}


def without_places(spec: Spec) -> tuple[Any, ...]:
    return (spec.lab, spec.topology, spec.circuits, spec.virtual_networks, spec.customer_edges)


def test_az_output_as_json(tmp_path: Path) -> None:
    found = read(tmp_path, AZ)
    assert (found.mistakes, found.warnings) == ([], [])
    circuit = found.spec.circuits[0]
    assert circuit.id is not None
    assert circuit.id.endswith("/er-madrid")
    assert (circuit.provider, circuit.location, circuit.bandwidth_mbps) == ("Lab Exchange", "Madrid2", 50)
    assert (circuit.stag, circuit.service_key) == (8, "2f7c1f5e-8e0b-4c52-9d3e-6a4f0c1b2d90")
    assert circuit.peerings[0].shared_key is None
    assert circuit.peerings[0].families == ("ipv4", "ipv6")


def test_az_output_alone_is_a_valid_file(tmp_path: Path) -> None:
    value = copy()
    for key in ("topology", "virtualNetworks", "customerEdges"):
        del value[key]
    found = read(tmp_path, value)
    assert found.mistakes == []
    assert [e.name for e in found.spec.customer_edges] == ["ce1"]


def test_az_output_as_yaml(tmp_path: Path) -> None:
    import yaml

    found = read(tmp_path, yaml.safe_dump(AZ), "circuit.yml")
    assert without_places(found.spec) == without_places(read(tmp_path, AZ).spec)


def test_the_rest_shape_says_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, rest())
    assert (found.mistakes, found.warnings) == ([], [])
    assert without_places(found.spec) == without_places(read(tmp_path, AZ).spec)


def test_a_list_of_circuits(tmp_path: Path) -> None:
    value = copy()
    blocks = {key: value.pop(key) for key in ("topology", "virtualNetworks", "customerEdges")}
    for circuit in (value, nested(value, *IDENTITY)):
        found = read(tmp_path, {"lab": "er-madrid", "circuits": [circuit], **blocks})
        assert (found.mistakes, found.warnings) == ([], [])
        assert without_places(found.spec) == without_places(read(tmp_path, AZ).spec)


def test_a_bare_list_is_told_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(Mistakes) as caught:
        read(tmp_path, [AZ])
    assert caught.value.mistakes[0].hint == "put the list under circuits:"


@pytest.mark.rule("ER226", "ER232", "ER409")
def test_what_the_lab_does_not_emulate_changes_nothing(tmp_path: Path) -> None:
    value = copy()
    value["globalReachEnabled"] = True
    value["peerings"][0]["peeredConnections"] = [{"circuitConnectionStatus": "Connected"}]
    vnet = value["virtualNetworks"][0]
    vnet["bgpCommunities"] = {"virtualNetworkCommunity": "12076:20031"}
    vnet["virtualNetworkPeerings"] = [{"remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}]
    found = read(tmp_path, value)
    assert (found.mistakes, found.warnings) == ([], [])
    assert without_places(found.spec) == without_places(read(tmp_path, AZ).spec)


@pytest.mark.rule("ER409")
@pytest.mark.parametrize("nested", [False, True])
def test_gateway_transit_is_a_warning(tmp_path: Path, nested: bool) -> None:
    """Cases, section 7: a hub whose spokes Azure would announce, and not a word."""
    value = copy()
    peering = {"allowGatewayTransit": True, "useRemoteGateways": False}
    vnet = value["virtualNetworks"][0]
    vnet["virtualNetworkPeerings"] = [{"name": "spoke", **({"properties": peering} if nested else peering)}]
    found = read(tmp_path, value)
    (warned,) = found.warnings
    assert (found.mistakes, warned.rule) == ([], "ER409")
    said = f"allowGatewayTransit is not emulated: what is peered to {vnet['name']} is neither announced nor reached"
    assert warned.message == said


@pytest.mark.rule("ER911")
def test_new_keys_of_azure_are_warnings(tmp_path: Path) -> None:
    value = copy()
    value["quantumEntangled"] = True
    value["peerings"][0]["vlanIdd"] = 100
    found = read(tmp_path, value)
    assert found.mistakes == []
    assert sorted((w.rule, w.field) for w in found.warnings) == [("ER911", "quantumEntangled"), ("ER911", "vlanIdd")]
    value["id"] = "mine"
    assert sorted(m.field for m in read(tmp_path, value).mistakes) == ["quantumEntangled", "vlanIdd"]


@pytest.mark.rule("ER912", "ER913")
def test_a_crowd_of_new_keys_hides_no_mistake(tmp_path: Path) -> None:
    value = {f"new{n}": n for n in range(500)} | copy()
    value["peerings"][0]["peerASN"] = "64512"
    value["peerings"][0]["vlanIdd"] = value["peerings"][0].pop("vlanId")
    found = read(tmp_path, value)
    assert [(m.rule, m.field) for m in found.mistakes] == [("ER912", "vlanId"), ("ER913", "peerASN")]
    assert len(found.warnings) == 200


def test_microsoft_peering_as_azure_prints_it(tmp_path: Path) -> None:
    value = copy()
    value["peerings"].append(
        {
            **value["peerings"][0],
            "name": "MicrosoftPeering",
            "peeringType": "MicrosoftPeering",
            "vlanId": 200,
            "primaryPeerAddressPrefix": "203.0.113.0/30",
            "secondaryPeerAddressPrefix": "203.0.113.4/30",
            "ipv6PeeringConfig": None,
            "microsoftPeeringConfig": {
                "advertisedCommunities": [],
                "advertisedPublicPrefixes": ["198.51.100.0/24", "192.0.2.0/24"],
                "advertisedPublicPrefixesState": "ValidationNeeded",
                "advertisedPublicPrefixInfo": [
                    {"prefix": "192.0.2.0/24", "validationId": "x", "signature": None, "validationState": "Configured"}
                ],
                "customerASN": 0,
                "legacyMode": 0,
                "routingRegistryName": "ARIN",
            },
            "routeFilter": {"id": f"{value['id']}/routeFilters/weu", "resourceGroup": "network"},
        }
    )
    found = read(tmp_path, value)
    assert found.mistakes == []
    assert [(w.rule, w.field) for w in found.warnings] == [("ER310", "routeFilter")]
    peering = found.spec.circuits[0].peerings[1]
    config = peering.microsoft_config("ipv4")
    assert config is not None
    assert [(str(p.network), p.state) for p in config.prefixes] == [
        ("198.51.100.0/24", "ValidationNeeded"), ("192.0.2.0/24", "Configured"),
    ]
    assert (config.registry, config.state, peering.route_filter("ipv4")) == ("ARIN", "ValidationNeeded", None)
    value["routeFilters"] = [
        {"name": "weu", "properties": {"rules": [{"properties": {"access": "Allow", "communities": ["12076:51002"]}}]}}
    ]
    found = read(tmp_path, value)
    assert (found.mistakes, found.warnings) == ([], [])
    assert found.spec.circuits[0].peerings[1].route_filters == (("ipv4", "weu"),)
    assert found.spec.route_filter("weu").communities == ("12076:51002",)


@pytest.mark.rule("ER904")
def test_a_duplicate_between_properties_and_outside(tmp_path: Path) -> None:
    value = rest()
    value["stag"] = 9
    assert [m.rule for m in read(tmp_path, value).mistakes] == ["ER904"]


def test_an_arm_id_names_a_vnet_by_its_last_part(tmp_path: Path) -> None:
    value = copy()
    value["connections"] = [{"name": "c", "virtualNetwork": "/subscriptions/0/resourceGroups/x/virtualNetworks/hub"}]
    assert read(tmp_path, value).spec.circuits[0].vnets == ("hub",)


def test_wrong_types_anywhere_are_mistakes_and_no_tracebacks(tmp_path: Path) -> None:
    def spoil(node: Any) -> list[Any]:
        """Every copy of the tree in which one value was replaced by one of another type."""
        wrong = [7, "x", [], {}, [7], {"x": {}}, None, True, 1.5, ["x"], [[]], [{}]]
        if isinstance(node, dict):
            inner: list[Any] = [{**node, k: s} for k, v in node.items() for s in spoil(v)]
        elif isinstance(node, list):
            inner = [[*node[:i], s, *node[i + 1 :]] for i, v in enumerate(node) for s in spoil(v)]
        else:
            inner = []
        return [*wrong, *inner]

    small = {
        "name": "x",
        "sku": {"tier": "Local"},
        "stag": 8,
        "connections": [{"virtualNetwork": "v"}],
        "peerings": [
            {
                "name": "AzurePrivatePeering",
                "peerASN": 65010,
                "vlanId": 1,
                "sharedKey": {"env": "X"},
                "primaryPeerAddressPrefix": "10.0.0.0/30",
                "secondaryPeerAddressPrefix": "10.0.0.4/30",
                "ipv6PeeringConfig": {"primaryPeerAddressPrefix": "fd00::/126"},
            }
        ],
        "virtualNetworks": [
            {
                "name": "v",
                "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
                "subnets": [{"name": "GatewaySubnet", "addressPrefixes": ["10.1.0.0/27"]}],
            }
        ],
        "customerEdges": [{"name": "c", "advertise": [{"first": "10.2.0.0/24", "count": 2}], "circuits": ["x"]}],
    }
    spoiled = spoil(small)
    assert len(spoiled) > 400
    for value in spoiled:
        try:
            found = read(tmp_path, value).mistakes
        except Mistakes as error:
            found = error.mistakes
        assert all(m.line >= 1 and m.rule.startswith("ER") for m in found)


def test_the_json_schema_covers_what_ships() -> None:
    schema = json_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")
    flat = schema["$defs"]["OneCircuit"]["properties"]
    for name in topologies.names():
        folder = topologies.folder(name)
        path = next(p for p in (folder / "circuit.yml", folder / "circuit.json") if p.exists())
        value = plain(read_tree(path, path.name).root)
        known = schema["$defs"]["ManyCircuits"]["properties"] if "circuits" in value else flat
        assert set(value) <= set(known)
    json.dumps(schema)


def test_keys_that_stand_for_a_text_take_both_in_the_schema() -> None:
    definitions = json_schema()["$defs"]
    options = definitions["Peering"]["properties"]["sharedKey"]["anyOf"]
    assert {"type": "string"} in options
    assert {"$ref": "#/$defs/KeyReference"} in options
    assert definitions["Peering"]["anyOf"][1] == {"required": ["properties"]}
    assert "literal" not in json.dumps(definitions)

"""ExpressRoute Direct in a circuit file: port pairs, circuits on them, and what contradicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import topologies
from lab.circuit.carry import carried
from lab.errors import Impossible, Mistakes
from lab.files.circuit_file import read_spec
from lab.files.document import document_of, reread
from lab.files.load import load
from tests.pure.files.samples import change, read, said

DIRECT = """\
lab: direct
expressRoutePorts:
  - name: er-port
    bandwidthInGbps: 10
    encapsulation: Dot1Q
circuits:
  - name: a
    expressRoutePort: {id: er-port}
    bandwidthInGbps: 10
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: 100
        primaryPeerAddressPrefix: 192.168.100.128/30
        secondaryPeerAddressPrefix: 192.168.100.132/30
  - name: b
    expressRoutePort: {id: er-port}
    bandwidthInGbps: 10
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: 101
        primaryPeerAddressPrefix: 192.168.101.128/30
        secondaryPeerAddressPrefix: 192.168.101.132/30
customerEdges:
  - name: ce1
"""
B = "  - name: b\n    expressRoutePort: {id: er-port}\n    bandwidthInGbps: 10\n"
TWICE = "allowed 20 at most, twice the bandwidth of er-port"
NO_PROVIDER = "allowed Provisioned, as on port pair er-port no provider works"
BAD = {
    # name: old, new, what is said
    "40 Gbps": (
        "    bandwidthInGbps: 10\n    enc", "    bandwidthInGbps: 40\n    enc",
        ["4: ER702 bandwidthInGbps: found 40; allowed 10, 100, 400"],
    ),
    "a half": (
        "    bandwidthInGbps: 10\n    enc", "    bandwidthInGbps: 10.5\n    enc",
        ["4: ER702 bandwidthInGbps: found 10.5; allowed 10, 100, 400"],
    ),
    "a text": (
        "    bandwidthInGbps: 10\n    enc", '    bandwidthInGbps: "10"\n    enc',
        ['4: ER913 bandwidthInGbps: found "10"; allowed a whole number'],
    ),
    "a circuit of 40": (
        B, B.replace("10\n", "40\n"),
        ["18: ER702 bandwidthInGbps: found 40; allowed 1, 2, 5, 10 on a port pair of 10 Gbps"],
    ),
    "a third of 1": (
        "customerEdges:", "  - {name: c, expressRoutePort: {id: er-port}, bandwidthInGbps: 1}\ncustomerEdges:",
        [
            "25: ER703 bandwidthInGbps: found 21 in all on port pair er-port; " + TWICE,
        ],
    ),
    "no bandwidth": (
        B, B.replace("    bandwidthInGbps: 10\n", ""),
        ["16: ER912 bandwidthInGbps: missing; port pair er-port takes 1, 2, 5, 10"],
    ),
    "no port": (
        B, B.replace("er-port", "other"),
        ["17: ER711 expressRoutePort: found other; allowed er-port"],
    ),
    "Gbps without a port": (
        B, "  - name: b\n    bandwidthInGbps: 10\n",
        ["17: ER706 bandwidthInGbps: goes with expressRoutePort; a provider's circuit is in Mbps"],
    ),
    "a provider": (
        B, B + "    serviceProviderProperties: {serviceProviderName: Lab Exchange}\n",
        ["19: ER706 serviceProviderProperties: a circuit on port pair er-port has no provider"],
    ),
    "a provider's state": (
        B, B + "    serviceProviderProvisioningState: NotProvisioned\n",
        [
            f"19: ER706 serviceProviderProvisioningState: found NotProvisioned; {NO_PROVIDER}",
        ],
    ),
    "one C-tag twice": (
        "vlanId: 101", "vlanId: 100",
        ["22: ER705 vlanId: found 100; allowed one that no other circuit on port pair er-port has (a, line 13)"],
    ),
    "another handoff": (
        "  - name: ce1", "  - {name: ce1, handoff: qinq}",
        ["26: ER704 handoff: found qinq; allowed dot1q: port pair er-port has encapsulation Dot1Q"],
    ),
    "circuits of the CE": (
        "  - name: ce1", "  - {name: ce1, circuits: [a]}",
        ["26: ER710 circuits: ce1 is cabled for the circuits on port pair er-port; leave it out"],
    ),
    "two port pairs on a CE": (
        "circuits:\n", "  - {name: second, bandwidthInGbps: 100, encapsulation: QinQ}\ncircuits:\n",
        ["6: ER710 customerEdge: found ce1; allowed a CE without a port pair (ce1 has er-port)"],
    ),
    "which CE": (
        "  - name: ce1", "  - name: ce1\n  - name: ce2",
        [
            "3: ER912 customerEdge: missing; the file has 2 CEs",
            "8: ER711 expressRoutePort: found er-port; allowed none, the file has no expressRoutePorts",
            "17: ER711 expressRoutePort: found er-port; allowed none, the file has no expressRoutePorts",
        ],
    ),
    "a link twice": (
        "    encapsulation: Dot1Q\n", "    encapsulation: Dot1Q\n    links: [{name: link1}, {name: link1}]\n",
        ["6: ER102 links: found link1 twice; allowed once"],
    ),
    "a third link": (
        "    encapsulation: Dot1Q\n", "    encapsulation: Dot1Q\n    links: [{name: link3}]\n",
        ["6: ER913 name: found link3; allowed link1, link2"],
    ),
    "no encapsulation": ("    encapsulation: Dot1Q\n", "", ["3: ER912 encapsulation: missing"]),
    "a VLAN as encapsulation": (
        "encapsulation: Dot1Q", "encapsulation: dot1q",
        ["5: ER913 encapsulation: found dot1q; allowed Dot1Q, QinQ"],
    ),
    "a name twice": (
        "circuits:\n", "  - {name: er-port, bandwidthInGbps: 100, encapsulation: QinQ}\ncircuits:\n",
        ["6: ER102 name: found er-port twice in expressRoutePorts; allowed once (first in line 3)"],
    ),
    "not a block": (
        "expressRoutePorts:\n  - name: er-port\n    bandwidthInGbps: 10\n    encapsulation: Dot1Q\n",
        "expressRoutePorts: er-port\n",
        [
            "2: ER913 expressRoutePorts: found er-port; allowed a list",
            "5: ER711 expressRoutePort: found er-port; allowed none, the file has no expressRoutePorts",
            "14: ER711 expressRoutePort: found er-port; allowed none, the file has no expressRoutePorts",
        ],
    ),
    "a reference that is no mapping": (
        "  - name: b\n    expressRoutePort: {id: er-port}", "  - name: b\n    expressRoutePort: er-port",
        ["17: ER913 expressRoutePort: found er-port; allowed a mapping"],
    ),
}


@pytest.mark.rule("ER702", "ER703", "ER704", "ER705", "ER706", "ER710", "ER711")
@pytest.mark.parametrize("name", BAD)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    old, new, expected = BAD[name]
    assert said(tmp_path, change(old, new, DIRECT)) == [f"circuit.yml:{line}" for line in expected]


@pytest.mark.rule("ER703", "ER706", "ER707")
def test_a_port_pair_with_twice_its_bandwidth(tmp_path: Path) -> None:
    assert said(tmp_path, DIRECT) == []
    spec = read(tmp_path, DIRECT).spec
    (port,) = spec.ports
    assert (port.ce, port.encapsulation, port.bandwidth_gbps) == ("ce1", "Dot1Q", 10), "the only CE's"
    assert port.links_enabled == (True, True), "what a file leaves out, up walks at once"
    assert [(c.port, c.bandwidth_gbps, c.provider_state) for c in spec.circuits] == [("er-port", 10, "Provisioned")] * 2


@pytest.mark.rule("ER705")
def test_with_qinq_circuits_may_share_a_c_tag(tmp_path: Path) -> None:
    spec = read(tmp_path, change("vlanId: 101", "vlanId: 100", change("Dot1Q", "QinQ", DIRECT))).spec
    assert said(tmp_path, change("vlanId: 101", "vlanId: 100", change("Dot1Q", "QinQ", DIRECT))) == []
    assert len({c.stag for c in spec.circuits}) == 2
    assert spec.handoff(spec.customer_edges[0]) == "qinq"


@pytest.mark.rule("ER710")
def test_a_providers_circuit_comes_over_another_ce(tmp_path: Path) -> None:
    provided = change(B, "  - name: b\n", DIRECT)
    alone = tmp_path / "circuit.yml"
    alone.write_text(provided)
    with pytest.raises(Mistakes) as refused:
        load(str(alone), tmp_path, lint=False)
    assert [m.sentence() for m in refused.value.mistakes] == [
        f"ER710 customerEdges: the {path} path of b has no CE: the cable of ce1 is port pair er-port"
        for path in ("primary", "secondary")
    ]
    with_two = change("  - name: ce1", "  - name: ce1\n  - name: ce2", provided)
    spec = read(tmp_path, change("er-port\n    band", "er-port\n    customerEdge: ce1\n    band", with_two)).spec
    assert [[e.name for e in spec.ces_of(c)] for c in spec.circuits] == [["ce1"], ["ce2"]]
    assert [[c.name for c in spec.circuits_of(e)] for e in spec.customer_edges] == [["a"], ["b"]]


@pytest.mark.rule("ER701")
@pytest.mark.parametrize(
    ("ce", "expected"),
    [("ce1", "found ce1; allowed a CE that is cabled to both MSEEs (the topology has none)"),
     ("ce9", "found ce9; allowed a CE of the file")],
)
def test_a_port_pair_is_cabled_to_both_msees(tmp_path: Path, ce: str, expected: str) -> None:
    text = change("er-port\n    band", f"er-port\n    customerEdge: {ce}\n    band", DIRECT)
    text = change("lab: direct", "lab: direct\ntopology: dual-ce", text)
    text = change("  - name: ce1", "  - name: ce1\n  - name: ce2", text)
    (tmp_path / "circuit.yml").write_text(text)
    with pytest.raises(Mistakes) as refused:
        load("circuit.yml", tmp_path, lint=False)
    assert [str(m) for m in refused.value.mistakes if m.rule == "ER701"] == [
        f"circuit.yml:5: ER701 customerEdge: {expected}"
    ]


@pytest.mark.rule("ER711")
def test_a_direct_circuit_as_azure_prints_it_alone(tmp_path: Path) -> None:
    id_ = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/expressRoutePorts/er-port"
    printed = change(
        "name: er-lab\n",
        f"name: er-lab\nid: {id_.replace('Ports/er-port', 'Circuits/er-lab')}\nbandwidthInGbps: 10.0\n"
        f"expressRoutePort: {{id: {id_}, resourceGroup: rg}}\nserviceProviderProperties: null\n",
    )
    found = read(tmp_path, printed)
    assert found.mistakes == []
    assert [m.rule for m in found.warnings] == ["ER711"]
    assert found.spec.circuits[0].port is None
    with_port = printed + (
        "expressRoutePorts:\n"
        f"  - {{name: er-port, id: {id_}, bandwidthInGbps: 10, encapsulation: Dot1Q,\n"
        "     etherType: '0x8100', mtu: '1500',\n"
        "     links: [{name: link1, adminState: Enabled, routerName: r, rackId: x, connectorType: LC},\n"
        "             {name: link2, adminState: Disabled, routerName: r}], provisionedBandwidthInGbps: 10.0}\n"
    )
    found = read(tmp_path, with_port)
    assert (found.mistakes, found.warnings) == ([], [])
    assert (found.spec.circuits[0].port, found.spec.circuits[0].bandwidth_gbps) == ("er-port", 10)
    assert found.spec.ports[0].links_enabled == (True, False)


@pytest.mark.rule("ER713", "ER714")
def test_what_is_not_emulated_is_read_over(tmp_path: Path) -> None:
    secret = "{cakSecretIdentifier: a, cknSecretIdentifier: b, cipher: GcmAes256, sciState: Disabled}"
    links = f"    links: [{{name: link1, macSecConfig: {secret}}}]\n"
    text = change("    encapsulation: Dot1Q\n", "    encapsulation: Dot1Q\n" + links, DIRECT)
    text = change(B, B + "    enableDirectPortRateLimit: true\n", text)
    found = read(tmp_path, text)
    assert (found.mistakes, found.warnings) == ([], [])
    assert read(tmp_path, DIRECT).spec.ports == found.spec.ports


def test_a_provider_without_values_is_none(tmp_path: Path) -> None:
    blank = "    serviceProviderProperties: {serviceProviderName: null, bandwidthInMbps: null}\n"
    assert said(tmp_path, change(B, B + blank, DIRECT)) == []


def test_rest_nests_ports_and_links(tmp_path: Path) -> None:
    nested = change(
        "    bandwidthInGbps: 10\n    encapsulation: Dot1Q\n",
        "    properties: {bandwidthInGbps: 10, encapsulation: Dot1Q,\n"
        "      links: [{name: link2, properties: {adminState: Disabled}}]}\n",
        DIRECT,
    )
    assert said(tmp_path, nested) == []
    assert read(tmp_path, nested).spec.ports[0].links_enabled == (True, False)


def test_the_document_says_the_same() -> None:
    lab = load("direct-ports", Path("/"), lint=False)
    spec = replace(lab.spec, ports=(replace(lab.spec.ports[0], links_enabled=(False, True)),))
    again = reread(document_of(spec, {}), spec, lab.topology, {})
    assert replace(again, lines={}) == replace(spec, lines={})
    assert "handoff" not in document_of(spec, {})["customerEdges"][0], "the encapsulation says it"


@pytest.mark.rule("ER707")
def test_an_apply_leaves_a_links_state_alone_where_the_file_is_silent(tmp_path: Path) -> None:
    spec = read(tmp_path, DIRECT).spec
    running = replace(spec, ports=(replace(spec.ports[0], links_enabled=(False, True)),))
    assert carried(running, spec).ports[0].links_enabled == (False, True)
    said_so = change("    encapsulation: Dot1Q\n", "    encapsulation: Dot1Q\n    links: [{name: link1}]\n", DIRECT)
    assert carried(running, read(tmp_path, said_so).spec).ports[0].links_enabled == (True, True)


def test_a_circuit_without_ports_is_as_before() -> None:
    spec = read_spec(topologies.folder("dual-path") / "circuit.yml")
    assert spec.ports == ()
    assert spec.handoff(spec.customer_edges[0]) == "dot1q"
    assert [c.port for c in spec.circuits] == [None]


def test_a_name_that_is_hostile(tmp_path: Path) -> None:
    hostile = change("  - name: er-port\n", '  - name: "../../etc\\n"\n', DIRECT)
    assert said(tmp_path, hostile)[0].startswith("circuit.yml:3: ER101 name: found ../../etc")
    with pytest.raises(Impossible):
        read_spec(tmp_path / "circuit.yml")

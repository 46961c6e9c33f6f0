"""The circuit file as values, and rules between its blocks."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from lab.circuit.models import KeyRef, PrefixRange
from lab.errors import Mistakes
from lab.files.circuit_file import CircuitFile, read_spec
from tests.pure.files.samples import SMALLEST, TWO, V6, change, read, said


@pytest.mark.rule("ER201", "ER204", "ER402")
def test_the_transcript_of_three_wrong_values(tmp_path: Path) -> None:
    text = change("65010", "65515")
    text = change("100.128/30", "100.128/29", text)
    text = change("10.100.0.0/16", "192.168.0.0/16", text)
    found = read(tmp_path, text).mistakes
    assert [str(m) for m in found] == [
        "circuit.yml:4: ER204 peerASN: found 65515; allowed 1-4294967295 except 12076, 65515-65520",
        "circuit.yml:5: ER201 primaryPeerAddressPrefix: found 192.168.100.128/29; allowed a /30",
        "circuit.yml:10: ER402 addressPrefixes: found 192.168.0.0/16; allowed any without a link (line 6)",
    ]
    assert [m.hint for m in found] == ["", "a /29 gives both: 192.168.100.128/30 and 192.168.100.132/30", ""]
    assert Mistakes(found).message == "3 mistakes, nothing changed"


@pytest.mark.rule("ER405", "ER408")
def test_the_smallest_file_and_what_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "circuit.yml").write_text(SMALLEST)
    spec = read_spec(tmp_path / "circuit.yml")
    assert (spec.lab, spec.topology) == ("er-lab", "dual-path")
    circuit = spec.circuit("er-lab")
    assert (circuit.tier, circuit.sku_family, circuit.provisioned) == ("Standard", "MeteredData", True)
    assert (circuit.vnets, circuit.stag) == (("hub",), 8)
    peering = circuit.peerings[0]
    assert (peering.peer_asn, peering.vlan_id, peering.families, peering.shared_key) == (65010, 100, ("ipv4",), None)
    subnet = peering.subnet("secondary", "ipv4")
    assert subnet is not None
    assert (subnet.ce, subnet.msee) == ("192.168.100.133", "192.168.100.134")
    hub = spec.vnet("hub")
    assert hub.gateway_subnets == (ip_network("10.100.0.0/27"),)
    assert hub.host("ipv4") == "10.100.0.36"
    edge = spec.customer_edges[0]
    assert (edge.name, edge.kind, edge.handoff, edge.redistribute_connected) == ("ce1", None, "dot1q", False)
    assert edge.advertised("ipv4") == (ip_network("10.10.0.0/16"),)
    assert spec.lines["customerEdges.ce1.advertise"] == 13
    assert spec.lines["circuits.er-lab.AzurePrivatePeering.vlanId"] == 7


def test_without_customer_edges_one_is_generated(tmp_path: Path) -> None:
    found = read(tmp_path, SMALLEST[: SMALLEST.index("customerEdges")])
    assert not found.edges_given
    assert [(e.name, e.advertise) for e in found.spec.customer_edges] == [("ce1", ())]


@pytest.mark.rule("ER201", "ER219")
def test_ipv6_beside_and_alone(tmp_path: Path) -> None:
    both = change("virtualNetworks", V6 + "virtualNetworks")
    both = change("[10.100.0.0/16]", '[10.100.0.0/16, "fd00:100::/48"]', both)
    spec = read(tmp_path, both).spec
    hub = spec.vnet("hub")
    assert spec.circuits[0].peerings[0].families == ("ipv4", "ipv6")
    assert hub.gateway_subnet("ipv6") == ip_network("fd00:100::/64")
    assert hub.host("ipv6") == "fd00:100::24"
    alone = "".join(line for line in both.splitlines(True) if "192.168" not in line)
    found = read(tmp_path, alone)
    assert found.mistakes == []
    assert found.spec.circuits[0].peerings[0].families == ("ipv6",)
    wrong = change("fd00:64::4/126", "fd00:64::8/125", both)
    (mistake,) = read(tmp_path, wrong).mistakes
    assert mistake.sentence() == "ER201 secondaryPeerAddressPrefix: found fd00:64::8/125; allowed a /126"
    assert mistake.hint == "a /125 gives both: fd00:64::8/126 and fd00:64::c/126"
    disabled = read(tmp_path, change("ipv6PeeringConfig:\n", "ipv6PeeringConfig:\n      state: Disabled\n", both))
    assert [w.rule for w in disabled.warnings] == ["ER219"]
    assert disabled.spec.circuits[0].peerings[0].families == ("ipv4",)


def test_every_mistake_of_a_file_in_one_run(tmp_path: Path) -> None:
    text = change("65010", '"x"')
    text = change("100.132/30", "100.132/24", text)
    text = change("vlanId: 100", "vlanId: 5000\n    vlanId: 1\n    stat: Enabled", text)
    text = change("name: ce1", "name: ce 1", text)
    found = read(tmp_path, text).mistakes
    assert [(m.line, m.rule) for m in found] == [
        (4, "ER913"),
        (6, "ER201"),
        (7, "ER205"),
        (8, "ER904"),
        (9, "ER911"),
        (14, "ER101"),
    ]


@pytest.mark.rule("ER203", "ER205", "ER505")
def test_circuits_that_share_a_ce(tmp_path: Path) -> None:
    assert said(tmp_path, TWO) == []
    same_vlan = change("101\n", "100\n", TWO)
    assert said(tmp_path, same_vlan) == [
        "circuit.yml:14: ER205 vlanId: found 100; allowed one that no other circuit on ce1 has (a, line 7)"
    ]
    assert said(tmp_path, change("name: ce1", "name: ce1\n    handoff: qinq", same_vlan)) == []
    apart = change("  - name: ce1\n", "  - {name: ce1, circuits: [a]}\n  - {name: ce2, circuits: [b]}\n", same_vlan)
    assert said(tmp_path, apart) == []
    assert said(tmp_path, change("101.128", "100.128", TWO)) == [
        (
            "circuit.yml:15: ER203 primaryPeerAddressPrefix: found 192.168.100.128/30; "
            "allowed any apart from a's (line 8), as ce1 has both"
        )
    ]
    other_as = TWO[::-1].replace("65010"[::-1], "65011"[::-1], 1)[::-1]
    assert said(tmp_path, other_as) == [
        "circuit.yml:13: ER505 peerASN: found 65011, and 65010 on a; allowed one AS on the generated router ce1"
    ]
    assert said(tmp_path, change("name: ce1", "name: ce1\n    kind: exabgp", other_as)) == []


@pytest.mark.rule("ER106")
def test_s_tags(tmp_path: Path) -> None:
    spec = read(tmp_path, change("  - name: b", "  - name: b\n    stag: 8", TWO)).spec
    assert [c.stag for c in spec.circuits] == [9, 8]
    twice = change("  - name: a", "  - name: a\n    stag: 8", change("  - name: b", "  - name: b\n    stag: 8", TWO))
    assert said(tmp_path, twice) == [
        "circuit.yml:12: ER106 stag: found 8; allowed one that no other circuit has (a has it)"
    ]


@pytest.mark.rule("ER403")
def test_vnets_of_a_circuit(tmp_path: Path) -> None:
    second = "  - {name: apps, addressSpace: {addressPrefixes: [10.100.128.0/17]}}\ncustomerEdges"
    assert said(tmp_path, change("customerEdges", second)) == [
        "circuit.yml:11: ER403 addressPrefixes: found 10.100.128.0/17; allowed any apart from VNet hub (line 10)"
    ]
    assert (
        said(tmp_path, change("name: er-lab", "name: er-lab\nconnections: [hub]", change("customerEdges", second)))
        == []
    )


@pytest.mark.rule("ER404")
def test_five_circuits_on_one_vnet(tmp_path: Path) -> None:
    circuits = "".join(f"  - {{name: c{n}}}\n" for n in range(5))
    vnets = "virtualNetworks: [{name: hub, addressSpace: {addressPrefixes: [10.0.0.0/8]}}]\n"
    text = f"lab: x\ncircuits:\n{circuits}{vnets}"
    assert said(tmp_path, text) == [
        "circuit.yml:8: ER404 virtualNetworks: found 5 circuits connected to hub; allowed 4 at most"
    ]


@pytest.mark.rule("ER102")
def test_names_are_given_once(tmp_path: Path) -> None:
    assert said(tmp_path, change("name: b", "name: a", TWO)) == [
        "circuit.yml:10: ER102 name: found a twice in circuits; allowed once (first in line 3)"
    ]


def test_the_lab_of_several_circuits_is_called_after_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "site-ams"
    folder.mkdir()
    (folder / "circuit.yml").write_text(change("lab: pair\n", "", TWO))
    (folder / "both.yml").write_text(change("lab: pair\n", "", TWO))
    (folder / "named.yml").write_text(change("lab: pair\n", "name: er-both\n", TWO))
    assert read_spec(folder / "circuit.yml").lab == "site-ams"
    assert read_spec(folder / "both.yml").lab == "both"
    assert read_spec(folder / "named.yml").lab == "er-both"


@pytest.mark.rule("ER211", "ER501")
def test_ranges_and_limits(tmp_path: Path) -> None:
    text = change("[10.10.0.0/16]", "[{first: 10.64.0.0/24, count: 4001}]")
    found = read(tmp_path, text)
    assert found.mistakes == []
    assert [str(w) for w in found.warnings] == [
        "circuit.yml:13: ER211 advertise: 4001 ipv4 prefixes: er-lab takes 4000 and drops the session above"
    ]
    assert found.spec.customer_edges[0].advertise == (PrefixRange(ip_network("10.64.0.0/24"), 4001),)
    premium = read(tmp_path, change("name: er-lab", "name: er-lab\nsku: {tier: Premium}", text))
    assert premium.warnings == []


@pytest.mark.rule("ER206", "ER207", "ER208")
def test_shared_keys_are_never_shown(tmp_path: Path) -> None:
    def with_key(value: str) -> CircuitFile:
        return read(tmp_path, change("    vlanId", f"    sharedKey: {value}\n    vlanId"))

    literal = with_key("Sesame12345")
    assert [w.rule for w in literal.warnings] == ["ER208"]
    assert literal.spec.circuits[0].peerings[0].shared_key == KeyRef("literal", "sharedKey")
    assert literal.literals == {"er-lab/AzurePrivatePeering": "Sesame12345"}
    assert "Sesame" not in repr(literal) + repr(literal.spec)
    (wrong,) = with_key("Sesame-12345").mistakes
    assert wrong.sentence() == (
        "ER207 sharedKey: found 12 characters, the 7th is not a letter or digit; allowed 1-25 letters and digits"
    )
    (long,) = with_key("S" * 26).mistakes
    assert long.found == "26 characters"
    for bad in (
        "[Sesame1]",
        "{Sesame1: x}",
        "{env: {Sesame1: x}}",
        "{env: 'Sesame1 !'}",
        "{env: [Sesame1]}",
        "{file: 77}",
        "{env: A, file: Sesame1}",
        "{}",
        "1234567",
        "{env: ''}",
    ):
        found = with_key(bad)
        assert len(found.mistakes) == 1, bad
        assert all("Sesame" not in str(m) + m.hint and "1234567" not in str(m) for m in found.mistakes)

"""The rules of a circuit file: what is refused, with its line, and what is taken."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from lab.circuit.models import KeyRef, PrefixRange
from lab.errors import Mistakes
from lab.files.circuit_file import CircuitFile, read_circuit, read_spec

SMALLEST = """\
name: er-lab
peerings:
  - name: AzurePrivatePeering
    peerASN: 65010
    primaryPeerAddressPrefix: 192.168.100.128/30    # CE .129, MSEE .130
    secondaryPeerAddressPrefix: 192.168.100.132/30  # CE .133, MSEE .134
    vlanId: 100
virtualNetworks:
  - name: hub
    addressSpace: {addressPrefixes: [10.100.0.0/16]}
customerEdges:
  - name: ce1
    advertise: [10.10.0.0/16]
"""
V6 = """\
    ipv6PeeringConfig:
      primaryPeerAddressPrefix: fd00:64::/126
      secondaryPeerAddressPrefix: fd00:64::4/126
"""
TWO = """\
lab: pair
circuits:
  - name: a
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: 100
        primaryPeerAddressPrefix: 192.168.100.128/30
        secondaryPeerAddressPrefix: 192.168.100.132/30
  - name: b
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: 101
        primaryPeerAddressPrefix: 192.168.101.128/30
        secondaryPeerAddressPrefix: 192.168.101.132/30
customerEdges:
  - name: ce1
"""


def read(tmp_path: Path, text: str) -> CircuitFile:
    (tmp_path / "circuit.yml").write_text(text)
    return read_circuit(tmp_path / "circuit.yml", "circuit.yml")


def said(tmp_path: Path, text: str) -> list[str]:
    try:
        return [str(m) for m in read(tmp_path, text).mistakes]
    except Mistakes as error:
        return [str(m) for m in error.mistakes]


def change(old: str, new: str, text: str = SMALLEST) -> str:
    assert old in text
    return text.replace(old, new)


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


def test_the_smallest_file_and_what_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "circuit.yml").write_text(SMALLEST)
    spec = read_spec(tmp_path / "circuit.yml")
    assert (spec.lab, spec.topology) == ("er-lab", "dual-path")
    circuit = spec.circuit("er-lab")
    assert (circuit.tier, circuit.sku_family, circuit.provisioned) == ("Standard", "MeteredData", True)
    assert (circuit.connections, circuit.stag) == (("hub",), 8)
    peering = circuit.peerings[0]
    assert (peering.peer_asn, peering.vlan_id, peering.families, peering.shared_key) == (65010, 100, ("ipv4",), None)
    subnet = peering.subnet("secondary", "ipv4")
    assert subnet is not None
    assert (subnet.ce, subnet.msee) == ("192.168.100.133", "192.168.100.134")
    hub = spec.vnet("hub")
    assert hub.gateway_subnets == (ip_network("10.100.0.0/27"),)
    assert hub.host("ipv4") == "10.100.0.36"
    edge = spec.customer_edges[0]
    assert (edge.name, edge.kind, edge.handoff, edge.redistribute_connected) == ("ce1", "frr", "dot1q", False)
    assert edge.advertised("ipv4") == (ip_network("10.10.0.0/16"),)
    assert spec.lines["customerEdges.ce1.advertise"] == 13
    assert spec.lines["circuits.er-lab.AzurePrivatePeering.vlanId"] == 7


def test_without_customer_edges_one_is_generated(tmp_path: Path) -> None:
    found = read(tmp_path, SMALLEST[: SMALLEST.index("customerEdges")])
    assert not found.edges_given
    assert [(e.name, e.advertise) for e in found.spec.customer_edges] == [("ce1", ())]


ASN = "; allowed 1-4294967295 except 12076, 65515-65520"
BAD = {
    # name: old, new, what is said
    "ASN 12076": ("65010", "12076", ["4: ER204 peerASN: found 12076" + ASN]),
    "ASN 65520": ("65010", "65520", ["4: ER204 peerASN: found 65520" + ASN]),
    "ASN 0": ("65010", "0", ["4: ER204 peerASN: found 0" + ASN]),
    "AS_TRANS": ("65010", "23456", ["4: ER204 peerASN: found 23456" + ASN]),
    "ASN 65535": ("65010", "65535", ["4: ER204 peerASN: found 65535" + ASN]),
    "ASN 2^32": ("65010", "4294967296", ["4: ER204 peerASN: found 4294967296" + ASN]),
    "ASN -1": ("65010", "-1", ["4: ER204 peerASN: found -1" + ASN]),
    "ASN as text": ("65010", '"65010"', ['4: ER913 peerASN: found "65010"; allowed a whole number']),
    "ASN dotted": ("65010", "1.10", ["4: ER913 peerASN: found 1.10; allowed a whole number"]),
    "ASN true": ("65010", "true", ["4: ER913 peerASN: found true; allowed a whole number"]),
    "ASN missing": ("    peerASN: 65010\n", "", ["3: ER912 peerASN: missing"]),
    "ASN null": ("65010", "null", ["4: ER913 peerASN: found null; allowed a whole number"]),
    "VLAN 0": ("vlanId: 100", "vlanId: 0", ["7: ER205 vlanId: found 0; allowed 1-4094"]),
    "VLAN 4095": ("vlanId: 100", "vlanId: 4095", ["7: ER205 vlanId: found 4095; allowed 1-4094"]),
    "a /31": ("100.128/30", "100.128/31", ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.128/31; allowed a /30"]),
    "an address": ("100.128/30", "100.128", ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.128; allowed a /30"]),
    "a netmask": (
        "100.128/30", "100.128/255.255.255.252",
        ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.128/255.255.255.252; allowed a /30"],
    ),
    "host bits": (
        "100.128/30", "100.129/30",
        ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.129/30; allowed 192.168.100.128/30"],
    ),
    "multicast": (
        "192.168.100.128/30", "224.0.0.0/30",
        ["5: ER201 primaryPeerAddressPrefix: found 224.0.0.0/30; allowed a /30 of unicast addresses"],
    ),
    "IPv6 as IPv4": (
        "192.168.100.128/30", '"fd00::/126"',
        ["5: ER201 primaryPeerAddressPrefix: found fd00::/126; allowed an IPv4 /30"],
    ),
    "one link twice": (
        "100.132/30", "100.128/30",
        ["6: ER203 secondaryPeerAddressPrefix: found 192.168.100.128/30; "
         "allowed any apart from 192.168.100.128/30 (line 5)"],
    ),
    "one path": (
        "    secondaryPeerAddressPrefix: 192.168.100.132/30  # CE .133, MSEE .134\n", "",
        ["3: ER210 secondaryPeerAddressPrefix: missing; a circuit has a link subnet on both paths"],
    ),
    "both links in a VNet": (
        "10.100.0.0/16", "192.168.0.0/16",
        ["10: ER402 addressPrefixes: found 192.168.0.0/16; allowed any without a link (lines 5, 6)"],
    ),
    "an unknown key": ("vlanId", "vlanID", ["7: ER911 vlanID: unknown key; did you mean vlanId"]),
    "a distant key": ("    vlanId", "    zzz: 1\n    vlanId", ["7: ER911 zzz: unknown key"]),
    "a list as text": ("[10.10.0.0/16]", "10.10.0.0/16", ["13: ER913 advertise: found 10.10.0.0/16; allowed a list"]),
    "a text as list": ("name: er-lab", "name: [er-lab]", ["1: ER913 name: found a list; allowed text"]),
    "a name as number": ("name: hub", "name: 7", ["9: ER913 name: found 7; allowed text"]),
    "a bad name": (
        "name: hub", "name: hub 1",
        ["9: ER101 name: found hub 1; allowed 1-80 letters, digits, - _ and ., a letter or digit first"],
    ),
    "no space": ("[10.100.0.0/16]", "[]", ["10: ER401 addressPrefixes: found none; allowed one or more prefixes"]),
    "space with host bits": (
        "10.100.0.0/16", "10.100.0.1/16", ["10: ER401 addressPrefixes: found 10.100.0.1/16; allowed 10.100.0.0/16"],
    ),
    "all of the internet as a VNet": (
        "10.100.0.0/16", "0.0.0.0/0",
        ["10: ER401 addressPrefixes: found 0.0.0.0/0; allowed a prefix of private or public addresses"],
    ),
    "a tiny VNet": (
        "10.100.0.0/16", "10.100.0.0/27",
        ["10: ER405 addressPrefixes: found 10.100.0.0/27; "
         "allowed a first prefix of /26 or larger (its GatewaySubnet, and a host that answers)"],
    ),
    "space in space": (
        "[10.100.0.0/16]", "[10.100.0.0/16, 10.100.4.0/24]",
        ["10: ER403 addressPrefixes: found 10.100.4.0/24; allowed any outside 10.100.0.0/16 (line 10)"],
    ),
    "advertised host bits": (
        "10.10.0.0/16", "10.10.0.1/16", ["13: ER501 advertise: found 10.10.0.1/16; allowed 10.10.0.0/16"],
    ),
    "advertised nonsense": (
        "[10.10.0.0/16]", "[everything]",
        ["13: ER501 advertise: found everything; allowed a prefix such as 10.10.0.0/16 or fd00:10::/48"],
    ),
    "a range of none": (
        "[10.10.0.0/16]", "[{first: 10.64.0.0/24, count: 0}]", ["13: ER501 count: found 0; allowed 1-100000"],
    ),
    "a range without end": (
        "[10.10.0.0/16]", "[{first: 255.0.0.0/8, count: 2}]", ["13: ER501 first: found 255.0.0.0/8; allowed unicast addresses"],
    ),
    "a range over the edge": (
        "[10.10.0.0/16]", "[{first: 223.0.0.0/9, count: 3}]",
        ["13: ER501 count: found 3; allowed as many as there are unicast /9 from 223.0.0.0/9 on"],
    ),
    "a range without count": ("[10.10.0.0/16]", "[{first: 10.64.0.0/24}]", ["13: ER912 count: missing"]),
    "an unknown kind": ("    advertise", "    kind: junos\n    advertise", ["13: ER913 kind: found junos; allowed frr, exabgp"]),
    "no such file": (
        "    advertise", "    config: ce9.conf\n    advertise",
        ["13: ER502 config: found ce9.conf, which is not a file"],
    ),
    "ExaBGP with config": (
        "    advertise", "    config: circuit.yml\n    kind: exabgp\n    advertise",
        ["13: ER508 config: allowed with kind frr only: it is an FRR file"],
    ),
    "own config redistributes": (
        "    advertise", "    config: circuit.yml\n    redistribute: [connected]\n    advertise",
        ["14: ER508 redistribute: allowed on a generated FRR router only"],
    ),
    "a circuit that is not": (
        "    advertise", "    circuits: [er-x]\n    advertise", ["13: ER506 circuits: found er-x; allowed er-lab"],
    ),
    "a VNet that is not": ("name: er-lab", "name: er-lab\nconnections: [hbu]", ["2: ER406 connections: found hbu; allowed hub"]),
    "a VNet twice": (
        "name: er-lab", "name: er-lab\nconnections: [hub, hub]", ["2: ER102 connections: found hub twice; allowed once"],
    ),
    "an S-tag": ("name: er-lab", "name: er-lab\nstag: 4095", ["2: ER106 stag: found 4095; allowed 1-4094"]),
    "checks": (
        "name: er-lab", "name: er-lab\nchecks: [{id: x}]",
        ["2: ER301 checks: this version does private peering and the checks that follow from the circuit only"],
    ),
    "route filters": (
        "name: er-lab", "name: er-lab\nrouteFilters: [{name: x}]",
        ["2: ER301 routeFilters: this version does private peering only; route filters belong to MicrosoftPeering"],
    ),
    "another peering": (
        "AzurePrivatePeering", "MicrosoftPeering",
        ["3: ER301 MicrosoftPeering: this version does private peering only; MicrosoftPeering is not emulated yet"],
    ),
    "public peering": (
        "AzurePrivatePeering", "AzurePublicPeering",
        ["3: ER209 AzurePublicPeering: AzurePublicPeering was retired on 31 March 2024"],
    ),
    "no peering": ("AzurePrivatePeering", "Private", ["3: ER209 name: found Private; allowed AzurePrivatePeering, MicrosoftPeering"]),
    "a lab's name": (
        "name: er-lab", "name: er-lab\nlab: ../up",
        ["2: ER101 lab: found ../up; allowed 1-80 letters, digits, - _ and ., a letter or digit first"],
    ),
    "a tier": ("name: er-lab", "name: er-lab\nsku: {tier: Gold}", ["2: ER913 tier: found Gold; allowed Local, Standard, Premium"]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    old, new, expected = BAD[name]
    assert said(tmp_path, change(old, new)) == [f"circuit.yml:{line}" for line in expected]


GOOD = {
    "4-byte ASN": ("65010", "4200000000"),
    "ASN 65521": ("65010", "65521"),
    "VLAN 4094": ("vlanId: 100", "vlanId: 4094"),
    "link-local IPv4, as Megaport does": ("192.168.100.128/30", "169.254.194.40/30"),
    "public links": ("192.168.100.128/30", "101.0.0.0/30"),
    "a default route": ("[10.10.0.0/16]", '[0.0.0.0/0, "::/0"]'),
    "a /32": ("[10.10.0.0/16]", "[10.10.0.1/32]"),
    "no connection": ("name: er-lab", "name: er-lab\nconnections: []"),
    "no peering": (SMALLEST[SMALLEST.index("peerings") : SMALLEST.index("virtual")], "peerings: []\n"),
    "nulls": ("vlanId: 100", "vlanId: 100\n    sharedKey: null\n    ipv6PeeringConfig: null\n    state: null"),
    "a GatewaySubnet elsewhere": (
        "    addressSpace", "    subnets: [{name: GatewaySubnet, addressPrefix: 10.100.255.0/27}]\n    addressSpace",
    ),
    "a /26": ("10.100.0.0/16", "10.100.0.0/26"),
    "a VNet around an unconnected circuit's link": ("name: er-lab", "name: er-lab\nconnections: []\nlab: x"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_taken(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, change(*GOOD[name])) == []


@pytest.mark.parametrize(
    ("subnet", "expected"),
    [
        ("10.100.255.0/28", "ER405 GatewaySubnet: found 10.100.255.0/28; allowed a /27 or larger"),
        ("10.101.0.0/27", "ER405 GatewaySubnet: found 10.101.0.0/27; allowed a part of the VNet's address space"),
        ("10.100.0.32/27", "ER408 GatewaySubnet: found 10.100.0.32/27; allowed any where 10.100.0.36 is left to the host"),
    ],
)
def test_a_gateway_subnet(tmp_path: Path, subnet: str, expected: str) -> None:
    block = f"    subnets: [{{name: GatewaySubnet, addressPrefix: {subnet}}}]\n    addressSpace"
    assert said(tmp_path, change("    addressSpace", block)) == [f"circuit.yml:10: {expected}"]


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
        (4, "ER913"), (6, "ER201"), (7, "ER205"), (8, "ER904"), (9, "ER911"), (14, "ER101"),
    ]


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
        "circuit.yml:15: ER203 primaryPeerAddressPrefix: found 192.168.100.128/30; "
        "allowed any apart from 192.168.100.128/30 of a (line 8), since ce1 has both"
    ]
    other_as = TWO[::-1].replace("65010"[::-1], "65011"[::-1], 1)[::-1]
    assert said(tmp_path, other_as) == [
        "circuit.yml:13: ER505 peerASN: found 65011, and 65010 on a; allowed one AS on the generated router ce1"
    ]
    assert said(tmp_path, change("name: ce1", "name: ce1\n    kind: exabgp", other_as)) == []


def test_s_tags(tmp_path: Path) -> None:
    spec = read(tmp_path, change("  - name: b", "  - name: b\n    stag: 8", TWO)).spec
    assert [c.stag for c in spec.circuits] == [9, 8]
    twice = change("  - name: a", "  - name: a\n    stag: 8", change("  - name: b", "  - name: b\n    stag: 8", TWO))
    assert said(tmp_path, twice) == ["circuit.yml:12: ER106 stag: found 8; allowed one that no other circuit has (a has it)"]


def test_vnets_of_a_circuit(tmp_path: Path) -> None:
    second = "  - {name: apps, addressSpace: {addressPrefixes: [10.100.128.0/17]}}\ncustomerEdges"
    assert said(tmp_path, change("customerEdges", second)) == [
        "circuit.yml:11: ER403 addressPrefixes: found 10.100.128.0/17; allowed any apart from VNet hub (line 10)"
    ]
    assert said(tmp_path, change("name: er-lab", "name: er-lab\nconnections: [hub]", change("customerEdges", second))) == []


def test_five_circuits_on_one_vnet(tmp_path: Path) -> None:
    circuits = "".join(f"  - {{name: c{n}}}\n" for n in range(5))
    text = f"lab: x\ncircuits:\n{circuits}virtualNetworks:\n  - {{name: hub, addressSpace: {{addressPrefixes: [10.0.0.0/8]}}}}\n"
    assert said(tmp_path, text) == ["circuit.yml:9: ER404 virtualNetworks: found 5 circuits connected to hub; allowed 4 at most"]


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
    for bad in ("[Sesame1]", "{Sesame1: x}", "{env: {Sesame1: x}}", "{env: 'Sesame1 !'}", "{env: [Sesame1]}", "{file: 77}",
                "{env: A, file: Sesame1}", "{}", "1234567", "{env: ''}"):
        found = with_key(bad)
        assert len(found.mistakes) == 1, bad
        assert all("Sesame" not in str(m) + m.hint and "1234567" not in str(m) for m in found.mistakes)

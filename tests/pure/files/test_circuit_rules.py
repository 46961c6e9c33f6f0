"""Each rule of a circuit file: what it refuses, with its line, and what it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pure.files.samples import SMALLEST, change, said

ASN = "; allowed 1-4294967295 except 12076, 65515-65520"
PUBLIC = "public addresses of yours or your provider's (not RFC 1918, RFC 6598, link-local, unique local)"
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
    "a /31": (
        "100.128/30",
        "100.128/31",
        ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.128/31; allowed a /30"],
    ),
    "an address": (
        "100.128/30",
        "100.128",
        ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.128; allowed a /30"],
    ),
    "a netmask": (
        "100.128/30",
        "100.128/255.255.255.252",
        ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.128/255.255.255.252; allowed a /30"],
    ),
    "host bits": (
        "100.128/30",
        "100.129/30",
        ["5: ER201 primaryPeerAddressPrefix: found 192.168.100.129/30; allowed 192.168.100.128/30"],
    ),
    "multicast": (
        "192.168.100.128/30",
        "224.0.0.0/30",
        ["5: ER201 primaryPeerAddressPrefix: found 224.0.0.0/30; allowed a /30 of unicast addresses"],
    ),
    "IPv6 as IPv4": (
        "192.168.100.128/30",
        '"fd00::/126"',
        ["5: ER201 primaryPeerAddressPrefix: found fd00::/126; allowed an IPv4 /30"],
    ),
    "one link twice": (
        "100.132/30",
        "100.128/30",
        [
            (
                "6: ER203 secondaryPeerAddressPrefix: found 192.168.100.128/30; "
                "allowed any apart from 192.168.100.128/30 (line 5)"
            )
        ],
    ),
    "one path": (
        "    secondaryPeerAddressPrefix: 192.168.100.132/30  # CE .133, MSEE .134\n",
        "",
        ["3: ER210 secondaryPeerAddressPrefix: missing; both paths have a link subnet"],
    ),
    "both links in a VNet": (
        "10.100.0.0/16",
        "192.168.0.0/16",
        ["10: ER402 addressPrefixes: found 192.168.0.0/16; allowed any without a link (lines 5, 6)"],
    ),
    "an unknown key": ("vlanId", "vlanID", ["7: ER911 vlanID: unknown key; did you mean vlanId"]),
    "a distant key": ("    vlanId", "    zzz: 1\n    vlanId", ["7: ER911 zzz: unknown key"]),
    "a list as text": ("[10.10.0.0/16]", "10.10.0.0/16", ["13: ER913 advertise: found 10.10.0.0/16; allowed a list"]),
    "a text as list": ("name: er-lab", "name: [er-lab]", ["1: ER913 name: found a list; allowed text"]),
    "a name as number": ("name: hub", "name: 7", ["9: ER913 name: found 7; allowed text"]),
    "a bad name": (
        "name: hub",
        "name: hub 1",
        ["9: ER101 name: found hub 1; allowed 1-80 letters, digits, - _ and ., a letter or digit first"],
    ),
    "no space": ("[10.100.0.0/16]", "[]", ["10: ER401 addressPrefixes: found none; allowed one or more prefixes"]),
    "space with host bits": (
        "10.100.0.0/16",
        "10.100.0.1/16",
        ["10: ER401 addressPrefixes: found 10.100.0.1/16; allowed 10.100.0.0/16"],
    ),
    "all of the internet as a VNet": (
        "10.100.0.0/16",
        "0.0.0.0/0",
        ["10: ER401 addressPrefixes: found 0.0.0.0/0; allowed a prefix of private or public addresses"],
    ),
    "a tiny VNet": (
        "10.100.0.0/16",
        "10.100.0.0/27",
        [("10: ER405 addressPrefixes: found 10.100.0.0/27; allowed a /26 or larger (GatewaySubnet and a host)")],
    ),
    "space in space": (
        "[10.100.0.0/16]",
        "[10.100.0.0/16, 10.100.4.0/24]",
        ["10: ER403 addressPrefixes: found 10.100.4.0/24; allowed any outside 10.100.0.0/16 (line 10)"],
    ),
    "advertised host bits": (
        "10.10.0.0/16",
        "10.10.0.1/16",
        ["13: ER501 advertise: found 10.10.0.1/16; allowed 10.10.0.0/16"],
    ),
    "advertised by path, generated": (
        "advertise: [10.10.0.0/16]",
        "advertise: {primary: [10.10.0.0/16]}",
        ["13: ER508 advertise: by path with config or kind external only; a generated router sends one list"],
    ),
    "advertised on another path": (
        "advertise: [10.10.0.0/16]",
        "config: circuit.yml\n    advertise: {third: [10.10.0.0/16]}",
        ["14: ER911 third: unknown key"],
    ),
    "advertised nonsense": (
        "[10.10.0.0/16]",
        "[everything]",
        ["13: ER501 advertise: found everything; allowed a prefix such as 10.10.0.0/16 or fd00:10::/48"],
    ),
    "a range of none": (
        "[10.10.0.0/16]",
        "[{first: 10.64.0.0/24, count: 0}]",
        ["13: ER501 count: found 0; allowed 1-100000"],
    ),
    "a range without end": (
        "[10.10.0.0/16]",
        "[{first: 255.0.0.0/8, count: 2}]",
        ["13: ER501 first: found 255.0.0.0/8; allowed unicast addresses"],
    ),
    "a range over the edge": (
        "[10.10.0.0/16]",
        "[{first: 223.0.0.0/9, count: 3}]",
        ["13: ER501 count: found 3; allowed as many as there are unicast /9 from 223.0.0.0/9 on"],
    ),
    "a range without count": ("[10.10.0.0/16]", "[{first: 10.64.0.0/24}]", ["13: ER912 count: missing"]),
    "an unknown kind": (
        "    advertise",
        "    kind: junos\n    advertise",
        ["13: ER913 kind: found junos; allowed frr, exabgp, bird, gobgp, openbgpd, external"],
    ),
    "no such file": (
        "    advertise",
        "    config: ce9.conf\n    advertise",
        ["13: ER502 config: found ce9.conf, which is not a file"],
    ),
    "ExaBGP with config": (
        "    advertise",
        "    config: circuit.yml\n    kind: exabgp\n    advertise",
        ["13: ER508 config: allowed with kind frr only: it is an FRR file"],
    ),
    "own config redistributes": (
        "    advertise",
        "    config: circuit.yml\n    redistribute: [connected]\n    advertise",
        ["14: ER508 redistribute: allowed on a generated FRR router only"],
    ),
    "a circuit that is not": (
        "    advertise",
        "    circuits: [er-x]\n    advertise",
        ["13: ER506 circuits: found er-x; allowed er-lab"],
    ),
    "a VNet that is not": (
        "name: er-lab",
        "name: er-lab\nconnections: [hbu]",
        ["2: ER406 connections: found hbu; allowed hub"],
    ),
    "a VNet twice": (
        "name: er-lab",
        "name: er-lab\nconnections: [hub, hub]",
        ["2: ER102 connections: found hub twice; allowed once"],
    ),
    "a connection's weight": (
        "name: er-lab",
        "name: er-lab\nconnections: [{virtualNetwork: hub, routingWeight: 32001}]",
        ["2: ER410 routingWeight: found 32001; allowed 0-32000"],
    ),
    "1,001 blocks": (
        "[10.100.0.0/16]",
        "[" + ", ".join(f"10.{100 + n // 256}.{n % 256}.0/24" for n in range(1001)) + "]",
        ["10: ER409 addressPrefixes: found 1001 prefixes; allowed 1000 at most"],
    ),
    "an S-tag": ("name: er-lab", "name: er-lab\nstag: 4095", ["2: ER106 stag: found 4095; allowed 1-4094"]),
    "checks": (
        "name: er-lab",
        "name: er-lab\nchecks: [{id: x}]",
        ["2: ER921 x: found none; allowed one of sessions, prefixes, reach, failover, converge"],
    ),
    "route filters": (
        "name: er-lab",
        "name: er-lab\nrouteFilters: [{name: x}]",
        ["2: ER310 rules: x has no rules; allowed one, that lists all communities", "2: ER912 rules: missing"],
    ),
    "another peering": (
        "AzurePrivatePeering",
        "MicrosoftPeering",
        [
            (
                "3: ER301 microsoftPeeringConfig: missing: Microsoft peering declares the prefixes that the customer "
                "sends (ipv4)"
            ),
            "5: ER306 primaryPeerAddressPrefix: found 192.168.100.128/30; allowed " + PUBLIC,
            "6: ER306 secondaryPeerAddressPrefix: found 192.168.100.132/30; allowed " + PUBLIC,
        ],
    ),
    "public peering": (
        "AzurePrivatePeering",
        "AzurePublicPeering",
        ["3: ER209 AzurePublicPeering: AzurePublicPeering was retired on 31 March 2024"],
    ),
    "no peering": (
        "AzurePrivatePeering",
        "Private",
        ["3: ER209 name: found Private; allowed AzurePrivatePeering, MicrosoftPeering"],
    ),
    "a lab's name": (
        "name: er-lab",
        "name: er-lab\nlab: ../up",
        ["2: ER101 lab: found ../up; allowed 1-80 letters, digits, - _ and ., a letter or digit first"],
    ),
    "a tier": (
        "name: er-lab",
        "name: er-lab\nsku: {tier: Gold}",
        ["2: ER913 tier: found Gold; allowed Local, Standard, Premium"],
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.rule(
    "ER101", "ER102", "ER106", "ER201", "ER203", "ER204", "ER205", "ER209", "ER210", "ER301", "ER306",
    "ER310", "ER401", "ER402", "ER403", "ER405", "ER406", "ER409", "ER410", "ER501", "ER502", "ER506",
    "ER508", "ER911", "ER912", "ER913", "ER914",
)
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
        "    addressSpace",
        "    subnets: [{name: GatewaySubnet, addressPrefix: 10.100.255.0/27}]\n    addressSpace",
    ),
    "a /26": ("10.100.0.0/16", "10.100.0.0/26"),
    "a VNet around an unconnected circuit's link": ("name: er-lab", "name: er-lab\nconnections: []\nlab: x"),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.rule("ER201", "ER204", "ER205", "ER501")
def test_what_is_taken(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, change(*GOOD[name])) == []


@pytest.mark.parametrize(
    ("subnet", "expected"),
    [
        ("10.100.255.0/28", "ER405 GatewaySubnet: found 10.100.255.0/28; allowed a /27 or larger"),
        ("10.101.0.0/27", "ER405 GatewaySubnet: found 10.101.0.0/27; allowed a part of the VNet's address space"),
        (
            "10.100.0.32/27",
            "ER408 GatewaySubnet: found 10.100.0.32/27; allowed any where 10.100.0.36 is left to the host",
        ),
    ],
)
@pytest.mark.rule("ER405", "ER408")
def test_a_gateway_subnet(tmp_path: Path, subnet: str, expected: str) -> None:
    block = f"    subnets: [{{name: GatewaySubnet, addressPrefix: {subnet}}}]\n    addressSpace"
    assert said(tmp_path, change("    addressSpace", block)) == [f"circuit.yml:10: {expected}"]


@pytest.mark.rule("ER109", "ER110", "ER411")
def test_what_a_circuit_is_ordered_as(tmp_path: Path) -> None:
    ordered = """\
sku: {tier: Local, family: MeteredData}
serviceProviderProperties: {serviceProviderName: Lab Exchange, bandwidthInMbps: 1500}
"""
    vnets = "virtualNetworks:\n" + "".join(
        f"  - name: v{n}\n    addressSpace: {{addressPrefixes: [10.{100 + n}.0.0/16]}}\n" for n in range(11)
    )
    text = SMALLEST.replace("name: er-lab\n", f"name: er-lab\n{ordered}", 1)
    start, end = text.index("virtualNetworks:"), text.index("customerEdges:")
    assert said(tmp_path, text[:start] + vnets + text[end:]) == [
        "circuit.yml:1: ER411 connections: found 11; allowed 10 at most with Local",
        "circuit.yml:2: ER110 family: found MeteredData; allowed UnlimitedData with tier Local",
        "circuit.yml:3: ER109 bandwidthInMbps: found 1500; allowed 50, 100, 200, 500, 1000, 2000, 5000, 10000",
    ]
    premium = text.replace("Local,", "Premium,").replace("1500", "50")
    assert said(tmp_path, premium[: premium.index("virtualNetworks:")] + vnets + text[end:]) == []

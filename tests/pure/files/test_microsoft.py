"""Microsoft peering in a circuit file: what is read, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.circuit.communities import describe, number_of
from lab.circuit.feed import SPACE, allowed, feed
from lab.circuit.models import FAMILIES, family_of, within
from lab.errors import Mistakes
from lab.files.load import load_file
from tests.pure.files.samples import change, read, said

FILE = """\
name: er-public
sku: {tier: Standard, family: MeteredData}
peerings:
  - name: MicrosoftPeering
    peerASN: 65550
    vlanId: 200
    primaryPeerAddressPrefix: 203.0.113.0/30
    secondaryPeerAddressPrefix: 203.0.113.4/30
    microsoftPeeringConfig:
      advertisedPublicPrefixes: [198.51.100.0/24]
      customerASN: 65551
      routingRegistryName: RIPENCC
    routeFilter: {id: weu}
routeFilters:
  - name: weu
    rules: [{access: Allow, communities: [12076:51002]}]
"""
PREFIX, REGISTRY, SUBNET = "[198.51.100.0/24]", "RIPENCC", "203.0.113.0/30"
NOT_PUBLIC = "; allowed public addresses (not RFC 1918, RFC 6598, link-local or unique local)"
LINK = "; allowed public addresses of yours or your provider's (not RFC 1918, RFC 6598, link-local, unique local)"
NAMES = "; allowed AFRINIC, ALTDB, APNIC, ARIN, LACNIC, LEVEL3, RADB, RIPENCC, NONE"
ER301 = "10: ER301 advertisedPublicPrefixes: "
BAD = {
    "a private prefix": (PREFIX, "[10.0.0.0/24]", [f"{ER301}found 10.0.0.0/24{NOT_PUBLIC}"]),
    "a shared prefix": (PREFIX, "[100.64.0.0/24]", [f"{ER301}found 100.64.0.0/24{NOT_PUBLIC}"]),
    "more than private": (PREFIX, "[172.0.0.0/8]", [f"{ER301}found 172.0.0.0/8{NOT_PUBLIC}"]),
    "Microsoft's own": (PREFIX, "[198.18.7.0/24]", [f"{ER301}found 198.18.7.0/24{NOT_PUBLIC}"]),
    "a default route": (
        PREFIX, "[0.0.0.0/0]", [f"{ER301}found 0.0.0.0/0; allowed public prefixes, not the default route"],
    ),
    "no prefix": (PREFIX, "[]", [f"{ER301}none; allowed one public prefix or more"]),
    "IPv6 as IPv4": (PREFIX, '["2001:db8::/32"]', [f"{ER301}found 2001:db8::/32; allowed an IPv4 prefix"]),
    "no prefix at all": (PREFIX, "[all]", [f"{ER301}found all; allowed an IPv4 prefix"]),
    "host bits": (PREFIX, "[198.51.100.1/24]", [f"{ER301}found 198.51.100.1/24; allowed 198.51.100.0/24"]),
    "twice": (PREFIX, "[198.51.100.0/24, 198.51.100.0/24]", [f"{ER301}found 198.51.100.0/24 twice; allowed once"]),
    "a private link": (SUBNET, "192.168.1.0/30", [f"7: ER306 primaryPeerAddressPrefix: found 192.168.1.0/30{LINK}"]),
    "a link-local link": (SUBNET, "169.254.0.0/30", [f"7: ER306 primaryPeerAddressPrefix: found 169.254.0.0/30{LINK}"]),
    "a private customerASN": (
        "65551", "65010", ["11: ER307 customerASN: found 65010; allowed a public AS number, or 0 for none"],
    ),
    "customerASN of Microsoft": (
        "65551", "12076", ["11: ER307 customerASN: found 12076; allowed a public AS number, or 0 for none"],
    ),
    "an unknown registry": (REGISTRY, "RIPE", [f"12: ER309 routingRegistryName: found RIPE{NAMES}"]),
    "an unknown filter": ("{id: weu}", "{id: neu}", ["13: ER310 routeFilter: found neu; allowed weu"]),
    "no community": ("[12076:51002]", "[]", ["16: ER310 communities: none; allowed one or more, 12076:N each"]),
    "another AS": (
        "[12076:51002]", "[65550:1]", ["16: ER310 communities: found 65550:1; allowed 12076:N, such as 12076:51004"],
    ),
    "a number too large": (
        "[12076:51002]", "[12076:65536]",
        ["16: ER310 communities: found 12076:65536; allowed 12076:N, such as 12076:51004"],
    ),
    "Deny": ("access: Allow", "access: Deny", ["16: ER913 access: found Deny; allowed Allow"]),
    "Office 365 on Standard": (
        "[12076:51002]", "[12076:51002, 12076:5010]",
        [
            (
                "13: ER311 routeFilter: weu has Office 365 communities (12076:5010), and er-public is Standard; "
                "allowed with Premium"
            )
        ],
    ),
    "a filter twice": (
        "routeFilters:\n", "routeFilters:\n  - {name: weu, rules: [{access: Allow, communities: [12076:51002]}]}\n",
        ["16: ER102 name: found weu twice in routeFilters; allowed once (first in line 15)"],
    ),
    "two rules": (
        "communities: [12076:51002]}]",
        "communities: [12076:51002]}, {access: Allow, communities: [12076:51003]}]",
        ["16: ER310 rules: weu has 2 rules; allowed one, that lists all communities"],
    ),
}


@pytest.mark.rule("ER301", "ER306", "ER307", "ER309", "ER310", "ER311")
@pytest.mark.parametrize("name", BAD)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    old, new, expected = BAD[name]
    assert said(tmp_path, change(old, new, FILE)) == [f"circuit.yml:{line}" for line in expected]


def test_what_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, FILE)
    assert (found.mistakes, found.warnings) == ([], [])
    (peering,) = found.spec.circuits[0].peerings
    config = peering.microsoft_config("ipv4")
    assert config is not None
    assert ([str(p.network) for p in config.prefixes], config.customer_asn, config.registry) == (
        ["198.51.100.0/24"], 65551, "RIPENCC",
    )
    assert peering.validated("ipv4"), "a file that is silent about the state means that Microsoft has accepted them"
    assert not peering.validated("ipv6")
    assert peering.route_filters == (("ipv4", "weu"),)
    at = "circuits.er-public.MicrosoftPeering"
    assert {key.removeprefix(at): line for key, line in found.spec.lines.items() if key.startswith(at)} == {
        "": 4, ".peerASN": 5, ".vlanId": 6, ".primaryPeerAddressPrefix": 7, ".secondaryPeerAddressPrefix": 8,
        ".microsoftPeeringConfig.advertisedPublicPrefixes": 10, ".microsoftPeeringConfig.customerASN": 11,
        ".microsoftPeeringConfig.routingRegistryName": 12, ".routeFilter": 13,
    }


@pytest.mark.rule("ER303")
@pytest.mark.parametrize("state", ["NotConfigured", "Configuring", "ValidationNeeded"])
def test_a_state_of_the_file_counts(tmp_path: Path, state: str) -> None:
    text = change("      customerASN", f"      advertisedPublicPrefixesState: {state}\n      customerASN", FILE)
    (peering,) = read(tmp_path, text).spec.circuits[0].peerings
    config = peering.microsoft_config("ipv4")
    assert config is not None
    assert config.state == state
    assert not peering.validated("ipv4")


def test_both_peerings_share_no_tag_and_no_link(tmp_path: Path) -> None:
    private = """\
  - name: AzurePrivatePeering
    peerASN: 65550
    vlanId: 200
    primaryPeerAddressPrefix: 203.0.113.4/30
    secondaryPeerAddressPrefix: 192.168.100.132/30
"""
    assert said(tmp_path, change("routeFilters:\n", private + "routeFilters:\n", FILE)) == [
        "circuit.yml:16: ER205 vlanId: found 200; allowed one that the circuit's other peering has not (line 6)",
        (
            "circuit.yml:17: ER203 primaryPeerAddressPrefix: found 203.0.113.4/30; "
            "allowed any apart from 203.0.113.4/30 (line 8)"
        ),
    ]


@pytest.mark.rule("ER319")
def test_kinds_that_have_one_list_for_all_sessions_are_refused(tmp_path: Path) -> None:
    text = FILE + "customerEdges: [{name: ce1, kind: bird}]\n"
    (sentence,) = said(tmp_path, text)
    assert sentence.startswith("circuit.yml:17: ER319 kind: bird is generated for private peering alone")


@pytest.mark.rule("ER301")
def test_private_peering_declares_nothing(tmp_path: Path) -> None:
    text = change("MicrosoftPeering", "AzurePrivatePeering", FILE)
    assert [line.split(":")[1] + line.split(":")[2] for line in said(tmp_path, text)] == [
        "9 ER301 microsoftPeeringConfig", "13 ER301 routeFilter",
    ]


@pytest.mark.rule("ER308")
def test_a_registry_of_the_circuit_file_is_read_and_watched(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("route: 198.51.100.0/24\norigin: none\nsource: RIPE\n")
    (tmp_path / "circuit.yml").write_text(FILE + "registry: own.txt\n")
    with pytest.raises(Mistakes) as caught:
        load_file(tmp_path / "circuit.yml", "circuit.yml")
    (mistake,) = caught.value.mistakes
    assert (mistake.rule, mistake.line) == ("ER308", 2)
    (tmp_path / "own.txt").write_text("route: 198.51.100.0/24\norigin: AS65550\nsource: RIPE\n")
    assert str(tmp_path / "own.txt") in load_file(tmp_path / "circuit.yml", "circuit.yml").spec.files


@pytest.mark.rule("ER302", "ER310")
def test_a_community_that_nobody_carries_is_a_warning(tmp_path: Path) -> None:
    found = read(tmp_path, change("12076:51002", "12076:51099", FILE))
    assert [w.message for w in found.warnings] == ["no prefix of the lab carries 12076:51099"]


@pytest.mark.rule("ER315")
def test_a_number_for_documents_as_the_peer_is_a_warning(tmp_path: Path) -> None:
    found = read(tmp_path, change("65550", "64500", FILE))
    assert [(w.rule, w.line) for w in found.warnings] == [("ER315", 5)]


def test_the_feed_is_large_and_nobody_elses() -> None:
    for family in FAMILIES:
        items = feed(family)
        assert len(items) >= 200
        assert len({item.network for item in items}) == len(items)
        assert all(within(item.network, SPACE[family]) and family_of(item.network) == family for item in items)
        assert all(describe(number_of(c) or 0) for item in items for c in item.communities)
        whole, storage = allowed(family, ["12076:51002"]), allowed(family, ["12076:52002"])
        assert len(whole) == 5, "the region's own, and four services in it"
        assert set(storage) < set(whole)
        assert len(allowed(family, ["12076:5060"])) == 1
        assert allowed(family, ["12076:50002"]) == (), "a community of private peering"

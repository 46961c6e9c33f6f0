"""Which checks follow from the files of the labs that ship."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lab.check.expect import Expectation, concerns, expectations
from lab.files.load import Loaded, load
from lab.role.build import build


def loaded(name: str) -> Loaded:
    return load(name, Path("/"), fallback=False, lint=False)


def checks(lab: Loaded) -> tuple[Expectation, ...]:
    desired = build(lab.spec, lab.topology, lab.own, lab.interfaces)
    return expectations(lab.spec, lab.topology, desired.sessions, desired.slots)


def test_dual_path() -> None:
    lab = loaded("dual-path")
    found = checks(lab)
    assert Counter(e.kind for e in found) == {"sessions": 4, "from-ce": 4, "to-ce": 4, "reach": 2}
    assert len({e.id for e in found}) == len(found)
    session = found[0]
    assert (session.id, session.bfd, session.generated, session.ce_interface) == (
        "er-lab/AzurePrivatePeering/primary/ipv4/sessions", True, True, "eth1.100",
    )
    from_ce = next(e for e in found if e.kind == "from-ce")
    assert (from_ce.prefixes, from_ce.peer_asn, from_ce.about) == (("10.10.0.0/16",), 65010, "ce1 advertise")
    assert from_ce.source.partition(":")[2].isdigit(), "it says where in the file"
    assert [e.prefixes for e in found if e.kind == "to-ce"][:2] == [("10.100.0.0/16",), ("fd00:100::/48",)]
    reach = [e for e in found if e.kind == "reach"]
    assert [(e.label, e.target, [leg.path for leg in e.legs]) for e in reach] == [
        ("hub ipv4", "10.100.0.36", ["primary", "secondary"]), ("hub ipv6", "fd00:100::24", ["primary", "secondary"]),
    ]


def test_two_ces_are_no_concern_and_one_is() -> None:
    for name, count in (("dual-path", 1), ("dual-ce", 0)):
        lab = loaded(name)
        sessions = build(lab.spec, lab.topology, lab.own, lab.interfaces).sessions
        found = concerns(lab.spec, lab.topology, sessions, "8021q")
        assert len([c for c in found if c[0] == "redundancy"]) == count, name
        assert [c for c in found if c[0] == "vlan"] == []
        assert "only modelled" in concerns(lab.spec, lab.topology, sessions, "switch")[-1][1]


def test_a_ce_with_its_own_configuration_need_not_arm_bfd() -> None:
    assert {(e.bfd, e.generated) for e in checks(loaded("own-config")) if e.kind == "sessions"} == {(False, False)}


PUBLIC = ("both-peerings", "microsoft-peering")
PRIVATE_ONLY = ("dual-path", "dual-ce", "direct-ports", "own-config", "from-az", "two-circuits")


@pytest.mark.parametrize("name", [*PRIVATE_ONLY, *PUBLIC])
def test_every_shipped_lab_has_every_kind_of_check(name: str) -> None:
    found = checks(loaded(name))
    assert {e.kind for e in found} == {"sessions", "from-ce", "to-ce", "reach"}
    assert all(e.prefixes for e in found if e.kind in ("from-ce", "to-ce"))


@pytest.mark.rule("ER302", "ER318")
def test_each_peering_has_its_own_prefixes() -> None:
    found = checks(loaded("both-peerings"))
    sent = {(e.session.peering, e.family): e.prefixes for e in found if e.session and e.kind == "from-ce"}
    assert sent["MicrosoftPeering", "ipv4"] == ("198.51.100.0/24",)
    assert sent["AzurePrivatePeering", "ipv4"] == ("10.10.0.0/16",)
    (reach,) = (e for e in found if e.kind == "reach" and e.beyond == "MicrosoftPeering" and e.family == "ipv4")
    assert {leg.source for leg in reach.legs} == {"198.51.100.1", "198.51.100.2"}
    to_ce = next(e for e in found if e.kind == "to-ce" and e.session and e.session.peering == "MicrosoftPeering")
    assert to_ce.prefixes == ("198.18.66.0/24", "198.19.64.0/24"), "Storage in West Europe, and Exchange Online"
    assert to_ce.about == "route filter storage-weu"
    assert to_ce.source.partition(":")[2].isdigit()


OWN = """name: er-28
peerings:
  - name: AzurePrivatePeering
    peerASN: 65001
    vlanId: 100
    primaryPeerAddressPrefix: 172.16.1.0/30
    secondaryPeerAddressPrefix: 172.16.2.0/30
virtualNetworks:
  - {name: hub, addressSpace: {addressPrefixes: [10.100.0.0/16]}}
customerEdges:
  - {name: ce1, config: ce1.conf%s}
"""
TO_AZURE = "router bgp 65001\n neighbor 172.16.1.2 remote-as 12076\n neighbor 172.16.2.2 remote-as 12076\n"


def own(folder: Path, advertise: str) -> tuple[Expectation, ...]:
    (folder / "circuit.yml").write_text(OWN % advertise)
    (folder / "ce1.conf").write_text(TO_AZURE)
    return checks(load("circuit.yml", folder, fallback=False, lint=False))


def test_without_advertise_nothing_is_expected_of_an_own_file(tmp_path: Path) -> None:
    """azure/28: `expected none (circuit.yml:11, ce1 advertise)` named a key that is not in the file."""
    assert "from-ce" not in {e.kind for e in own(tmp_path, "")}
    written = [e.prefixes for e in own(tmp_path, ", advertise: []") if e.kind == "from-ce"]
    assert written == [(), ()], "an empty list says that nothing shall come"


def test_a_ce_may_announce_other_prefixes_on_each_path(tmp_path: Path) -> None:
    """Cases, section 3: a CE announces the other link's subnet on each path, and one list for both was red."""
    by_path = (
        ", advertise: {primary: [10.10.0.0/16, 172.16.2.0/30], secondary: [172.16.1.0/30, 10.10.0.0/16]}"
    )
    found = own(tmp_path, by_path)
    assert {e.session.path: e.prefixes for e in found if e.session is not None and e.kind == "from-ce"} == {
        "primary": ("10.10.0.0/16", "172.16.2.0/30"), "secondary": ("172.16.1.0/30", "10.10.0.0/16"),
    }
    assert {leg.source for e in found for leg in e.legs} == {"10.10.0.1"}, "inside what both paths announce"

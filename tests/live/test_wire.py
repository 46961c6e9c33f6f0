"""What is on the wire, read from frames: tags, TCP MD5, OPENs, BFD. Never from our own configuration."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import BGP_PORT, Frame, established, sniffing, until, vtysh

pytestmark = pytest.mark.both_engines

MD5 = 19
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    """One circuit, both families, MD5."""
    module_labs.write("circuit.yml", circuits.text(circuits.one()))
    module_labs.ok("up", environment=ENVIRONMENT)
    yield module_labs
    module_labs.ok("down")


def bgp_frames(frames: list[Frame]) -> list[Frame]:
    return [f for f in frames if BGP_PORT in f.get("ports", ()) and f.get("protocol") == 6]


@pytest.fixture(scope="module")
def restart(lab: Labs) -> list[Frame]:
    """Four seconds on the primary cable while its sessions start anew."""
    with sniffing(lab, "msee1", "eth1", 4) as seen:
        vtysh(lab, "msee1", "clear bgp vrf er1p *")
        until(lambda: established(lab) == 4, 10, "sessions back")
        return seen()


@pytest.mark.rule("ER205")
def test_every_bgp_frame_carries_the_tag_and_none_goes_untagged(restart: list[Frame]) -> None:
    frames = bgp_frames(restart)
    assert len(frames) > 20
    assert {tuple(f["tags"]) for f in frames} == {(100,)}


@pytest.mark.rule("ER207")
def test_every_segment_is_signed(restart: list[Frame]) -> None:
    families = {f["kind"] for f in bgp_frames(restart)}
    assert families == {0x0800, 0x86DD}
    assert all(MD5 in f["options"] for f in bgp_frames(restart))


@pytest.mark.rule("ER202", "ER216", "ER224", "ER225")
def test_the_msee_opens_as_12076_with_180_seconds(restart: list[Frame]) -> None:
    opens = {(f["from"], f["open"]["asn"], f["open"]["hold"]) for f in restart if "open" in f}
    assert ("192.168.100.130", 12076, 180) in opens
    assert ("fd00:64::2", 12076, 180) in opens
    assert ("192.168.100.129", 65010, 180) in opens


@pytest.mark.rule("ER215")
def test_bfd_runs_at_300_ms_from_both_ends(lab: Labs) -> None:
    until(lambda: lab("check").code == 0, 10, "BFD up")
    with sniffing(lab, "msee1", "eth1", 2) as seen:
        frames = [f for f in seen() if "bfd" in f and f["from"].startswith("192.168.100.")]
    sides = {f["from"] for f in frames}
    assert sides == {"192.168.100.129", "192.168.100.130"}
    assert {(f["bfd"]["transmit"], f["bfd"]["receive"], f["bfd"]["multiplier"]) for f in frames} == {(300, 300, 3)}
    times = [f["at"] for f in frames if f["from"] == "192.168.100.130"]
    gaps = [b - a for a, b in pairwise(times)]
    assert 0.2 < sum(gaps) / len(gaps) < 0.32, "RFC 5880 6.8.7: 75 to 100 % of the interval"


@pytest.mark.rule("ER207")
def test_without_a_key_no_segment_is_signed(labs: Labs) -> None:
    document = circuits.one(sharedKey=None)
    document["name"] = "er-keyless"
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up")
    with sniffing(labs, "msee1", "eth1", 3) as seen:
        vtysh(labs, "msee1", "clear bgp vrf er1p *")
        frames = bgp_frames(seen())
    assert frames
    assert not any(MD5 in f["options"] for f in frames)


@pytest.mark.rule("ER106", "ER205")
def test_qinq_has_two_tags_of_ethertype_8100(labs: Labs) -> None:
    document = circuits.one()
    document["stag"], document["name"] = 8, "er-qinq"
    document["customerEdges"][0]["handoff"] = "qinq"
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment=ENVIRONMENT)
    with sniffing(labs, "ce1", "eth1", 3) as seen:
        vtysh(labs, "ce1", "clear bgp *")
        frames = bgp_frames(seen())
    assert frames
    assert {tuple(f["tags"]) for f in frames} == {(8, 100)}

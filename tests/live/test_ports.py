"""ExpressRoute Direct on the wire: a Disabled link is dark at both ends, and the other path carries on. The verbs are
the same on every engine: what is on the wire runs on both."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

import topologies
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, established, sessions, sniffing
from tests.live.transcript import walk

FILE = topologies.folder("direct-ports") / "circuit.yml"
PINGS = 100
INTERVAL = 0.02
# A port that goes down is known at once: nothing has to time out.
DOWN_SECONDS = 1.0
# ux.md's bar for a state change, and what a command itself takes.
LOST_SECONDS = 0.5


def brought_up(labs: Labs, **port: Any) -> dict[str, Any]:
    """The shipped lab as this folder's file, its port pair with `port` changed."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    document["expressRoutePorts"][0] |= port
    labs.write("circuit.yml", yaml.safe_dump(document, sort_keys=False))
    labs.ok("up")
    return document


def with_key(labs: Labs, document: dict[str, Any]) -> dict[str, Any]:
    """The same with a shared key on the first circuit: the key has to be on the listener of a dark link, too."""
    labs.write("er.key", circuits.KEY)
    document["circuits"][0]["peerings"][0]["sharedKey"] = {"file": "er.key"}
    labs.write("circuit.yml", yaml.safe_dump(document, sort_keys=False))
    labs.ok("apply")
    return document


def carrier(labs: Labs, node: str, device: str, vrf: str = "") -> bool:
    """What the node's own kernel says of a device's light; a device that is down has none to read."""
    text = labs.ok("exec", node, "ip", *(["-n", vrf] if vrf else []), "-o", "link", "show", device).out
    flags = re.search(r"<([^>]*)>", text)
    assert flags, text
    return "LOWER_UP" in flags[1].split(",")


def dark_and_light(labs: Labs) -> tuple[dict[str, bool], dict[str, bool]]:
    """The carrier of ce1's port and sub-interfaces, by path."""
    first, second = (
        {device: carrier(labs, "ce1", device) for device in (port, f"{port}.8.100", f"{port}.9.100")}
        for port in ("eth1", "eth2")
    )
    return first, second


def up_sessions(labs: Labs, path: str) -> dict[str, float]:
    """Uptimes of the path's sessions that are Established."""
    found = {f"{c} {f}": s for (c, p, f), s in sessions(labs).items() if p == path}
    return {name: s["uptimeSeconds"] for name, s in found.items() if s["state"] == "Established"}


@pytest.mark.both_engines
@pytest.mark.rule("ER103", "ER704", "ER707")
def test_a_disabled_link_is_dark_and_the_other_carries_on(labs: Labs) -> None:
    brought_up(labs)
    before = up_sessions(labs, "secondary")
    assert len(before) == len(up_sessions(labs, "primary")) == 3
    assert all(dark_and_light(labs)[0].values())
    options = f"-q -i {INTERVAL} -c {PINGS} -I 10.10.0.1".split()
    ping = labs.start("exec", "ce1", "ping", *options, "10.101.0.36")
    done = labs.ok("port", "disable", "er-port", "--link", "link1")
    assert "3 of 6 Established" in done.out
    assert done.seconds < DOWN_SECONDS + 3, "no hold time and no BFD has to run out"
    first, second = dark_and_light(labs)
    assert not any(first.values()), "the port and every sub-interface on it"
    assert all(second.values())
    assert not carrier(labs, "msee1", "eth1")
    assert not carrier(labs, "msee1", "eth1.8.100", "er1p")
    assert carrier(labs, "msee2", "eth1.8.100", "er1p")
    out, err = ping.communicate(timeout=30)
    sent, received = (int(n) for n in re.findall(r"(\d+) (?:packets transmitted|received)", out))
    assert (sent - received) * INTERVAL <= LOST_SECONDS, out + err
    assert up_sessions(labs, "primary") == {}
    after = up_sessions(labs, "secondary")
    assert all(after[name] >= uptime for name, uptime in before.items()), "they have never moved"
    down = [s["state"] for s in sessions(labs).values() if s["state"] != "Established"]
    assert [state.partition(" ")[2] for state in down] == ["(link1 is Disabled)"] * 3, down
    check = labs.ok("check")
    assert "link1 is Disabled, 3 sessions on the primary path expected to be down" in check.out
    assert "3 down, as expected" in check.out
    assert "over secondary" in check.out
    labs.ok("port", "enable", "er-port", "--link", "link1")
    assert established(labs) == 6
    assert all(dark_and_light(labs)[0].values())
    again = up_sessions(labs, "secondary")
    assert all(again[name] >= uptime for name, uptime in after.items())
    assert "expected to be down" not in labs.ok("check").out
    labs.ok("down")


@pytest.mark.rule("ER707")
def test_a_disabled_link_is_dark_where_tags_are_only_modelled(user_labs: Labs) -> None:
    """Without root on a kernel without VLAN devices, the ways of a cable do not even pass through its ports."""
    user_labs.write("circuit.yml", FILE.read_text())
    user_labs.ok("up", "--vlan", "switch")
    user_labs.ok("port", "disable", "--link", "link2")
    first, second = dark_and_light(user_labs)
    assert all(first.values())
    assert not any(second.values())
    assert up_sessions(user_labs, "secondary") == {}
    assert len(up_sessions(user_labs, "primary")) == 3
    user_labs.ok("port", "enable")
    assert established(user_labs) == 6
    user_labs.ok("down")


@pytest.mark.both_engines
@pytest.mark.rule("ER704", "ER705")
@pytest.mark.parametrize("encapsulation", ["Dot1Q", "QinQ"])
def test_what_the_ce_sees_of_the_tags(labs: Labs, encapsulation: str) -> None:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    document["expressRoutePorts"][0]["encapsulation"] = encapsulation
    if encapsulation == "Dot1Q":
        labs.write("circuit.yml", yaml.safe_dump(document, sort_keys=False))
        refused = labs("up")
        assert refused.code == 2
        assert "ER705 vlanId: found 100; allowed one that no other circuit on port pair er-port has" in refused.err
        document["circuits"][1]["peerings"][0]["vlanId"] = 200
    labs.write("circuit.yml", yaml.safe_dump(document, sort_keys=False))
    labs.ok("up")
    expected = {(8, 100), (9, 100)} if encapsulation == "QinQ" else {(100,), (200,)}
    with sniffing(labs, "ce1", "eth1", 2.5) as frames:
        for circuit in ("10.101.0.36", "10.102.0.36"):
            labs.ok("exec", "ce1", "ping", "-c", "1", "-W", "2", "-I", "10.10.0.1", circuit)
    assert {tuple(f["tags"]) for f in frames() if f["tags"]} == expected
    labs.ok("down")


@pytest.mark.both_engines
@pytest.mark.rule("ER707")
def test_a_link_that_is_disabled_stays_so(labs: Labs) -> None:
    """Through an apply of something else, another circuit's coming, `up` again, and a node that is healed."""
    links = [{"name": "link1", "adminState": "Disabled"}, {"name": "link2", "adminState": "Enabled"}]
    document = with_key(labs, brought_up(labs, links=links))
    assert established(labs) == 3
    assert not any(dark_and_light(labs)[0].values()), "from the start"
    document["circuits"].append({
        "name": "er-new",
        "expressRoutePort": {"id": "er-port"},
        "bandwidthInGbps": 5,
        "stag": 10,
        "connections": [],
        "peerings": [{
            "name": "AzurePrivatePeering", "peerASN": 65010, "vlanId": 100,
            "primaryPeerAddressPrefix": "192.168.102.128/30", "secondaryPeerAddressPrefix": "192.168.102.132/30",
            "ipv6PeeringConfig": {
                "primaryPeerAddressPrefix": "fd00:66::/126", "secondaryPeerAddressPrefix": "fd00:66::4/126",
            },
        }],
    })
    labs.write("circuit.yml", yaml.safe_dump(document, sort_keys=False))
    labs.ok("apply")
    assert established(labs) == 5
    assert not carrier(labs, "ce1", "eth1.10.100"), "what is made on a dark cable is dark"
    labs.ok("up")
    assert not any(dark_and_light(labs)[0].values())
    if labs.engine == "netns":
        labs("exec", "msee1", "sh", "-c", "kill -9 $(cat /run/frr/zebra.pid)")
        labs.ok("up")
        assert established(labs) == 5
        assert not any(dark_and_light(labs)[0].values())
    labs.ok("port", "enable")
    assert established(labs) == 10
    assert bgp(labs, "ce1", "show bgp summary json")["ipv4Unicast"]["failedPeers"] == 0
    assert [s["md5"] for (c, _, _), s in sessions(labs).items() if c == "er-prod"] == ["yes"] * 4
    labs.ok("down")


@pytest.mark.both_engines
@pytest.mark.rule("ER702", "ER706", "ER707", "ER708", "ER709", "ER712")
def test_the_readme_is_what_happens(labs: Labs) -> None:
    walk(labs, FILE.parent / "README.md")


@pytest.mark.rule("ER701", "ER702", "ER704", "ER706", "ER707", "ER708", "ER709", "ER710")
def test_a_port_pair_by_hand(labs: Labs) -> None:
    labs.ok("up", "--physical", "dual-path", "--lab", "er-hand")
    made = labs.ok("port", "create", "-n", "er-port", "--peering-location", "Amsterdam", "--bandwidth", "10",
                   "--unit", "Gbps", "--encapsulation", "QinQ", "--ce", "ce1")
    assert "link1 adminState : Disabled" in made.out
    assert "next         mseelab port loa er-port" in made.out
    assert not carrier(labs, "ce1", "eth1")
    assert not carrier(labs, "ce1", "eth2")
    labs.ok("port", "loa", "er-port", "--customer-name", "Contoso", "--file", "letter.txt")
    text = (labs.folder / "letter.txt").read_text()
    links = json.loads(labs.ok("port", "link", "list", "-o", "json").out)
    for link in links:
        for key in ("routerName", "interfaceName", "patchPanelId", "rackId", "connectorType"):
            assert re.search(rf"\s{re.escape(link[key])}(\s|$)", text), f"{key} of {link['name']} is not in the letter"
    labs.ok("port", "enable", "er-port")
    assert carrier(labs, "ce1", "eth1")
    assert carrier(labs, "ce1", "eth2")
    bandwidth = ("--bandwidth", "2 Gbps")
    created = labs.ok("circuit", "create", "-n", "er-hand", "--express-route-port", "er-port", *bandwidth)
    assert "ServiceProviderProvisioningState : Provisioned" in created.out
    refused = labs("provider", "deprovision", "er-hand")
    assert (refused.code, refused.out) == (2, "")
    assert "ER706 er-hand is on port pair er-port: it has no provider" in refused.err
    labs.ok("port", "disable", "er-port")
    dark = labs.ok("peering", "create", "--peering-type", "AzurePrivatePeering", "--peer-asn", "65010",
                   "--vlan-id", "100", "--primary-peer-subnet", "192.168.100.128/30",
                   "--secondary-peer-subnet", "192.168.100.132/30")
    assert "0 of 2: link1 is Disabled and link2 is Disabled (mseelab port enable)" in dark.out
    labs.ok("port", "enable", "er-port")
    assert established(labs) == 2
    assert carrier(labs, "ce1", "eth1.8.100"), "QinQ without a handoff of the CE's own"
    shown = json.loads(labs.ok("port", "show", "er-port", "-o", "json").out)
    assert (shown["provisionedBandwidthInGbps"], shown["circuits"]) == (2, [{"id": "er-hand"}])
    refused = labs("port", "delete", "er-port")
    assert refused.code == 2
    assert "ER708 er-port cannot be deleted: er-hand is on it" in refused.err
    labs.ok("circuit", "delete", "er-hand")
    gone = labs.ok("port", "delete", "er-port")
    assert "deleted" in gone.out
    assert json.loads(labs.ok("port", "list", "-o", "json").out)["ports"] == []
    labs.ok("down")


WRONG_AT_FIRST: dict[str, tuple[tuple[str, ...], str]] = {
    "11 Gbps": (
        ("create", "-n", "p", "--peering-location", "L", "--bandwidth", "11", "--encapsulation", "QinQ"),
        "ER702 --bandwidth: found 11; allowed 10, 100, 400",
    ),
    "a hostile name": (
        ("create", "-n", "../p\x1b[2J", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQ"),
        "ER101 --name",
    ),
    "no such CE": (
        ("create", "-n", "p", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQ", "--ce", "x"),
        "ER701 no CE named x",
    ),
    "no port pair": (("show",), "er-hand has no port pair"),
    "none to delete": (("delete", "p"), "er-hand has no port pair"),
    "none to switch": (("enable",), "er-hand has no port pair"),
    "none for a letter": (("loa", "--customer-name", "C"), "er-hand has no port pair"),
}
WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no name": (("create", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQ"), "--name"),
    "no location": (("create", "-n", "p", "--bandwidth", "10", "--encapsulation", "QinQ"), "--peering-location"),
    "units that differ": (
        ("create", "-n", "p", "--peering-location", "L", "--bandwidth", "10 Gbps", "--unit", "Mbps", "--encapsulation",
         "QinQ"),
        "--bandwidth is in Gbps and --unit says Mbps",
    ),
    "Mbps": (
        ("create", "-n", "p", "--peering-location", "L", "--bandwidth", "10001", "--unit", "Mbps", "--encapsulation",
         "QinQ"),
        "whole Gbps",
    ),
    "an encapsulation": (
        ("create", "-n", "p", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQinQ"), "QinQinQ",
    ),
    "a hostile location": (
        ("create", "-n", "p", "--peering-location", "L\x1b[2J", "--bandwidth", "10", "--encapsulation", "QinQ"),
        "printable",
    ),
    "the name again": (
        ("create", "-n", "er-port", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQ"),
        "ER102 a port pair named er-port is here already",
    ),
    "the CE again": (
        ("create", "-n", "p", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQ"),
        "ER710 the cables of ce1 are port pair er-port",
    ),
    "no such port pair": (("show", "other"), "no port pair named other"),
    "two names": (("show", "er-port", "-n", "other"), "NAME and --name say different things"),
    "delete without a name": (("delete",), "which port pair?"),
    "delete in use": (("delete", "er-port"), "ER708 er-port cannot be deleted: er-prod, er-test are on it"),
    "link3": (("disable", "er-port", "--link", "link3"), "link3"),
    "a state": (("link", "update", "--link-name", "link1", "--admin-state", "Off"), "Off"),
    "no state": (("link", "update", "--link-name", "link1"), "--admin-state"),
    "no link": (("link", "update", "--admin-state", "Enabled"), "--link-name"),
    "no customer": (("loa", "er-port"), "--customer-name"),
    "a blank customer": (("loa", "er-port", "--customer-name", "  "), "1-100 printable characters"),
    "a hostile customer": (("loa", "er-port", "--customer-name", "C\nDate 1999"), "1-100 printable characters"),
    "a PDF": (("loa", "er-port", "--customer-name", "C", "--file", "loa.pdf"), "ER709 the letter is a text file"),
    "no folder": (("loa", "er-port", "--customer-name", "C", "--file", "no/loa.txt"), "no file can be at no/loa.txt"),
    "no file": (("loa", "er-port", "--customer-name", "C", "--file", ""), "no file can be at an empty name"),
    "a hostile file": (("loa", "er-port", "--customer-name", "C", "--file", "\x1b[2J/x"), "no file can be at"),
    "a file that is there": (("loa", "er-port", "--customer-name", "C", "--file", "circuit.yml"), "is here already"),
}


@pytest.mark.rule("ER102", "ER701", "ER702", "ER708", "ER709", "ER710")
@pytest.mark.parametrize("made", [False, True], ids=["cables alone", "with a port pair"])
def test_what_a_port_verb_refuses_it_refuses_in_a_line_with_nothing_changed(labs: Labs, made: bool) -> None:
    if made:
        brought_up(labs)
    else:
        labs.ok("up", "--physical", "dual-path", "--lab", "er-hand")
    before = labs.ok("port", "list", "-o", "json").out
    uptimes = up_sessions(labs, "primary") | up_sessions(labs, "secondary")
    for name, (arguments, words) in (WRONG if made else WRONG_AT_FIRST).items():
        done = labs("port", *arguments)
        assert (done.code, done.out) == (2, ""), f"{name}: {done}"
        assert words in done.err, f"{name}: {done}"
        assert "\x1b" not in done.err, name
        assert "Traceback" not in done.err, name
    assert labs.ok("port", "list", "-o", "json").out == before
    assert not list(labs.folder.glob("loa*"))
    later = up_sessions(labs, "primary") | up_sessions(labs, "secondary")
    assert all(later[session] >= uptime for session, uptime in uptimes.items())
    labs.ok("down")
    nothing = labs("port", "list")
    assert (nothing.code, nothing.out) == (0, "no port pair\n")


@pytest.mark.rule("ER710")
def test_cables_of_a_providers_circuit_become_no_port_pair(labs: Labs) -> None:
    labs.ok("up", "dual-path")
    done = labs("port", "create", "-n", "p", "--peering-location", "L", "--bandwidth", "10", "--encapsulation", "QinQ")
    assert (done.code, done.out) == (2, "")
    assert "ER710 ce1 is cabled for er-lab, a provider's" in done.err
    assert established(labs) == 4
    labs.ok("down")


@pytest.mark.rule("ER704")
def test_another_encapsulation_is_another_port_pair(labs: Labs) -> None:
    document = brought_up(labs)
    document["expressRoutePorts"][0]["encapsulation"] = "Dot1Q"
    document["circuits"][1]["peerings"][0]["vlanId"] = 200
    labs.write("circuit.yml", yaml.safe_dump(document, sort_keys=False))
    for verb in ("plan", "apply", "up"):
        done = labs(verb)
        assert done.code == 2, str(done)
        assert "ER704 encapsulation of er-port cannot change from QinQ to Dot1Q" in done.err
    assert established(labs) == 6
    labs.ok("down")

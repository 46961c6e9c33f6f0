"""The drawing that `up` leaves on the screen (ux.md section 1)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

from lab.circuit.models import Circuit, CustomerEdge, LinkSubnet, Peering, Spec, VirtualNetwork, VnetConnection
from lab.cli.drawing import drawing
from lab.files.load import load
from lab.topology import Endpoint, Link, Topology, TopologyNode

PICTURE = """\
                     ┌─ primary   192.168.100.128/30 fd00:64::/126  ─ msee1 ─┐
  ce1 AS 65010 ──────┤            VLAN 100                   AS 12076        ├── VNet hub
  10.10.0.0/16       └─ secondary 192.168.100.132/30 fd00:64::4/126 ─ msee2 ─┘   gateways AS 65515
  mseelab exec ce1    a router prompt        mseelab init    put this circuit.yml here, edit it
  mseelab status      sessions, prefixes     mseelab down    everything gone"""
TWO_CES = """\
  ce1 AS 65010 ──────── primary   192.168.100.128/30 fd00:64::/126  ─ msee1 ─┐
  10.10.0.0/16                    VLAN 100                   AS 12076        ├── VNet hub
  ce2 AS 65010 ──────── secondary 192.168.100.132/30 fd00:64::4/126 ─ msee2 ─┘   gateways AS 65515"""


def link(a: str, b: str, number: int) -> Link:
    return Link(Endpoint(a, f"eth{number}"), Endpoint(b, f"eth{number}"))


def topology(second: str) -> Topology:
    nodes = [TopologyNode(name, "ce") for name in dict.fromkeys(("ce1", second))]
    msees = (TopologyNode("msee1", "msee", "primary"), TopologyNode("msee2", "msee", "secondary"))
    links = (link("ce1", "msee1", 1), link(second, "msee2", 2), link("msee1", "azure", 9), link("msee2", "azure", 8))
    return Topology("x", "x.clab.yml", (*nodes, *msees, TopologyNode("azure", "azure")), links)


def spec() -> Spec:
    def subnet(text: str) -> LinkSubnet:
        return LinkSubnet(ip_network(text))

    peering = Peering(
        "AzurePrivatePeering", 65010, 100,
        (
            ("primary", "ipv4", subnet("192.168.100.128/30")), ("primary", "ipv6", subnet("fd00:64::/126")),
            ("secondary", "ipv4", subnet("192.168.100.132/30")), ("secondary", "ipv6", subnet("fd00:64::4/126")),
        ),
    )
    hub = VirtualNetwork("hub", (ip_network("10.100.0.0/16"),), (ip_network("10.100.0.0/27"),))
    advertise = (ip_network("10.10.0.0/16"), ip_network("fd00:10::/48"))
    edges = (CustomerEdge("ce1", advertise=advertise), CustomerEdge("ce2", advertise=advertise))
    one = Circuit("er-lab", (peering,), (VnetConnection("hub"),))
    return Spec("er-lab", "circuit.yml", "dual-path", (one,), (hub,), edges)


def test_one_ce() -> None:
    assert drawing(spec(), topology("ce1"), shipped=True) == PICTURE


def test_two_ces() -> None:
    assert drawing(spec(), topology("ce2"), shipped=False).split("\n")[:3] == TWO_CES.split("\n")


def test_no_line_is_wider_than_the_page() -> None:
    one = spec().circuits[0]
    connections = tuple(VnetConnection(f"network-{n}") for n in range(30))
    wide = replace(spec(), circuits=(replace(one, connections=connections),) * 5)
    lines = drawing(wide, topology("ce1"), shipped=False).split("\n")
    assert max(map(len, lines)) <= 100
    assert "  and 3 more circuits: mseelab status" in lines


def test_without_a_vnet() -> None:
    bare = replace(spec(), circuits=(replace(spec().circuits[0], connections=()),))
    assert "├── no VNet connected" in drawing(bare, topology("ce1"), shipped=False)


BOTH = """\
  ce1 AS 65550 ──────── primary   192.168.100.128/30 fd00:64::/126  ─ msee1 ─┐
  10.10.0.0/16                    VLAN 100                   AS 12076        ├── VNet hub
  ce2 AS 65550 ──────── secondary 192.168.100.132/30 fd00:64::4/126 ─ msee2 ─┘   gateways AS 65515
  ce1 AS 65550 ──────── primary   203.0.113.0/30 2001:db8:12::/126  ─ msee1 ─┐
  198.51.100.0/24                 VLAN 200                   AS 12076        ├── Microsoft
  ce2 AS 65550 ──────── secondary 203.0.113.4/30 2001:db8:12::4/126 ─ msee2 ─┘   storage-weu"""


def test_both_peerings(tmp_path: Path) -> None:
    loaded = load("both-peerings", tmp_path)
    assert drawing(loaded.spec, loaded.topology, shipped=True).split("\n")[:6] == BOTH.split("\n")


def test_short_subnets_leave_room_between_the_tag_and_the_as() -> None:
    """12/8: `VLAN 210AS 12076` where the link subnets are IPv4 alone and short."""
    one = spec()
    (circuit,) = one.circuits
    (peering,) = circuit.peerings
    subnets = tuple((path, family, LinkSubnet(ip_network(f"10.0.0.{4 * number}/30")))
                    for number, (path, family, _) in enumerate(s for s in peering.subnets if s[1] == "ipv4"))
    short = replace(circuit, peerings=(replace(peering, vlan_id=2100, subnets=subnets),))
    first, middle, last, *_ = drawing(replace(one, circuits=(short,)), topology("ce1"), shipped=True).split("\n")
    assert "VLAN 2100  AS 12076" in middle
    assert first.index("┐") == middle.index("├") == last.index("┘")

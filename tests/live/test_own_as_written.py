"""A CE's own file is run as written: its lists and maps in any order, and nothing of the lab's in its BGP."""

from __future__ import annotations

import yaml

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, until

MSEE = "192.168.100.130"
DUAL_STACK = """interface eth1.100
 ip address 192.168.100.129/30
 ipv6 address fd00:64::1/126
interface eth2.100
 ip address 192.168.100.133/30
 ipv6 address fd00:64::5/126
interface lo
 ip address 10.20.0.1/32
ip route 10.10.0.0/16 Null0
ipv6 route fd00:10::/48 Null0
router bgp 65010
 no bgp ebgp-requires-policy
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.134 remote-as 12076
 neighbor fd00:64::2 remote-as 12076
 neighbor fd00:64::6 remote-as 12076
 address-family ipv4 unicast
  redistribute connected route-map LO
  redistribute kernel
  redistribute static
  neighbor 192.168.100.130 route-map OUT out
  neighbor 192.168.100.134 route-map OUT out
 exit-address-family
 address-family ipv6 unicast
  redistribute static
  redistribute kernel
  neighbor fd00:64::2 activate
  neighbor fd00:64::6 activate
route-map LO permit 10
 match interface lo
route-map OUT permit 10
 match ip address prefix-list MINE
ip prefix-list MINE seq 5 permit 0.0.0.0/0 le 32
"""


def sent(labs: Labs, family: str = "ipv4", msee: str = MSEE) -> list[str]:
    found = bgp(labs, "ce1", f"show bgp {family} unicast neighbors {msee} advertised-routes json")
    return sorted(prefix for prefix, r in found["advertisedRoutes"].items() if "12076" not in r.get("path", ""))


def test_an_own_file_is_run_as_written(labs: Labs) -> None:
    """ce/45b, azure/34, ce/34: the lab's timer had FRR pass over maps that stand after `router bgp`, and its own
    address on lo was announced by `redistribute connected`."""
    document = circuits.one(sharedKey=None)
    edge = {"name": "ce1", "config": "ce1.conf", "advertise": ["10.10.0.0/16", "10.20.0.1/32", "fd00:10::/48"]}
    document["customerEdges"] = [edge]
    labs.write("circuit.yml", yaml.safe_dump(document))
    labs.write("ce1.conf", DUAL_STACK)
    up = labs.ok("up")
    assert "FAILED" not in up.err, str(up)
    assert sent(labs) == ["10.10.0.0/16", "10.20.0.1/32"]
    assert sent(labs, "ipv6", "fd00:64::2") == ["fd00:10::/48"]
    running = labs.ok("exec", "ce1", "vtysh", "-c", "show running-config").out
    assert "delay-timer" not in running
    assert "10.10.0.1" not in labs.ok("exec", "ce1", "vtysh", "-c", "show interface").out
    assert labs.ok("exec", "ce1", "cat", "/etc/frr/bgpd.conf").out == ""
    labs.ok("check")
    change = ("configure terminal", "no ip prefix-list MINE seq 5", "ip prefix-list MINE seq 5 permit 10.10.0.0/16")
    labs.ok("exec", "ce1", "vtysh", *(word for line in change for word in ("-c", line)))
    until(lambda: sent(labs) == ["10.10.0.0/16"], 8, "a changed list, by FRR's own timer")
    assert labs("check").code == 1

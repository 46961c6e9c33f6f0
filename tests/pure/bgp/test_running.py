"""Lines of FRR's configuration that no JSON tells, taken out of a text that holds keys."""

from __future__ import annotations

from bgp.frr.running import PeerLines, parse

TEXT = """\
frr version 10.3
!
router bgp 65010
 bgp shutdown
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.130 password SECRET1
 neighbor 192.168.100.134 remote-as 12076
 neighbor 192.168.100.134 ttl-security hops 2
 !
 address-family ipv4 unicast
  neighbor 192.168.100.130 activate
 exit-address-family
exit
!
router bgp 12076 vrf er1p
 bgp minimum-holdtime 200
 neighbor fd00:64::1 remote-as 65010
exit
!
ip prefix-list A seq 5 permit 10.0.0.0/8
"""


def test_each_neighbor_of_each_domain() -> None:
    assert parse(TEXT) == {
        ("", "192.168.100.130"): PeerLines(None, None, True),
        ("", "192.168.100.134"): PeerLines(2, None, True),
        ("er1p", "fd00:64::1"): PeerLines(None, 200, False),
    }


def test_nothing_else_leaves() -> None:
    assert "SECRET" not in repr(parse(TEXT))

"""An FRR file as a customer would write it, and what its session needs."""

from __future__ import annotations

from bgp.frr.userfile.blame import Needs

FILE = """\
! a customer's edge router
hostname ce2
interface lo
 ip address 10.10.0.1/32
!
interface eth1.100
 description secondary
 ip address 192.168.100.133/30
 ipv6 address fd00:64::5/126
!
ip route 10.10.0.0/16 Null0
!
ip prefix-list ANY seq 10 permit 0.0.0.0/0 le 32
ip prefix-list ONPREM seq 10 permit 10.10.0.0/16
ipv6 prefix-list ONPREM6 seq 5 permit fd00:10::/48
!
route-map TO-AZURE permit 10
 match ip address prefix-list ONPREM
!
router bgp 65010
 no bgp default ipv4-unicast
 neighbor 192.168.100.134 remote-as 12076
 neighbor 192.168.100.134 password ${ER_KEY}
 neighbor 192.168.100.134 bfd
 neighbor fd00:64::6 remote-as 12076
 neighbor fd00:64::6 password ${ER_KEY}
 !
 address-family ipv4 unicast
  network 10.10.0.0/16
  network 10.11.0.0/16
  neighbor 192.168.100.134 activate
  neighbor 192.168.100.134 route-map TO-AZURE out
  neighbor 192.168.100.134 prefix-list ANY in
 exit-address-family
 address-family ipv6 unicast
  network fd00:10::/48
  neighbor fd00:64::6 activate
  neighbor fd00:64::6 prefix-list ONPREM6 out
 exit-address-family
"""
V4 = Needs("192.168.100.134", "192.168.100.133", 30, "ipv4", "eth1.100", 12076, 65010, "ER_KEY", signed=True)
V6 = Needs("fd00:64::6", "fd00:64::5", 126, "ipv6", "eth1.100", 12076, 65010, "ER_KEY", signed=True)


def changed(*changes: tuple[str, str]) -> str:
    """The file with each text replaced; one that is not there is a defect of the test."""
    text = FILE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def line_of(text: str, start: str) -> int:
    """The number of the first line that starts with `start`, spaces before it apart."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(start))

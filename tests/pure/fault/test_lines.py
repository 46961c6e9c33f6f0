"""What a bgpd runs with, read as blocks: FRR 8.4 writes it without `exit`, FRR 10 with."""

from __future__ import annotations

from lab.fault.lines import Change, _parsed, in_family, map_change

TEXT = """frr version 8.4.4
!
router bgp 65010
 no bgp default ipv4-unicast
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.130 password secretSecret1
 !
 address-family ipv4 unicast
  network 10.10.0.0/16
  neighbor 192.168.100.130 activate
  neighbor 192.168.100.130 route-map own-out out
 exit-address-family
 !
 address-family ipv6 unicast
  neighbor fd00:64::2 activate
 exit-address-family
exit
!
router bgp 12076 vrf er1p
 neighbor 192.168.100.129 remote-as 65010
exit
!
route-map own-out permit 10
 match as-path LOCAL
exit
!
end
"""


def test_the_blocks_of_instances() -> None:
    ce, msee = _parsed(TEXT)
    assert (ce.asn, ce.vrf, msee.asn, msee.vrf) == (65010, "", 12076, "er1p")
    assert ce.has("192.168.100.130")
    assert not ce.has("192.168.100.129")
    assert ce.line("neighbor 192.168.100.130 remote-as") == "neighbor 192.168.100.130 remote-as 12076"
    assert ce.line("neighbor 192.168.100.130 activate") is None
    assert ce.line("neighbor 192.168.100.130 activate", "ipv4") == "neighbor 192.168.100.130 activate"
    assert ce.line("neighbor 192.168.100.130 route-map", "ipv4", "in") is None
    assert ce.families["ipv6"] == ("neighbor fd00:64::2 activate",)


def test_keys_are_not_shown() -> None:
    assert "secretSecret1" not in repr(next(_parsed(TEXT)))


def test_a_route_map_in_the_place_of_another() -> None:
    ce, _ = _parsed(TEXT)
    who = "neighbor 192.168.100.130"
    change = map_change(who, "ipv4", ce, "X", "out", ("route-map X deny 10", "exit"))
    assert change == Change(
        in_family("ipv4", f"{who} route-map X out"), in_family("ipv4", f"{who} route-map own-out out"),
        ("route-map X deny 10", "exit"), ("no route-map X",),
    )
    assert map_change(who, "ipv4", ce, "X", "in", ()).undo == in_family("ipv4", f"no {who} route-map X in")

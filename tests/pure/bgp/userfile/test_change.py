"""Which lines differ between two texts of a CE's file, and which commands follow them while every session stands."""

from __future__ import annotations

import pytest

from bgp.frr.userfile.change import commands, lines

FILE = """\
interface eth1.100
 ip address 192.168.100.129/30
exit
ip prefix-list OUT seq 5 permit 10.10.0.0/16
ip prefix-list PLAIN permit 10.1.0.0/16
ip prefix-list PLAIN permit 10.2.0.0/16
ip route 10.10.0.0/16 Null0
route-map OUT permit 10
 match ip address prefix-list OUT
exit
router bgp 65010
 no bgp ebgp-requires-policy
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.130 password ${KEY}
 address-family ipv4 unicast
  network 10.10.0.0/16
  redistribute static
  neighbor 192.168.100.130 route-map OUT out
 exit-address-family
exit
"""
WITHIN = ("router bgp 65010", "address-family ipv4 unicast")
LEFT = ("exit-address-family", "exit")
QUIET = {
    "a static route": ("Null0", "Null0\nip route 10.20.0.0/16 Null0", ("ip route 10.20.0.0/16 Null0",)),
    "another static route": (
        "ip route 10.10.0.0/16 Null0", "ip route 10.20.0.0/16 Null0",
        ("ip route 10.20.0.0/16 Null0", "no ip route 10.10.0.0/16 Null0"),
    ),
    "another line of the same number": (
        "seq 5 permit 10.10.0.0/16", "seq 5 deny any", ("ip prefix-list OUT seq 5 deny any",),
    ),
    "a network goes": ("  network 10.10.0.0/16\n", "", (*WITHIN, "no network 10.10.0.0/16", *LEFT)),
    "another map on a neighbor": ("route-map OUT out", "route-map B out", (
        *WITHIN, "neighbor 192.168.100.130 route-map B out", *LEFT,
    )),
    "redistribution with a map": ("redistribute static", "redistribute static route-map OUT", (
        *WITHIN, "no redistribute static", *LEFT, *WITHIN, "redistribute static route-map OUT", *LEFT,
    )),
    "an entry that sets more": (" match ip", " set metric 5\n match ip", (
        "route-map OUT permit 10", "exit", "no route-map OUT permit 10",
        "route-map OUT permit 10", " set metric 5", " match ip address prefix-list OUT", "exit",
    )),
    "an entry goes": ("route-map OUT permit 10\n match ip address prefix-list OUT\nexit\n", "", (
        "route-map OUT permit 10", "exit", "no route-map OUT permit 10",
    )),
    "a comment, spaces and the order of the blocks": (FILE, "! a\n" + FILE.replace(" match", "   match"), ()),
}
LOUD = {
    "a key": ("${KEY}", "${OTHER}"),
    "a timer": ("remote-as 12076\n", "remote-as 12076\n neighbor 192.168.100.130 timers 10 30\n"),
    "an address": ("129/30", "130/30"),
    "a word that is undone": (" no bgp ebgp-requires-policy\n", ""),
    "a list without numbers": ("permit 10.2.0.0/16", "permit 10.3.0.0/16"),
    "the order of a list without numbers": (
        "ip prefix-list PLAIN permit 10.1.0.0/16\nip prefix-list PLAIN permit 10.2.0.0/16",
        "ip prefix-list PLAIN permit 10.2.0.0/16\nip prefix-list PLAIN permit 10.1.0.0/16",
    ),
    "half a line": ("neighbor 192.168.100.130 remote-as 12076", "neighbor"),
    "a map without a direction": ("route-map OUT out", "route-map OUT"),
    "another family": ("ipv4 unicast", "ipv4 multicast"),
}


@pytest.mark.parametrize(("was", "shall", "typed"), QUIET.values(), ids=QUIET)
def test_what_is_typed(was: str, shall: str, typed: tuple[str, ...]) -> None:
    assert was in FILE
    assert commands(FILE, FILE.replace(was, shall, 1)) == typed


@pytest.mark.parametrize(("was", "shall"), LOUD.values(), ids=LOUD)
def test_what_starts_the_router_anew(was: str, shall: str) -> None:
    assert was in FILE
    assert commands(FILE, FILE.replace(was, shall, 1)) is None
    assert commands(FILE.replace(was, shall, 1), FILE) is None


def test_one_that_undoes_another_has_its_place() -> None:
    """`no X` before `X` is another router than `X` before `no X`, and no line differs."""
    first = FILE.replace(" no bgp ebgp-requires-policy\n", " no bgp ebgp-requires-policy\n bgp ebgp-requires-policy\n")
    second = FILE.replace(" no bgp ebgp-requires-policy\n", " bgp ebgp-requires-policy\n no bgp ebgp-requires-policy\n")
    assert lines(first, second) == ()
    assert commands(first, second) is None


def test_lines_are_told_with_their_place_and_without_keys() -> None:
    new = FILE.replace("  network 10.10.0.0/16\n", "").replace("${KEY}", "plainKey")
    new += "key chain A\n key 1\n  key-string plainKey\nbfd\ninterface eth9\n ip ospf authentication-key plainKey\n"
    new += " ip ospf message-digest-key 1 md5 plainKey\n"
    told = list(map(str, lines(FILE, new)))
    assert told[:3] == [
        "- router bgp 65010: neighbor 192.168.100.130 password ${KEY}",
        "- router bgp 65010 ipv4 unicast: network 10.10.0.0/16",
        "+ router bgp 65010: neighbor 192.168.100.130 password …",
    ]
    assert "plainKey" not in "".join(told)

"""A running configuration as lines, and what to type to put it back."""

from __future__ import annotations

from bgp.frr.retype import lines, policy, typed, unwatched

TEXT = """Building configuration...

Current configuration:
!
frr version 8.4.4
hostname ce1
!
router bgp 65010
 bgp router-id 192.168.100.129
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.130 password labkey1
 neighbor 192.168.100.130 bfd profile ce
 !
 address-family ipv4 unicast
  network 10.10.0.0/16
  neighbor 192.168.100.130 activate
 exit-address-family
exit
!
ip prefix-list ONPREM seq 5 permit 10.10.0.0/16
!
route-map own-out permit 10
exit
!
end
"""
BGP = "router bgp 65010"
V4 = "address-family ipv4 unicast"
ROUTER = lines(TEXT)


def test_lines_know_their_contexts_and_noise_is_none() -> None:
    assert ROUTER[0] == (BGP,)
    assert (BGP, V4, "network 10.10.0.0/16") in ROUTER
    assert ("route-map own-out permit 10",) in ROUTER
    assert not [line for line in ROUTER if line[-1].startswith(("frr", "hostname", "exit", "end", "!"))]


def test_the_same_needs_nothing_typed() -> None:
    assert typed(ROUTER, ROUTER) == ()
    assert typed(reversed(ROUTER), ROUTER) == ()


def test_a_line_too_many_is_taken_away_and_one_that_lacks_comes_back_in_its_context() -> None:
    network, other = (BGP, V4, "network 10.10.0.0/16"), (BGP, V4, "network 10.99.0.0/16")
    now = (*(line for line in ROUTER if line != network), other)
    assert typed(now, ROUTER) == (network, (BGP, V4, "no network 10.99.0.0/16"))


def test_what_a_line_replaces_is_not_taken_away_after_it() -> None:
    was, new = (BGP, "neighbor 192.168.100.130 remote-as 12076"), (BGP, "neighbor 192.168.100.130 remote-as 65000")
    now = tuple(new if line == was else line for line in ROUTER)
    assert typed(now, ROUTER) == (was,)


def test_a_context_too_many_goes_whole_and_first() -> None:
    other = ("router bgp 65011",), ("router bgp 65011", "bgp router-id 1.1.1.1")
    now = (*(line for line in ROUTER if line[0] != BGP), *other)
    runs = typed(now, ROUTER)
    assert runs[0] == ("no router bgp 65011",)
    assert runs[1:] == tuple(line for line in ROUTER if line[0] == BGP)


def test_a_no_line_is_undone_by_the_line() -> None:
    assert typed([(BGP,), (BGP, "no bgp default ipv4-unicast")], [(BGP,)]) == ((BGP, "bgp default ipv4-unicast"),)


def test_policy_needs_a_soft_clear_and_sessions_do_not() -> None:
    assert policy([("no ip prefix-list ONPREM seq 5 permit any",)])
    assert policy([("route-map own-out permit 10", "match tag 1")])
    assert not policy([(BGP, "neighbor 192.168.100.130 shutdown")])


def test_what_the_watcher_types_is_left_out() -> None:
    left = set(ROUTER) - set(unwatched(ROUTER))
    assert left == {(BGP, "neighbor 192.168.100.130 bfd profile ce")}

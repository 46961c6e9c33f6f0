"""Which line of a customer's file keeps a session down: every cause, on the line where somebody would change it."""

from __future__ import annotations

import pytest

from bgp.frr.userfile.blame import CAUSES, Needs, keeps_down
from bgp.frr.userfile.policy import Blame
from bgp.frr.userfile.reader import read
from tests.pure.bgp.userfile.samples import FILE, V4, V6, changed, line_of

PEER = "neighbor 192.168.100.134"
CASES = [
    # cause, changes, needs, the line's start, its sentence after the place, what to type
    ("interface", [("interface eth1.100", "interface eth1.101")], V4, "interface eth1.101",
     "interface eth1.101 (ce2.conf:N) is not eth1.100", "interface eth1.100"),
    ("address", [("100.133/30", "100.132/30")], V4, "ip address 192",
     "ip address 192.168.100.132/30 (ce2.conf:N) is not 192.168.100.133/30", "ip address 192.168.100.133/30"),
    ("address", [("100.133/30", "100.133/29")], V4, "ip address 192",
     "ip address 192.168.100.133/29 (ce2.conf:N) is not 192.168.100.133/30", "ip address 192.168.100.133/30"),
    ("address", [(" ipv6 address fd00:64::5/126\n", "")], V6, "interface eth1.100",
     "interface eth1.100 (ce2.conf:N) has no ipv6 address", "ipv6 address fd00:64::5/126"),
    ("interface-shutdown", [(" description secondary", " shutdown")], V4, "shutdown",
     "interface eth1.100 shutdown (ce2.conf:N) keeps it down", "interface eth1.100; no shutdown"),
    ("neighbor", [(f" {PEER} remote-as 12076\n", "")], V4, "router bgp",
     "router bgp 65010 (ce2.conf:N) has no neighbor 192.168.100.134", f"{PEER} remote-as 12076"),
    ("shutdown", [(f" {PEER} bfd", f" {PEER} shutdown")], V4, f"{PEER} shutdown",
     f"{PEER} shutdown (ce2.conf:N) keeps it down", f"no {PEER} shutdown"),
    ("update-source", [(f" {PEER} bfd", f" {PEER} update-source lo")], V4, f"{PEER} update-source",
     f"{PEER} update-source lo (ce2.conf:N) is not 192.168.100.133", f"no {PEER} update-source"),
    ("ttl", [(f" {PEER} bfd", f" {PEER} ttl-security hops 1")], V4, f"{PEER} ttl",
     f"{PEER} ttl-security hops 1 (ce2.conf:N) asks for a TTL that the MSEE does not send",
     f"no {PEER} ttl-security hops 1"),
    ("password", [(f" {PEER} password ${{ER_KEY}}\n", "")], V4, f"{PEER} remote-as",
     f"{PEER} (ce2.conf:N) has no password, the peering has a key", f"{PEER} password ${{ER_KEY}}"),
    ("password", [(f"{PEER} password ${{ER_KEY}}", f"{PEER} password ${{OTHER}}")], V4, f"{PEER} password",
     f"{PEER} password ${{OTHER}} (ce2.conf:N) is not ${{ER_KEY}}", f"{PEER} password ${{ER_KEY}}"),
    ("password", [(f"{PEER} password ${{ER_KEY}}", f"{PEER} password SECRET1")], V4, f"{PEER} password",
     f"{PEER} password *** (ce2.conf:N) is not ${{ER_KEY}}", f"{PEER} password ${{ER_KEY}}"),
    ("remote-as", [(f"{PEER} remote-as 12076", f"{PEER} remote-as 12077")], V4, f"{PEER} remote-as",
     f"{PEER} remote-as 12077 (ce2.conf:N) is not 12076", f"{PEER} remote-as 12076"),
    ("local-as", [("router bgp 65010", "router bgp 65011")], V4, "router bgp",
     "router bgp 65011 (ce2.conf:N) is not AS 65010", "router bgp 65010"),
    ("local-as", [(f" {PEER} bfd", f" {PEER} local-as 65099")], V4, f"{PEER} local-as",
     f"{PEER} local-as 65099 (ce2.conf:N) is not AS 65010", f"no {PEER} local-as"),
    ("hold-time", [(f" {PEER} bfd", f" {PEER} timers 1 2")], V4, f"{PEER} timers",
     f"{PEER} timers 1 2 (ce2.conf:N) asks for a hold time that may not be accepted", f"{PEER} timers 60 180"),
    ("hold-time", [(f" {PEER} bfd", " bgp minimum-holdtime 200")], V4, "bgp minimum-holdtime",
     "bgp minimum-holdtime 200 (ce2.conf:N) is more than the 180 s that the MSEE offers", "bgp minimum-holdtime 180"),
    ("activate", [(f"  {PEER} activate\n", "")], V4, "address-family ipv4",
     f"{PEER} (ce2.conf:N) is not activated in ipv4", f"address-family ipv4 unicast; {PEER} activate"),
    ("activate", [("neighbor fd00:64::6 activate", "no neighbor fd00:64::6 activate")], V6, "no neighbor fd00:64::6",
     "neighbor fd00:64::6 (ce2.conf:N) is not activated in ipv6",
     "address-family ipv6 unicast; neighbor fd00:64::6 activate"),
    ("bfd", [(f" {PEER} bfd\n", f" {PEER} bfd\n {PEER} ebgp-multihop 5\n")], V4, f"{PEER} ebgp-multihop",
     f"{PEER} ebgp-multihop 5 (ce2.conf:N) makes its BFD multihop, on UDP port 4784; the MSEE's is not",
     f"no {PEER} ebgp-multihop"),  # ce/14
    ("bfd", [(f" {PEER} bfd\n", "")], V4, f"{PEER} remote-as", f"{PEER} (ce2.conf:N) has no bfd", f"{PEER} bfd"),
]


@pytest.mark.parametrize(("cause", "changes", "needs", "start", "sentence", "cure"), CASES,
                         ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_a_cause_names_its_line(
    cause: str, changes: list[tuple[str, str]], needs: Needs, start: str, sentence: str, cure: str
) -> None:
    text = changed(*changes)
    found = CAUSES[cause](read(text), needs)
    assert found is not None
    assert found.line == line_of(text, start)
    assert found.sentence("ce2.conf") == sentence.replace("N", str(found.line), 1)
    assert found.next == cure
    if cause != "bfd":
        assert keeps_down(read(text), needs) == found


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("needs", [V4, V6], ids=["ipv4", "ipv6"])
def test_a_file_that_is_right_is_not_to_blame(cause: str, needs: Needs) -> None:
    if (cause, needs) == ("bfd", V6):
        return  # the file has none there
    assert CAUSES[cause](read(FILE), needs) is None
    assert keeps_down(read(FILE), needs) is None


def test_every_cause_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(CAUSES)


def test_a_neighbor_has_what_its_peer_group_has() -> None:
    text = changed(
        (f" {PEER} remote-as 12076\n",
         f" neighbor AZURE peer-group\n neighbor AZURE remote-as 12077\n {PEER} peer-group AZURE\n"),
    )
    assert CAUSES["remote-as"](read(text), V4) == Blame(
        line_of(text, "neighbor AZURE remote-as"), "neighbor AZURE remote-as 12077", "is not 12076",
        "neighbor AZURE remote-as 12076",
    )
    own = text.replace(f" {PEER} peer-group AZURE\n", f" {PEER} peer-group AZURE\n {PEER} remote-as 12076\n")
    assert CAUSES["remote-as"](read(own), V4) is None


def test_an_address_is_one_however_it_is_spelled() -> None:
    text = changed(("neighbor fd00:64::6", "neighbor FD00:64:0::6"), ("fd00:64::5/126", "fd00:64:0:0::5/126"))
    assert keeps_down(read(text), V6) is None


def test_a_confederation_opens_with_its_own_number() -> None:
    text = changed(("router bgp 65010", "router bgp 64512\n bgp confederation identifier 65010"))
    assert keeps_down(read(text), V4) is None


def test_a_key_from_elsewhere_is_not_compared() -> None:
    other = Needs(**{**V4.__dict__, "key": None})
    assert CAUSES["password"](read(changed(("${ER_KEY}", "SECRET1"))), other) is None


def test_a_password_that_the_peering_does_not_want_is_never_shown() -> None:
    found = CAUSES["password"](read(changed(("${ER_KEY}", "SECRET1"))), Needs(**{**V4.__dict__, "signed": False}))
    assert found is not None
    assert "SECRET1" not in repr(found)


def test_the_lowest_layer_comes_first() -> None:
    text = changed(("interface eth1.100", "interface eth1.101"), ("remote-as 12076", "remote-as 12077"))
    found = keeps_down(read(text), V4)
    assert found is not None
    assert found.subject == "interface eth1.101"


@pytest.mark.parametrize("text", ["", "no", "neighbor", "router bgp", "neighbor 1.2.3.4 remote-as", "interface",
                                  "ip prefix-list", "route-map X permit", "address-family", "exit\nend\n!", "\x00"])
def test_half_a_file_is_read_too(text: str) -> None:
    for cause in CAUSES.values():
        cause(read(text), V4)


def test_a_local_as_is_changed_where_the_router_has_another_number_and_keeps_its_options() -> None:
    """ce/17: FRR refuses `router bgp` with another number, and a `local-as` that is the router's own."""
    text = changed(("router bgp 65010", "router bgp 65017"),
                   (f" {PEER} bfd", f" {PEER} local-as 65011 no-prepend replace-as"))
    found = CAUSES["local-as"](read(text), V4)
    assert found is not None
    assert found.next == f"{PEER} local-as 65010 no-prepend replace-as"


def test_a_shutdown_of_the_peer_group_is_quoted_and_taken_off_there() -> None:
    """ce/25: `no neighbor PEER shutdown` does not mend what the group says."""
    group = f" neighbor AZ peer-group\n {PEER} peer-group AZ\n neighbor AZ shutdown"
    found = CAUSES["shutdown"](read(changed((f" {PEER} bfd", f" {PEER} bfd\n{group}"))), V4)
    assert found is not None
    assert (found.subject, found.next) == ("neighbor AZ shutdown", "no neighbor AZ shutdown")


def test_a_neighbor_of_a_listen_range_has_what_its_group_says() -> None:
    """ce/27b: the file has the neighbor, by a range, and its group waits for another AS."""
    group = " neighbor AZ peer-group\n neighbor AZ remote-as 12077\n bgp listen range 192.168.100.132/30 peer-group AZ"
    text = changed((f" {PEER} remote-as 12076", group))
    assert CAUSES["neighbor"](read(text), V4) is None
    found = CAUSES["remote-as"](read(text), V4)
    assert found is not None
    assert (found.subject, found.next) == ("neighbor AZ remote-as 12077", "neighbor AZ remote-as 12076")
    assert found.line == line_of(text, "neighbor AZ remote-as")
    elsewhere = text.replace("192.168.100.132/30", "192.168.200.132/30")
    assert CAUSES["neighbor"](read(elsewhere), V4) is not None

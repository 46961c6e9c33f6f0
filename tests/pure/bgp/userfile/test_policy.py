"""What a customer's policy does to a prefix, as FRR evaluates it, and the line that decides."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bgp.frr.userfile.blame import not_sent, not_taken, not_there
from bgp.frr.userfile.reader import read
from tests.pure.bgp.userfile.samples import FILE, V4, V6, changed, line_of

PEER = "neighbor 192.168.100.134"
HAS, LACKS = ip_network("10.10.0.0/16"), ip_network("10.11.0.0/16")
AZURE = ip_network("10.100.0.0/16")
ENTRY = "ip prefix-list ONPREM seq 10 permit 10.10.0.0/16"
CLAUSE = "route-map TO-AZURE permit 10\n match ip address prefix-list ONPREM"
MAP = f"{PEER} route-map TO-AZURE out"


def sent(text: str, prefix: str = "10.11.0.0/16") -> tuple[str, str | None] | None:
    found = not_sent(read(text), V4, ip_network(prefix))
    if found is None:
        return None
    line = text.splitlines()[found.line - 1].strip()
    return found.sentence("ce2.conf").replace(str(found.line), f"«{line}»"), found.next


def test_a_prefix_list_lacks_it_and_says_where_and_what_to_type() -> None:
    found = not_sent(read(FILE), V4, LACKS)
    assert found is not None
    assert found.sentence("ce2.conf") == f"prefix-list ONPREM (ce2.conf:{line_of(FILE, ENTRY)}) lacks it"
    assert found.next == "ip prefix-list ONPREM seq 20 permit 10.11.0.0/16"


def test_what_passes_is_nobodys_fault() -> None:
    assert not_sent(read(FILE), V4, HAS) is None
    assert not_taken(read(FILE), V4, AZURE, (12076,)) is None
    assert not_sent(read(FILE), V6, ip_network("fd00:10::/48")) is None


@pytest.mark.parametrize(("entry", "passes"), [
    ("permit 10.0.0.0/8", False), ("permit 10.0.0.0/8 le 16", True), ("permit 10.0.0.0/8 le 15", False),
    ("permit 10.0.0.0/8 ge 16", True), ("permit 10.0.0.0/8 ge 17", False), ("permit 10.0.0.0/8 ge 12 le 20", True),
    ("permit any", True), ("permit 0.0.0.0/0 le 32", True), ("permit 0.0.0.0/0", False), ("deny any", False),
    ("permit 10.11.0.0/16 le 32", True), ("permit 172.16.0.0/12 le 32", False),
])
def test_entries_match_as_frr_has_it(entry: str, passes: bool) -> None:
    assert (sent(changed((ENTRY, f"ip prefix-list ONPREM seq 10 {entry}"))) is None) is passes


def test_an_entry_that_denies_is_named_and_where_to_permit_before_it() -> None:
    more = "ip prefix-list ONPREM seq 20 deny 10.0.0.0/8 le 24\nip prefix-list ONPREM seq 30 permit any"
    text = changed((ENTRY, f"{ENTRY}\n{more}"))
    assert sent(text) == (
        "prefix-list ONPREM seq 20 (ce2.conf:«ip prefix-list ONPREM seq 20 deny 10.0.0.0/8 le 24») denies it",
        "ip prefix-list ONPREM seq 15 permit 10.11.0.0/16",
    )


def test_without_room_before_the_entry_nothing_is_advised() -> None:
    text = changed((ENTRY, f"{ENTRY}\nip prefix-list ONPREM seq 11 deny any"))
    line = "ip prefix-list ONPREM seq 11 deny any"
    assert sent(text) == (f"prefix-list ONPREM seq 11 (ce2.conf:«{line}») denies it", None)


def test_entries_without_numbers_count_in_fives_and_go_with_no() -> None:
    bare = "ip prefix-list ONPREM permit 10.10.0.0/16"
    assert sent(changed((ENTRY, bare))) == (
        f"prefix-list ONPREM (ce2.conf:«{bare}») lacks it", "ip prefix-list ONPREM seq 10 permit 10.11.0.0/16"
    )
    more = "ip prefix-list ONPREM seq 20 permit any"
    assert sent(changed((ENTRY, f"{ENTRY}\n{more}\nno {more}"))) is not None


def test_a_list_that_is_not_there_matches_nothing_in_a_route_map_and_denies_when_applied() -> None:
    line = "match ip address prefix-list ONPREM"
    assert sent(changed((ENTRY, ""))) == (
        f"prefix-list ONPREM (ce2.conf:«{line}») is not there, and matches nothing", None
    )
    applied = changed((MAP, f"{PEER} prefix-list NOBODY out"))
    assert sent(applied) == (
        f"prefix-list NOBODY (ce2.conf:«{PEER} prefix-list NOBODY out») is not there, which denies everything", None
    )


def test_a_route_map_that_is_not_there_denies_everything() -> None:
    assert sent(changed((MAP, f"{PEER} route-map NOBODY out"))) == (
        f"route-map NOBODY (ce2.conf:«{PEER} route-map NOBODY out») is not there, which denies everything", None
    )


def test_clauses_go_by_number_and_a_denying_one_is_named() -> None:
    first = "route-map TO-AZURE permit 20\n!\nroute-map TO-AZURE deny 10\n match ip address SOME"
    text = changed((CLAUSE, f"{first}\n!\naccess-list SOME permit 10.11.0.0/16"))
    assert sent(text) == ("route-map TO-AZURE deny 10 (ce2.conf:«route-map TO-AZURE deny 10») denies it", None)
    assert sent(text, "10.12.0.0/16") is None


def test_all_matches_of_a_clause_have_to_hold() -> None:
    clauses = f"{CLAUSE}\n match as-path OWN\n!\nroute-map TO-AZURE permit 20\n match ip address WIDE\n!\n"
    lists = "access-list WIDE permit 172.16.0.0/12\nbgp as-path access-list OWN seq 5 permit ^$"
    text = changed((CLAUSE, clauses + lists))
    assert sent(text, "10.10.0.0/16") is None
    assert sent(text) == no_clause("route-map TO-AZURE permit 20")


def no_clause(line: str) -> tuple[str, None]:
    return f"route-map TO-AZURE (ce2.conf:«{line}») has no clause that permits it", None


@pytest.mark.parametrize("more", ["match community 5", "on-match next", "continue 30", "call OTHER", "match tag 7"])
def test_what_the_file_does_not_tell_is_not_guessed(more: str) -> None:
    text = changed((CLAUSE, f"route-map TO-AZURE permit 5\n {more}\n!\n{CLAUSE}"))
    assert sent(text) is None


def test_what_no_clause_before_could_have_decided_still_counts() -> None:
    first = "route-map TO-AZURE permit 5\n match community 5\n match ip address prefix-list NOBODY"
    assert sent(changed((CLAUSE, f"{first}\n!\n{CLAUSE}"))) == no_clause("route-map TO-AZURE permit 10")


def test_the_lists_of_the_other_family_match_nothing() -> None:
    text = changed((CLAUSE, f"route-map TO-AZURE permit 5\n match ipv6 address prefix-list ONPREM6\n!\n{CLAUSE}"))
    assert sent(text) is not None
    assert sent(text, "10.10.0.0/16") is None


def test_of_each_kind_of_match_the_last_counts() -> None:
    text = changed((CLAUSE, f"{CLAUSE}\n match ip address prefix-list ANY"))
    assert sent(text) is None
    off = changed((CLAUSE, f"{CLAUSE}\n no match ip address prefix-list ONPREM"))
    assert sent(off) is None
    both = changed((CLAUSE, f"{CLAUSE}\n match ip address WIDE\n!\naccess-list WIDE permit any"))
    assert sent(both) is not None


def test_distribute_and_filter_lists_are_policy_too() -> None:
    both = changed((MAP, f"{PEER} distribute-list ACL out"), (ENTRY, "access-list ACL seq 5 permit 10.10.0.0/16"))
    assert sent(both) == ("access-list ACL (ce2.conf:«access-list ACL seq 5 permit 10.10.0.0/16») lacks it", None)
    paths = changed((MAP, f"{PEER} filter-list OWN out"), (ENTRY, "bgp as-path access-list OWN permit _65099_"))
    assert sent(paths) is not None


def test_without_any_policy_nothing_is_sent_unless_the_router_says_so() -> None:
    text = changed((f"  {MAP}\n", ""))
    assert sent(text) == (
        f"{PEER} (ce2.conf:«{PEER} remote-as 12076») has no policy out: FRR sends nothing without one",
        "no bgp ebgp-requires-policy; clear bgp * soft",
    )
    assert sent(text.replace(" no bgp default ipv4", " no bgp ebgp-requires-policy\n no bgp default ipv4")) is None


def test_the_last_word_on_a_policy_counts_and_a_peer_groups_where_there_is_none() -> None:
    assert sent(changed((f"  {MAP}\n", f"  {MAP}\n  no {MAP}\n  {PEER} prefix-list ANY out\n"))) is None
    group = changed((f"  {MAP}\n", "  neighbor AZURE route-map TO-AZURE out\n"),
                    (f" {PEER} bfd\n", f" {PEER} bfd\n neighbor AZURE peer-group\n {PEER} peer-group AZURE\n"))
    assert sent(group) is not None


def test_what_azure_sends_is_dropped_by_a_list_of_the_file() -> None:
    text = changed(("ANY seq 10 permit 0.0.0.0/0 le 32", "ANY seq 10 permit 10.0.0.0/8 le 12"))
    found = not_taken(read(text), V4, AZURE, (12076,))
    assert found is not None
    assert found.sentence("ce2.conf") == f"prefix-list ANY (ce2.conf:{line_of(text, 'ip prefix-list ANY')}) lacks it"


def test_a_network_that_is_missing_or_has_no_route() -> None:
    gone = changed(("  network 10.11.0.0/16\n", ""))
    missing = not_there(read(gone), V4, LACKS)
    assert missing is not None
    assert (missing.line, missing.next) == (line_of(gone, "address-family ipv4"), "network 10.11.0.0/16")
    routeless = not_there(read(FILE), V4, LACKS)
    assert routeless is not None
    assert (routeless.line, routeless.next) == (line_of(FILE, "network 10.11"), "ip route 10.11.0.0/16 Null0")


@pytest.mark.parametrize("instead", [
    "redistribute static", "aggregate-address 10.0.0.0/8", "import vrf BLUE", "network 10.0.0.0",
])
def test_where_prefixes_come_from_elsewhere_nobody_knows(instead: str) -> None:
    text = changed(("  network 10.11.0.0/16\n", f"  {instead}\n"))
    assert not_there(read(text), V4, LACKS) is None


def test_a_network_with_a_mask_is_the_same() -> None:
    text = changed(("network 10.11.0.0/16", "network 10.11.0.0 mask 255.255.0.0"))
    found = not_there(read(text), V4, LACKS)
    assert found is not None
    assert found.subject == "network 10.11.0.0/16"

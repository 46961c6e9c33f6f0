"""What keeps a prefix from a neighbor and is no policy, line by line, on files of the cases."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bgp.frr.userfile.blame import not_sent, not_there
from bgp.frr.userfile.policy import Blame
from bgp.frr.userfile.reader import read
from tests.pure.bgp.userfile.samples import V4, changed, line_of

PEER = "neighbor 192.168.100.134"
MAPS = """route-map BOTH permit 10
 match ip address prefix-list BOTH
exit
ip prefix-list BOTH seq 5 permit 10.10.0.0/15 ge 16
"""
LONGER, SHORTER = ip_network("10.11.0.0/16"), ip_network("10.10.0.0/15")


def text(*lines: str) -> str:
    """A file whose router has `lines` in its IPv4 family, and no policy towards the neighbor but its route map."""
    return MAPS + changed((f"  {PEER} activate\n", f"  {PEER} activate\n" + "".join(f"  {line}\n" for line in lines)),
                          (f"  {PEER} route-map TO-AZURE out\n", f"  {PEER} route-map BOTH out\n"))


def sentence(found: Blame | None, file: str, start: str) -> str:
    assert found is not None
    assert found.line == line_of(file, start)
    return found.sentence("ce2.conf").replace(f" (ce2.conf:{found.line})", "")


@pytest.mark.parametrize("line", ["aggregate-address 10.10.0.0/15 summary-only",
                                  "aggregate-address 10.10.0.0 255.254.0.0 summary-only",
                                  "aggregate-address 10.10.0.0/15 as-set suppress-map BOTH"])
def test_an_aggregate_that_suppresses_what_it_sums_up(line: str) -> None:
    """ce/10: FRR's own table has the prefix, and no policy denies it."""
    file = text(line)
    found = not_sent(read(file), V4, LONGER)
    assert sentence(found, file, line) == f"{line} suppresses it"
    assert found is not None
    assert found.next == "aggregate-address 10.10.0.0/15"


@pytest.mark.parametrize("lines", [
    (), ("aggregate-address 10.10.0.0/15",), ("aggregate-address 10.11.0.0/16 summary-only",),
    ("aggregate-address 10.10.0.0/15 summary-only", "no aggregate-address 10.10.0.0/15 summary-only"),
    ("aggregate-address 10.10.0.0/15 suppress-map NOSUCH",),
    (f"{PEER} advertise-map TO-AZURE exist-map BOTH",),  # of another prefix
])
def test_what_suppresses_nothing_is_not_blamed(lines: tuple[str, ...]) -> None:
    assert not_sent(read(text(*lines)), V4, LONGER) is None


def test_an_aggregate_without_a_longer_prefix() -> None:
    """ce/10: the line is there, and BGP has nothing that it could sum up."""
    line = "aggregate-address 10.10.0.0/15"
    found = not_there(read(text(line)), V4, SHORTER)
    assert sentence(found, text(line), line) == f"{line} has no longer prefix in BGP to sum up"


@pytest.mark.parametrize(("kind", "whether"), [("exist-map", "a route"), ("non-exist-map", "no route")])
def test_a_condition(kind: str, whether: str) -> None:
    """ce/09: "its policy does not send it" was said of a prefix that waits for another."""
    line = f"{PEER} advertise-map BOTH {kind} COND"
    found = not_sent(read(text(line)), V4, LONGER)
    assert sentence(found, text(line), line) == f"{line} announces it only while BGP has {whether} that COND permits"
    assert found is not None
    assert found.next == f"no {line}"


def test_a_default_that_waits_for_a_route() -> None:
    """ce/08: typing the line without its route map changes nothing while the old one stands."""
    line = f"{PEER} default-originate route-map DFLT"
    found = not_there(read(text(line)), V4, ip_network("0.0.0.0/0"))
    assert sentence(found, text(line), line) == f"{line} sends the default only while BGP has a route that DFLT permits"
    assert found is not None
    assert found.next == f"no {line}; {PEER} default-originate"
    other = not_there(read(text(line)), V4, ip_network("10.99.0.0/16"))
    assert other is not None
    assert other.next == "network 10.99.0.0/16"

"""The line that announces a prefix which nobody waits for."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bgp.frr.userfile.announced import announced
from bgp.frr.userfile.reader import read
from tests.pure.bgp.userfile.samples import V4, changed, line_of

PEER = "neighbor 192.168.100.134"


def text(*lines: str) -> str:
    return changed((f"  {PEER} activate\n", f"  {PEER} activate\n" + "".join(f"  {line}\n" for line in lines)))


@pytest.mark.parametrize(("prefix", "line", "why", "cure"), [
    ("10.11.0.0/16", "network 10.11.0.0/16", "announces it", "no network 10.11.0.0/16"),
    ("10.8.0.0/14", "aggregate-address 10.8.0.0/14 summary-only", "announces it", "no aggregate-address 10.8.0.0/14"),
    ("0.0.0.0/0", f"{PEER} default-originate", "sends it", f"no {PEER} default-originate"),
    ("10.10.0.0/16", "network 10.10.0.0/16", "announces it", "no network 10.10.0.0/16"),
])
def test_the_line_is_named_and_taken_away(prefix: str, line: str, why: str, cure: str) -> None:
    """Cases, section 4: an extra prefix, and the file that is to blame was not named."""
    file = text("aggregate-address 10.8.0.0/14 summary-only", f"{PEER} default-originate")
    found = announced(read(file), V4.peer, "ipv4", ip_network(prefix))
    assert found is not None
    assert (found.line, found.why, found.next) == (line_of(file, line), why, cure)


@pytest.mark.parametrize(("source", "prefix", "cause"), [
    ("static", "10.10.0.0/16", "ip route 10.10.0.0/16 Null0"),
    ("connected", "192.168.100.132/30", "ip address 192.168.100.133/30"),
    ("connected", "10.10.0.1/32", "ip address 10.10.0.1/32"),
])
def test_what_is_redistributed_is_named_with_what_brings_it(source: str, prefix: str, cause: str) -> None:
    line = f"redistribute {source}"
    file = text(line).replace("  network 10.10.0.0/16\n", "")
    found = announced(read(file), V4.peer, "ipv4", ip_network(prefix))
    assert found is not None
    assert (found.line, found.subject) == (line_of(file, line), line)
    assert found.why == f"announces it, with {cause} (line {line_of(file, cause)})"


@pytest.mark.parametrize("prefix", ["10.99.0.0/16", "192.168.100.132/30"])
def test_what_comes_from_elsewhere_has_no_line(prefix: str) -> None:
    file = read(text("redistribute static", "redistribute ospf"))
    assert announced(file, V4.peer, "ipv4", ip_network(prefix)) is None

"""Static routes that win over what BGP has learned."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from bgp.frr.userfile.reader import read
from bgp.frr.userfile.routes import elsewhere

TARGET = ip_address("10.100.0.36")


@pytest.mark.parametrize(("lines", "line", "why"), [
    ("ip route 10.100.0.0/20 Null0", 1, "drops it"),
    ("ip route 10.0.0.0/8 Null0\nip route 10.100.0.0/16 192.168.7.1", 2, "sends it to 192.168.7.1"),
    ("ip route 10.100.0.0/16 Null0\nip route 10.100.0.32/27 blackhole", 2, "drops it"),
])
def test_a_route_as_long_or_longer_wins(lines: str, line: int, why: str) -> None:
    """Cases, section 4: reach failed because of the CE's own Null0, and nobody said why."""
    found = elsewhere(read(lines), TARGET, 16)
    assert found is not None
    assert (found.line, found.why, found.next) == (line, why, f"no {lines.splitlines()[line - 1]}")


@pytest.mark.parametrize("lines", [
    "", "ip route 10.0.0.0/8 Null0", "ip route 10.101.0.0/16 Null0", "ipv6 route fd00:100::/48 Null0",
    "ip route 10.100.0.0/20 Null0\nno ip route 10.100.0.0/20 Null0", "ip route 10.100.0.0/20",
])
def test_what_does_not_win_is_not_blamed(lines: str) -> None:
    assert elsewhere(read(lines), TARGET, 16) is None

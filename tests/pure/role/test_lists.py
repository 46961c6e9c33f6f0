"""A prefix-list holds exactly what it is made of, whatever its length."""

from __future__ import annotations

from ipaddress import ip_network

from lab.circuit.models import Network, PrefixRange
from lab.role.lists import LONG, prefix_list


def permitted(lines: list[str]) -> set[Network]:
    """Every prefix that these lines permit, as routers read `ge` and `le`."""
    found: set[Network] = set()
    for line in lines:
        block, _, bounds = line.partition(" ge ")
        low, _, high = bounds.partition(" le ")
        assert low == high
        network = ip_network(block)
        found |= set(network.subnets(new_prefix=int(low))) if bounds else {network}
    return found


def test_a_short_list_is_as_it_was_written() -> None:
    prefixes = PrefixRange(ip_network("10.64.0.0/24"), LONG).networks()
    assert prefix_list(prefixes) == [str(prefix) for prefix in prefixes]


def test_a_range_takes_a_few_lines_and_no_prefix_more() -> None:
    ranges = (PrefixRange(ip_network("10.64.1.0/24"), 4000), PrefixRange(ip_network("fd00:10::/64"), 70))
    prefixes = [*(p for r in ranges for p in r.networks()), ip_network("10.64.0.0/16"), ip_network("10.64.7.128/25")]
    lines = prefix_list(prefixes)
    assert permitted(lines) == set(prefixes)
    assert len(lines) < 30
    assert "10.64.0.0/16" in lines

"""`exec` as the README types it: packets that are answered, and an MSEE's own routing domain."""

from __future__ import annotations

import pytest

from tests.live.harness import Labs


@pytest.fixture
def up(labs: Labs) -> Labs:
    labs.ok("up", "dual-path")
    return labs


def test_what_the_readme_types_is_answered(up: Labs) -> None:
    """12/8: `exec ce1 ping 10.100.0.36` lost all: it left from the link subnet, which nobody announces."""
    for target in ("10.100.0.36", "fd00:100::24"):
        ping = up.ok("exec", "ce1", "ping", "-c", "1", "-W", "5", target)
        assert " 0% packet loss" in ping.out
        assert "which ce1 advertises" in ping.err
    link = up.ok("exec", "ce1", "ping", "-c", "1", "-W", "5", "192.168.100.130")
    assert "advertises" not in link.err, "what is not behind the circuit is pinged as typed"


def test_an_msee_acts_in_the_domain_of_the_peering(up: Labs) -> None:
    """12/8: `exec msee1 show bgp summary` and `ping` acted where no peering is."""
    summary = up.ok("exec", "msee1", "show", "bgp", "summary")
    assert "192.168.100.129" in summary.out
    assert "10.10.0.0/16" in up.ok("exec", "msee1", "show ip route").out
    assert " 0% packet loss" in up.ok("exec", "msee1", "ping", "-c", "1", "-W", "5", "192.168.100.129").out
    wrong = up("exec", "--vrf", "nosuch", "msee1", "ping", "10.0.0.1")
    assert wrong.code == 2
    assert "no routing domain nosuch" in wrong.err

"""Prefix limits to the prefix: what is at the limit stands, also when it changes; the first above is one too many."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import adversary, circuits
from tests.live.adversary import ASN, CE, CE6, Adversary, accepted, state
from tests.live.harness import Labs
from tests.live.looking import bgp, node_root, until
from tests.live.raw_bgp import as_path, med, next_hop, nlri, origin, reach_ipv6, update

CEASE, MAXIMUM_PREFIXES = 6, 1
SECONDS_TO_FALL = 3


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Labs:
    adversary.start(module_labs)
    return module_labs


@pytest.fixture
def ce(lab: Labs) -> Iterator[Adversary]:
    with adversary.adversary(lab) as puppet:
        yield puppet
    adversary.clear(lab)


def data(family: int, limit: int) -> str:
    """What the NOTIFICATION carries (RFC 4486, 4): AFI, SAFI and the limit."""
    return struct.pack("!HBI", family, 1, limit).hex()


@pytest.mark.rule("ER211")
@pytest.mark.both_engines
def test_4000_stand_and_the_4001st_is_one_too_many(lab: Labs, ce: Adversary) -> None:
    ce.establish()
    ce.flood(4000)
    until(lambda: accepted(lab) == 4000, 10, "4,000 prefixes")
    changed = [origin(), as_path(ASN, ASN), next_hop(CE), med(7)]
    ce.send(update(changed, [nlri("100.0.0.0/24")]))
    until(lambda: adversary.paths(lab, "100.0.0.0/24")[0]["aspath"]["string"] == f"{ASN} {ASN}", 5, "the change")
    assert "silent" in ce.next_but(2, 4, seconds=SECONDS_TO_FALL), "a session at its limit stands"
    assert state(lab) == "Established"
    ce.flood(1, first=4000)
    assert ce.notification(SECONDS_TO_FALL) == (CEASE, MAXIMUM_PREFIXES, data(1, 4000))
    until(lambda: state(lab) == "Idle", 5, "Idle")


@pytest.mark.rule("ER211")
@pytest.mark.both_engines
def test_100_ipv6_stand_and_the_101st_is_one_too_many(lab: Labs, ce: Adversary) -> None:
    def announce(first: int, count: int, *path: int) -> None:
        prefixes = [f"2001:db8:{n:x}::/48" for n in range(first, first + count)]
        ce.send(update([origin(), as_path(*path), reach_ipv6(CE6, prefixes)]))

    ce.establish(family="ipv6")
    announce(0, 100, ASN)
    until(lambda: accepted(lab, "ipv6") == 100, 10, "100 prefixes")
    announce(0, 1, ASN, ASN)
    assert "silent" in ce.next_but(2, 4, seconds=SECONDS_TO_FALL), "a session at its limit stands"
    assert accepted(lab, "ipv6") == 100
    announce(100, 1, ASN)
    assert ce.notification(SECONDS_TO_FALL) == (CEASE, MAXIMUM_PREFIXES, data(2, 100))


def apply(lab: Labs, tier: str) -> None:
    """By `up`, which is told how long to wait for the adversary's other sessions: they never come."""
    lab.write("circuit.yml", adversary.circuit_file(tier))
    lab("up", "--timeout", "0.1", environment={"LIVE_KEY": circuits.KEY}, timeout=120)


@pytest.mark.rule("ER211")
def test_premium_raises_it_without_a_reset_and_standard_lowers_it_on_a_session_that_is_above(
    lab: Labs, ce: Adversary
) -> None:
    """A change of tier moves nothing while the count fits; above it the session drops (expressroute-faqs)."""
    ce.establish()
    ce.flood(3999)
    until(lambda: accepted(lab) == 3999, 10, "3,999 prefixes")
    apply(lab, "Premium")
    ce.flood(6001, first=3999)
    until(lambda: accepted(lab) == 10_000, 20, "10,000 prefixes")
    ce.flood(1, first=10_000)
    assert ce.notification(SECONDS_TO_FALL) == (CEASE, MAXIMUM_PREFIXES, data(1, 10_000))
    adversary.clear(lab)
    ce.establish()
    ce.flood(4001)
    until(lambda: accepted(lab) == 4001, 10, "4,001 prefixes")
    assert state(lab) == "Established", "Premium bears them"
    apply(lab, "Standard")
    assert ce.notification(SECONDS_TO_FALL) == (CEASE, MAXIMUM_PREFIXES, data(1, 4000))
    until(lambda: state(lab) == "Idle", 5, "Idle")


@pytest.mark.rule("ER211")
def test_premium_lets_a_session_back_that_was_above(lab: Labs, ce: Adversary) -> None:
    """At once, since the MSEE knows that the count fits now; without it the minute would have to pass."""
    ce.establish()
    ce.flood(4002)
    ce.notification(SECONDS_TO_FALL)
    until(lambda: adversary.neighbor(lab).get("restartInTimerMsec"), 5, "held down")
    apply(lab, "Premium")
    assert "restartInTimerMsec" not in adversary.neighbor(lab)
    ce.establish()
    ce.flood(4002)
    until(lambda: accepted(lab) == 4002, 10, "4,002 prefixes")
    assert "silent" in ce.next_but(2, 4, seconds=SECONDS_TO_FALL), "the watcher has the new limit"
    apply(lab, "Standard")
    ce.notification(SECONDS_TO_FALL)


@pytest.mark.rule("ER409")
def test_a_gateway_above_1000_loses_its_connection(lab: Labs) -> None:
    """1,000 from a VNet stand; with one more the gateway's session falls and its prefixes are gone (ER409)."""
    name = adversary.vrf(lab)

    def gateways() -> dict[str, tuple[str, int]]:
        peers = bgp(lab, "msee1", f"show bgp vrf {name} summary json")["ipv4Unicast"]["peers"]
        return {a: (p["state"], p["pfxRcd"]) for a, p in peers.items() if p["remoteAs"] == 65515}

    def originate(first: int, count: int) -> None:
        lines = ["router bgp 65515 vrf v1g0", "address-family ipv4 unicast"]
        lines += [f"network 172.{16 + n // 256}.{n % 256}.0/24" for n in range(first, first + count)]
        # /tmp is the node's own: the lines come by stdin.
        done = lab("exec", "azure", "sh", "-c", "cat >/tmp/g && vtysh -f /tmp/g", stdin="\n".join(lines) + "\n")
        assert done.code == 0, str(done)

    assert set(gateways().values()) == {("Established", 1)}
    originate(0, 999)
    until(lambda: ("Established", 1000) in gateways().values(), 10, "1,000 prefixes")
    originate(999, 1)
    until(lambda: ("Idle (PfxCt)", 0) in gateways().values(), 10, "the gateway's session down")
    assert ("Established", 1) in gateways().values(), "the twin gateway's session stays"


def warnings(lab: Labs) -> list[str]:
    """What the MSEE's log says of the adversary's count (`mseelab exec msee1 grep MAXPFX /run/frr/bgpd.log`)."""
    log = Path(f"{node_root(lab, 'msee1')}/run/frr/bgpd.log").read_text()
    return [line for line in log.splitlines() if f"%MAXPFX: No. of IPv4 Unicast prefix received from {CE}" in line]


@pytest.mark.rule("ER211")
def test_the_msee_warns_once_above_80_percent(lab: Labs, ce: Adversary) -> None:
    before = len(warnings(lab))
    ce.establish()
    ce.flood(3200)
    until(lambda: accepted(lab) == 3200, 10, "3,200 prefixes")
    assert len(warnings(lab)) == before
    ce.flood(100, first=3200)
    until(lambda: accepted(lab) == 3300, 10, "3,300 prefixes")
    assert len(until(lambda: warnings(lab)[before:], 2, "the warning")) == 1
    assert "max 4000" in warnings(lab)[-1]
    assert state(lab) == "Established"


@pytest.mark.rule("ER211")
def test_above_the_limit_the_msee_waits_a_minute_and_a_reset_peering_comes_back_at_once(
    lab: Labs, ce: Adversary
) -> None:
    ce.establish()
    ce.flood(4002)
    ce.notification(SECONDS_TO_FALL)
    held = until(lambda: adversary.neighbor(lab).get("restartInTimerMsec"), 5, "bgpd's own countdown")
    assert 50_000 < held <= 60_000
    until(lambda: 0 < adversary.neighbor(lab)["restartInTimerMsec"] < held - 500, 3, "it counts down")
    assert "connected" not in ce.connect(seconds=1) or "closed" in ce.receive(2), "meanwhile nobody answers"
    adversary.clear(lab)
    ce.establish()
    ce.flood(4000)
    until(lambda: accepted(lab) == 4000, 10, "4,000 prefixes")

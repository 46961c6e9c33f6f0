"""A CE that does everything wrong: the MSEE behaves by its rule, and no other customer's session moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import adversary
from tests.live.adversary import ASN, AZURE, CE, PREFIX, Adversary, Sessions, at_the_gateway, neighbor, paths, state
from tests.live.harness import Labs
from tests.live.looking import until
from tests.live.raw_bgp import (
    IPV4,
    KEEPALIVE,
    OPEN,
    UPDATE,
    as_path,
    attribute,
    capability,
    communities,
    four_octet,
    message,
    next_hop,
    nlri,
    open_message,
    origin,
    reach_ipv6,
    update,
)

RIGHT = (IPV4, four_octet(ASN))
GOOD = (origin(), as_path(ASN), next_hop(CE))


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Labs:
    adversary.start(module_labs)
    return module_labs


@pytest.fixture(scope="module")
def puppet(lab: Labs) -> Iterator[Adversary]:
    with adversary.adversary(lab) as puppet:
        yield puppet


@pytest.fixture(scope="module")
def bystanders(lab: Labs) -> Sessions:
    """Every session that is not the adversary's, as it was before anything was done to the MSEE."""
    found = adversary.others(lab)
    assert {state for state, *_ in found.values()} == {"Established"}
    assert len(found) > 2, "the other customer's and the gateways'"
    return found


@pytest.fixture
def ce(lab: Labs, puppet: Adversary, bystanders: Sessions) -> Iterator[Adversary]:
    """The adversary; whatever it does, no session of anybody else falls or comes."""
    adversary.clear(lab)
    yield puppet
    puppet.close()
    assert adversary.others(lab) == bystanders


WRONG_OPENS = {
    "another AS": (open_message(65011, (IPV4, four_octet(65011))), (2, 2)),
    "another AS in the capability": (open_message(ASN, (IPV4, four_octet(65011))), (2, 2)),
    "the MSEE's own AS": (open_message(AZURE, (IPV4, four_octet(AZURE))), (2, 2)),
    "AS 0": (open_message(0, (IPV4, four_octet(0))), (2, 2)),
    "hold time 1": (open_message(ASN, RIGHT, hold=1), (2, 6)),
    "hold time 2": (open_message(ASN, RIGHT, hold=2), (2, 6)),
    "version 3": (open_message(ASN, RIGHT, version=3), (2, 1)),
    "router id 0.0.0.0": (open_message(ASN, RIGHT, router_id="0.0.0.0"), (2, 3)),
    "a capability longer than its parameter": (open_message(ASN, (bytes((65, 200)) + b"\0\0",)), (2, 0)),
    "another marker": (message(OPEN, b"\4" + b"\0" * 9, marker=b"\0" * 16), (1, 1)),
    "a length of 18": (message(OPEN, b"\4" + b"\0" * 9, length=18), (1, 2)),
    "a length of 5000": (message(OPEN, b"\4" + b"\0" * 9, length=5000), (1, 2)),
    "an unknown type": (message(9), (1, 3)),
    "an UPDATE before an OPEN": (update(GOOD, [nlri(PREFIX)]), (5, 1)),
}


@pytest.mark.rule("ER216", "ER224", "ER233", "ER235")
@pytest.mark.parametrize("wrong", WRONG_OPENS)
def test_a_wrong_opening_is_answered_by_its_notification(lab: Labs, ce: Adversary, wrong: str) -> None:
    """RFC 4271, 6.1, 6.2 and 6.6 (hold time 1 and 2 are refused there, too)."""
    sent, (code, subcode) = WRONG_OPENS[wrong]
    ce.opened(sent)
    assert ce.notification()[:2] == (code, subcode)
    assert state(lab) != "Established"


ODD_OPENS = {
    "no capability at all": open_message(ASN, ()),
    "no four-octet AS": open_message(ASN, (IPV4,)),
    "no multiprotocol": open_message(ASN, (four_octet(ASN),)),
    "capabilities that nobody knows": open_message(ASN, (*RIGHT, capability(200, b"what"), capability(99))),
    "a family that nobody asked for": open_message(ASN, (*RIGHT, capability(1, b"\0\x19\0\x46"))),
    "a capability twice": open_message(ASN, (*RIGHT, *RIGHT)),
}


@pytest.mark.rule("ER233")
@pytest.mark.parametrize("odd", ODD_OPENS)
def test_an_odd_opening_is_taken(lab: Labs, ce: Adversary, odd: str) -> None:
    """RFC 5492, 3: a capability that is not known is ignored. Without any, IPv4 and two-octet numbers are meant."""
    ce.establish(ODD_OPENS[odd])
    width = 4 if four_octet(ASN) in ODD_OPENS[odd] else 2
    ce.announce(PREFIX, attributes=(origin(), as_path(ASN, 64512, width=width), next_hop(CE)))
    (path,) = until(lambda: paths(lab, PREFIX), 5, "the prefix")
    assert path["aspath"]["string"] == f"{ASN} 64512"


@pytest.mark.rule("ER225", "ER233")
def test_an_ipv6_session_without_ipv6_is_refused(lab: Labs, ce: Adversary) -> None:
    """The MSEE's neighbor has one family; with none in common there is nothing to talk about (RFC 5492, 5)."""
    ce.opened(open_message(ASN, (IPV4, four_octet(ASN))), family="ipv6")
    assert ce.notification()[:2] == (2, 7)
    assert state(lab, "ipv6") != "Established"


@pytest.mark.rule("ER216")
def test_the_lower_hold_time_wins(lab: Labs, ce: Adversary) -> None:
    """3 seconds are the least that RFC 4271 allows: the MSEE speaks every second, and misses who does not."""
    ce.establish(open_message(ASN, RIGHT, hold=3))
    assert neighbor(lab)["bgpTimerHoldTimeMsecs"] == 3000
    for _ in range(4):
        answer = ce.next_but(UPDATE, seconds=2)
        assert answer.get("kind") == KEEPALIVE, answer
        ce.send(message(KEEPALIVE))
    assert state(lab) == "Established"
    assert ce.notification(4)[:2] == (4, 0)


@pytest.mark.rule("ER216")
def test_a_higher_hold_time_does_not(lab: Labs, ce: Adversary) -> None:
    ce.establish(open_message(ASN, RIGHT, hold=300))
    assert neighbor(lab)["bgpTimerHoldTimeMsecs"] == 180_000


@pytest.mark.rule("ER216")
def test_hold_time_0_means_no_keepalives(lab: Labs, ce: Adversary) -> None:
    ce.establish(open_message(ASN, RIGHT, hold=0))
    assert neighbor(lab)["bgpTimerHoldTimeMsecs"] == 0
    assert "silent" in ce.next_but(UPDATE, seconds=3)
    ce.lives()


@pytest.mark.rule("ER233")
def test_a_second_connection_does_not_disturb_the_first(lab: Labs, ce: Adversary) -> None:
    """RFC 4271, 6.8: of two connections the one that is Established is kept."""
    ce.establish()
    with adversary.adversary(lab) as second:
        second.opened()
        assert second.notification()[:2] == (6, 7), "Cease, Connection Collision Resolution"
    ce.lives()


BROKEN = {
    "attributes longer than the message": (message(UPDATE, b"\0\0\xff\xff" + origin()), (3, 1)),
    "withdrawn longer than the message": (message(UPDATE, b"\xff\xff\0\0"), (3, 1)),
    "a prefix of 33 bits": (update(GOOD, [b"\x21\x0a\x0a\0\0\0"]), (3, 10)),
    "a prefix cut short": (update(GOOD, [b"\x18\x0a\x0a"]), (3, 10)),
    "an unknown type": (message(9, b"x"), (1, 3)),
    "a KEEPALIVE with a body": (message(KEEPALIVE, b"x"), (1, 2)),
    "an UPDATE of 20 octets": (message(UPDATE, b"x"), (1, 2)),
}


@pytest.mark.rule("ER234", "ER235")
@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_read_resets_the_session(lab: Labs, ce: Adversary, broken: str) -> None:
    """RFC 7606, 3: where the prefixes cannot be told from the rest, the session is reset (RFC 4271, 6.1 and 6.3)."""
    ce.establish()
    ce.announce(PREFIX)
    until(lambda: paths(lab, PREFIX), 5, "a prefix")
    sent, expected = BROKEN[broken]
    ce.send(sent)
    assert ce.notification()[:2] == expected
    until(lambda: not paths(lab, PREFIX), 5, "its prefixes gone")


# What is wrong comes last: see the test after the next.
WRONG_ATTRIBUTES = {
    "origin 3": (as_path(ASN), next_hop(CE), origin(3)),
    "an origin of two octets": (as_path(ASN), next_hop(CE), attribute(0x40, 1, b"\0\0")),
    "an origin that is optional": (as_path(ASN), next_hop(CE), attribute(0xC0, 1, b"\0")),
    "no origin": (as_path(ASN), next_hop(CE)),
    "no AS path": (origin(), next_hop(CE)),
    "no next hop": (origin(), as_path(ASN)),
    "a next hop of three octets": (origin(), as_path(ASN), attribute(0x40, 3, b"\x0a\0\0")),
    "a path segment cut short": (origin(), next_hop(CE), attribute(0x40, 2, b"\2\3\0\0\xfd\xf2")),
    "a path segment of type 9": (origin(), next_hop(CE), attribute(0x40, 2, b"\x09\1\0\0\xfd\xf2")),
    "communities of five octets": (*GOOD, attribute(0xC0, 8, b"\0\0\0\0\0")),
    "a MED of three octets": (*GOOD, attribute(0x80, 4, b"\0\0\0")),
}


@pytest.mark.both_engines
@pytest.mark.rule("ER234", "ER235")
def test_a_wrong_attribute_withdraws_its_prefixes_and_no_others(lab: Labs, ce: Adversary) -> None:
    """RFC 7606, 2: treated as a withdrawal, and the session stands through all of them."""
    ce.establish()
    ce.announce("10.11.0.0/16")
    for wrong, attributes in WRONG_ATTRIBUTES.items():
        ce.announce(PREFIX)
        until(lambda: paths(lab, PREFIX), 5, f"the prefix, sent right before {wrong}")
        ce.announce(PREFIX, attributes=attributes)
        until(lambda: not paths(lab, PREFIX), 5, f"the prefix gone after {wrong}")
    ce.lives()
    assert paths(lab, "10.11.0.0/16")
    assert neighbor(lab)["connectionsDropped"] == neighbor(lab)["connectionsEstablished"] - 1


HARD_ATTRIBUTES = {
    "a wrong one before others": (origin(3), as_path(ASN), next_hop(CE)),
    "one that is longer than the rest": (*GOOD, attribute(0xC0, 8, b"\0\1", length=200)),
    "a well-known one that nobody knows": (*GOOD, attribute(0x40, 99, b"x")),
    "the same one twice": (*GOOD, origin()),
}


@pytest.mark.rule("ER234")
@pytest.mark.parametrize("hard", HARD_ATTRIBUTES)
def test_hard_attributes_never_bring_a_prefix_in(lab: Labs, ce: Adversary, hard: str) -> None:
    """RFC 7606 would withdraw, or pass over the second; FRR 8.4 loses its place and resets as RFC 4271, 6.3 has it.

    Nobody knows which an MSEE does. Either way the prefix is not taken, and nobody else notices.
    """
    ce.establish()
    ce.announce(PREFIX, attributes=HARD_ATTRIBUTES[hard])
    answer = ce.next_but(UPDATE, KEEPALIVE, seconds=1)
    assert "silent" in answer or answer["body"].startswith("03"), answer
    assert not paths(lab, PREFIX) or hard == "the same one twice"


@pytest.mark.rule("ER233")
def test_an_open_within_a_session_ends_it(lab: Labs, ce: Adversary) -> None:
    """A Finite State Machine Error (RFC 4271, 6.6); FRR 8.4 closes without a word."""
    ce.establish()
    ce.announce(PREFIX)
    until(lambda: paths(lab, PREFIX), 5, "a prefix")
    ce.send(open_message(ASN, RIGHT))
    answer = ce.next_but(UPDATE, KEEPALIVE)
    assert "closed" in answer or answer["body"].startswith("05"), answer
    until(lambda: not paths(lab, PREFIX), 5, "its prefixes gone")


@pytest.mark.both_engines
@pytest.mark.rule("ER218")
def test_a_path_with_12076_is_a_loop_and_the_session_stands(lab: Labs, ce: Adversary) -> None:
    """ER218: not in the table, not counted, not at the gateway; what was there before it is withdrawn."""
    ce.establish()
    ce.announce(PREFIX)
    until(lambda: at_the_gateway(lab, PREFIX), 5, "the prefix at the gateway")
    for path in ((ASN, AZURE), (ASN, AZURE, 65515), (ASN, 64512, AZURE, 64512)):
        ce.announce(PREFIX, attributes=(origin(), as_path(*path), next_hop(CE)))
        ce.lives()
        assert not paths(lab, PREFIX), path
    until(lambda: not at_the_gateway(lab, PREFIX), 5, "gone from the gateway")


@pytest.mark.rule("ER227")
def test_a_path_with_65515_ends_at_the_gateway(lab: Labs, ce: Adversary) -> None:
    """The MSEE takes it, since 65515 is not its own AS; the gateway finds itself in the path."""
    ce.establish()
    ce.announce(PREFIX, attributes=(origin(), as_path(ASN, 65515), next_hop(CE)))
    ce.announce("10.11.0.0/16")
    until(lambda: at_the_gateway(lab, "10.11.0.0/16"), 5, "a prefix that is sent after it")
    assert [path["aspath"]["string"] for path in paths(lab, PREFIX)] == [f"{ASN} 65515"]
    assert not at_the_gateway(lab, PREFIX)


@pytest.mark.rule("ER212")
def test_a_thousand_communities_are_ignored(lab: Labs, ce: Adversary) -> None:
    """ER212: the prefix is taken, and none of them arrives, no-export and no-advertise neither."""
    well_known = [(0xFFFF, 0xFF01), (0xFFFF, 0xFF02), (0xFFFF, 0)]
    many = communities([*well_known, *((AZURE, n) for n in range(50000, 50980))])
    ce.establish()
    ce.announce(PREFIX, attributes=(*GOOD, many))
    (path,) = until(lambda: paths(lab, PREFIX), 5, "the prefix")
    assert "community" not in path
    assert path.get("locPrf", 100) == 100, "graceful shutdown would have lowered it"
    assert until(lambda: at_the_gateway(lab, PREFIX), 5, "the prefix at the gateway") == [f"{AZURE} {ASN}"]


@pytest.mark.rule("ER227")
@pytest.mark.parametrize("hops", [254, 255, 600])
def test_a_long_path_is_passed_on_whole(lab: Labs, ce: Adversary, hops: int) -> None:
    """A segment holds 255 numbers (RFC 4271, 4.3): the MSEE's own comes before, in a new one where it must be."""
    long = " ".join([str(ASN)] * hops)
    ce.establish()
    ce.announce(PREFIX, attributes=(origin(), as_path(*[ASN] * hops), next_hop(CE)))
    # The prefix of an earlier test may be there still: FRR 10 replaces it instead of withdrawing it first.
    until(lambda: at_the_gateway(lab, PREFIX) == [f"{AZURE} {long}"], 5, "the whole path at the gateway")
    assert paths(lab, PREFIX)[0]["aspath"]["length"] == hops


@pytest.mark.rule("ER235")
def test_a_prefix_that_flaps_moves_no_session(lab: Labs, ce: Adversary) -> None:
    """Two hundred announcements and withdrawals at once, and the last word counts."""
    ce.establish()
    flap = update(GOOD, [nlri(PREFIX)]) + update((), withdrawn=[nlri(PREFIX)])
    for _ in range(10):
        ce.send(flap * 20)
    ce.lives()
    assert not paths(lab, PREFIX)
    ce.send(flap, update(GOOD, [nlri(PREFIX)]))
    until(lambda: at_the_gateway(lab, PREFIX), 5, "the prefix at the gateway")


@pytest.mark.rule("ER235")
def test_a_session_that_flaps_moves_no_other(lab: Labs, ce: Adversary) -> None:
    """Up, a prefix, gone without a word: five times as fast as the MSEE lets it; then it comes up and stays."""
    for _ in range(5):
        ce.establish()
        ce.announce(PREFIX)
        until(lambda: paths(lab, PREFIX), 5, "the prefix")
        ce.close()
        until(lambda: not paths(lab, PREFIX), 5, "the prefix gone")
        adversary.clear(lab)
    ce.establish()
    ce.lives()


def md5(lab: Labs) -> dict[str, int]:
    """The kernel's count of refused segments in the adversary's routing domain."""
    command = ["ip", "netns", "exec", adversary.vrf(lab), "nstat", "-asz", "TcpExtTCPMD5*"]
    lines = lab.ok("exec", "msee1", *command).out.splitlines()
    return {words[0]: int(words[1]) for line in lines if (words := line.split())[0].startswith("TcpExt")}


@pytest.mark.rule("ER207", "ER235")
@pytest.mark.parametrize(("key", "counter"), [("otherKey1", "TcpExtTCPMD5Failure"), (None, "TcpExtTCPMD5NotFound")])
def test_a_wrong_key_or_none_gets_no_answer_at_all(lab: Labs, ce: Adversary, key: str | None, counter: str) -> None:
    """RFC 2385: segments that do not fit are dropped by the kernel, and counted; not even a RST comes back."""
    before = md5(lab)
    assert ce.connect(key=key, seconds=1.5) == {"refused": "timed out"}
    assert md5(lab)[counter] > before[counter]


@pytest.mark.rule("ER202", "ER233")
def test_a_session_from_another_address_is_refused_and_the_right_one_stands(lab: Labs, ce: Adversary) -> None:
    """The MSEE knows the CE's link address alone: TCP comes up, since nothing is signed there, and is closed."""
    ce.establish()
    ce.announce(PREFIX)
    until(lambda: paths(lab, PREFIX), 5, "the way back to the other address")
    lab.ok("exec", "ce1", "ip", "address", "add", "10.10.0.9/32", "dev", "lo")
    with adversary.adversary(lab) as stranger:
        assert "connected" in until(lambda: stranger.connect(local="10.10.0.9", key=None), 5, "TCP")
        stranger.send(open_message(ASN, RIGHT))
        assert "closed" in stranger.receive()
    ce.lives()


@pytest.mark.rule("ER207", "ER225")
def test_one_key_serves_both_families(lab: Labs, ce: Adversary) -> None:
    """The key of the peering signs the IPv6 session too, and no other does."""
    ends = {"local": adversary.CE6, "peer": adversary.MSEE6}
    assert ce.connect(key="otherKey1", seconds=1.5, **ends) == {"refused": "timed out"}
    assert ce.connect(key=None, seconds=1.5, **ends) == {"refused": "timed out"}
    ce.establish(family="ipv6")
    with adversary.adversary(lab) as other:
        other.establish(family="ipv4")
        assert state(lab, "ipv6") == state(lab) == "Established"


SIX = "2001:db8:10::/48"
HARD_IPV6 = {
    "a next hop of five octets": attribute(0x80, 14, b"\0\2\1\5\0\0\0\0\0\0" + nlri(SIX)),
    "a prefix of 129 bits": attribute(0x80, 14, reach_ipv6(adversary.CE6, ())[3:] + b"\x81" + b"\x20" * 17),
    "an attribute of three octets": attribute(0x80, 14, b"\0\2\1"),
    "withdrawn prefixes cut short": attribute(0x80, 15, b"\0\2\1\x30\x20"),
}


@pytest.mark.rule("ER234", "ER235")
@pytest.mark.parametrize("hard", HARD_IPV6)
def test_ipv6_prefixes_that_cannot_be_read_reset_the_session(lab: Labs, ce: Adversary, hard: str) -> None:
    """RFC 7606, 5.3: they are inside the attribute, so nobody can tell which prefixes to withdraw."""
    ce.establish(family="ipv6")
    ce.send(update((origin(), as_path(ASN), reach_ipv6(adversary.CE6, [SIX]))))
    until(lambda: paths(lab, SIX), 5, "the prefix, sent right")
    ce.send(update((origin(), as_path(ASN), HARD_IPV6[hard])))
    assert ce.notification()[0] == 3
    until(lambda: not paths(lab, SIX), 5, "its prefixes gone")


@pytest.mark.rule("ER225", "ER234")
def test_a_family_that_was_not_agreed_on_brings_nothing_in(lab: Labs, ce: Adversary) -> None:
    """IPv6 prefixes on the IPv4 session: whatever becomes of it, they are not taken."""
    ce.establish()
    ce.send(update((origin(), as_path(ASN), reach_ipv6(adversary.CE6, [SIX]))))
    answer = ce.next_but(UPDATE, KEEPALIVE, seconds=1)
    assert "silent" in answer or answer["body"].startswith("03"), answer
    assert not paths(lab, SIX)

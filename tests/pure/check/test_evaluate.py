"""Checks judged from evidence: each way in which a lab can be wrong has its own result, and its own reason."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from lab.check.evaluate import evaluate
from lab.check.evidence import Evidence, Md5Evidence, SessionEvidence
from lab.check.expect import Expectation
from lab.check.result import CheckResult
from lab.circuit.models import PRIVATE, Session
from lab.control.observe import SessionView
from lab.role.expect import Leg

SESSION = Session(
    "er-lab", "AzurePrivatePeering", "primary", "ipv4", "msee1", "er1p", "192.168.100.130", "ce1", "192.168.100.129",
    "er-lab/AzurePrivatePeering",
)
ON_PREM, VNET = "10.10.0.0/16", "10.100.0.0/16"
SESSIONS = Expectation(
    "sessions", "er-lab", "ipv4", SESSION, peer_asn=65010, bfd=True, ce_interface="eth1.100", source="circuit.yml:3"
)
FROM_CE = Expectation("from-ce", "er-lab", "ipv4", SESSION, (ON_PREM,), 65010, source="circuit.yml:14")
TO_CE = Expectation("to-ce", "er-lab", "ipv4", SESSION, (VNET,), 65010)
UP = SessionView(SESSION, "Established", 12.0, 1, 1, "yes", "up")
YOUNG = replace(UP, uptime_seconds=0.4)
GOOD = SessionEvidence(
    UP, hold_time=180.0, md5=Md5Evidence(True, True), accepted={ON_PREM: (65010,)}, advertised={VNET: ()},
    at_ce={VNET: (12076,)},
)


def judged(wanted: Expectation, seen: SessionEvidence) -> CheckResult:
    (result,) = evaluate([wanted], Evidence({SESSION: seen}), 0.1)
    return result


def down(state: str = "Connect") -> SessionEvidence:
    return SessionEvidence(SessionView(SESSION, state))


@pytest.mark.parametrize("wanted", [SESSIONS, FROM_CE, TO_CE], ids=lambda e: e.kind)
def test_a_good_session_passes(wanted: Expectation) -> None:
    result = judged(wanted, GOOD)
    assert (result.result, result.why, result.next) == ("pass", None, None)
    assert result.expected == result.got
    assert result.id == f"er-lab/AzurePrivatePeering/primary/ipv4/{wanted.kind}"


def test_a_session_that_is_down_fails_with_its_last_error() -> None:
    """Why it is down is for a diagnosis to say."""
    view = SessionView(SESSION, "Connect", last_error="6/2 (Cease/Administrative Shutdown)")
    result = judged(SESSIONS, SessionEvidence(view))
    assert (result.result, result.expected, result.got) == ("fail", "Established", "Connect")
    assert (result.why, result.next) == ("last: 6/2 (Cease/Administrative Shutdown)", None)
    assert judged(SESSIONS, down()).why is None


@pytest.mark.parametrize(
    ("seen", "got"),
    [
        (replace(GOOD, md5=Md5Evidence(False, True)), "none"),
        (replace(GOOD, md5=Md5Evidence(True, False)), "an unsigned one"),
        (replace(GOOD, hold_time=240.0), "240 s"),
        (replace(GOOD, view=replace(UP, bfd="down")), "BFD down"),
        (replace(GOOD, view=replace(UP, bfd="-")), "BFD not up"),
    ],
)
def test_established_is_not_enough(seen: SessionEvidence, got: str) -> None:
    result = judged(SESSIONS, seen)
    assert (result.result, result.got) == ("fail", got)


def test_a_ce_that_does_not_arm_bfd_is_good() -> None:
    wanted = replace(SESSIONS, bfd=False, generated=False)
    assert judged(wanted, replace(GOOD, view=replace(UP, bfd="-"))).result == "pass"
    assert judged(wanted, replace(GOOD, view=replace(UP, bfd="down"))).result == "fail"


def test_a_disabled_peering_must_be_down() -> None:
    disabled = replace(SESSION, enabled=False)
    wanted = replace(SESSIONS, session=disabled)
    for state, verdict in (("Idle (Admin)", "pass"), ("Established", "fail")):
        seen = SessionEvidence(SessionView(disabled, state))
        (result,) = evaluate([wanted], Evidence({disabled: seen}), 0)
        assert result.result == verdict


@pytest.mark.parametrize(
    ("seen", "got", "why"),
    [
        (
            replace(GOOD, accepted={}, ce_sends=frozenset(), ce_has=frozenset({ON_PREM})), "none",
            "ce1 has 10.10.0.0/16 and does not send it to 192.168.100.130",
        ),
        (
            replace(GOOD, accepted={}, ce_sends=frozenset(), ce_has=frozenset()), "none",
            "ce1 has no valid path to 10.10.0.0/16 in its BGP table",
        ),
        (
            replace(GOOD, view=YOUNG, accepted={}, ce_sends=frozenset(), ce_has=frozenset({ON_PREM})), "none",
            "msee1 has not received 10.10.0.0/16 yet: the session is up for 0.4 s",
        ),
        (
            replace(GOOD, view=YOUNG, accepted={}, ce_sends=frozenset(), ce_has=frozenset()), "none",
            "ce1 has no valid path to 10.10.0.0/16 in its BGP table",
        ),
        (replace(GOOD, accepted={}), "none", "msee1 did not receive 10.10.0.0/16"),
        (
            replace(GOOD, accepted={}, refused={ON_PREM: (65010, 12076)}), "none",
            "msee1 received 10.10.0.0/16 and did not accept it: AS path 65010 12076 holds 12076, the MSEE's own",
        ),
        (
            replace(GOOD, accepted={ON_PREM: (65010,), "0.0.0.0/0": (65010,)}), "10.10.0.0/16, 0.0.0.0/0",
            "ce1 advertises 0.0.0.0/0 too",
        ),
    ],
)
def test_from_ce_is_exact(seen: SessionEvidence, got: str, why: str) -> None:
    result = judged(FROM_CE, seen)
    assert (result.result, result.expected, result.got, result.why) == ("fail", ON_PREM, got, why)
    assert result.source == "circuit.yml:14"


def test_from_ce_starts_with_the_peers_as() -> None:
    assert judged(FROM_CE, replace(GOOD, accepted={ON_PREM: (65010, 65001)})).result == "pass"
    assert judged(FROM_CE, replace(GOOD, accepted={ON_PREM: (65001,)})).got == "10.10.0.0/16 with 65001"


def test_thousands_of_prefixes_are_told_by_their_difference() -> None:
    many = tuple(f"10.{n // 256}.{n % 256}.0/24" for n in range(4000))
    seen = replace(GOOD, accepted=dict.fromkeys(many[2:], (65010,)))
    result = judged(replace(FROM_CE, prefixes=many), seen)
    assert result.got == "3,998; missing 10.0.0.0/24, 10.0.1.0/24"
    assert str(result.expected).endswith("… (4,000 in all)")


def test_to_ce_is_exact_and_its_as_path_is_12076() -> None:
    assert judged(TO_CE, replace(GOOD, advertised={})).why == "msee1 does not advertise 10.100.0.0/16"
    extra = replace(GOOD, advertised={VNET: (), "10.1.0.0/16": ()})
    assert judged(TO_CE, extra).why == "msee1 advertises 10.1.0.0/16, which no connected VNet has"
    leaked = replace(GOOD, at_ce={VNET: (12076, 65515)})
    assert judged(TO_CE, leaked).got == "10.100.0.0/16 with 12076 65515"
    lost = judged(TO_CE, replace(GOOD, at_ce={}))
    assert (lost.result, lost.why) == ("fail", "msee1 advertises them and ce1 does not have them")
    assert judged(replace(TO_CE, generated=False), replace(GOOD, at_ce={})).result == "pass"
    assert judged(TO_CE, replace(GOOD, at_ce=None)).result == "pass"


def test_reach_needs_every_way() -> None:
    legs = (
        Leg("er-lab", PRIVATE, "hub", "ipv4", "primary", "ce1", "192.168.100.129", "10.10.0.1", "10.100.0.36"),
        Leg("er-lab", PRIVATE, "hub", "ipv4", "secondary", "ce1", "192.168.100.133", "10.10.0.1", "10.100.0.36"),
    )
    wanted = Expectation("reach", "er-lab", "ipv4", beyond="hub", target="10.100.0.36", legs=legs)
    (good,) = evaluate([wanted], Evidence({SESSION: GOOD}, dict.fromkeys(legs, True)), 0)
    (bad,) = evaluate([wanted], Evidence({SESSION: GOOD}, {legs[0]: True, legs[1]: False}), 0)
    (why,) = evaluate([wanted], Evidence({SESSION: down()}, {legs[1]: True}), 0)
    assert (good.result, good.id, good.label) == ("pass", "er-lab/hub/ipv4/reach", "hub ipv4")
    assert bad.expected == "10.100.0.36 answers over primary and secondary"
    assert bad.got == "no answer over secondary from ce1"
    assert bad.next == "mseelab exec ce1 ping -I 10.10.0.1 10.100.0.36"
    assert why.got == "no session over primary from ce1"
    assert why.why == "AzurePrivatePeering primary ipv4 not Established"
    assert [r.consequence for r in (good, bad, why)] == [False, False, True]


def test_tables_of_a_session_that_is_down_follow_from_it() -> None:
    assert [judged(e, down()).consequence for e in (SESSIONS, FROM_CE, TO_CE)] == [False, True, True]


@pytest.mark.parametrize("extra", [0, 1], ids=["one is missing", "one too many"])
def test_a_full_table_with_one_fault_is_judged_at_once(extra: int) -> None:
    prefixes = tuple(f"10.{n >> 8}.{n & 255}.0/24" for n in range(10_000))
    accepted = dict.fromkeys((*prefixes, "192.0.2.0/24")[: 9_999 + 2 * extra], (65010,))
    begun = time.process_time()
    result = judged(replace(FROM_CE, prefixes=prefixes), replace(GOOD, accepted=accepted))
    assert time.process_time() - begun < 0.5, "every prefix compared with every other takes seconds"
    assert result.result == "fail"
    assert ("missing 10.39.15.0/24" if not extra else "not expected 192.0.2.0/24") in str(result.got)

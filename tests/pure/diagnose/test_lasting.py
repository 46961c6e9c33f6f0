"""Which verdicts time cannot mend: each code of them, from the evidence that gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.diagnose.codes import CODES
from lab.diagnose.rules.base import Verdict
from lab.diagnose.verdict import Diagnosis
from tests.pure.diagnose.cases import UP
from tests.pure.diagnose.test_verdict import CASES, codes

LASTING = {
    "NOT-PROVISIONED": "a state in the circuit file or a verb changes it",
    "NO-CE-INTERFACE": "a CE's file or its peering's tags",
    "VLAN-MISMATCH": "frames with another tag were seen: a line of the CE, or vlanId",
    "STAG-LOST": "frames without the S-tag were seen: the handoff, or a line of the CE",
    "ADDRESS-MISMATCH": "an address of an interface",
    "MASK-MISMATCH": "an address of an interface",
    "VALIDATION-NEEDED": "Microsoft's decision, a verb in the lab",
    "PEERING-DISABLED": "the peering's state",
    "ADMIN-DOWN": "a shutdown line",
    "MD5-DIFFERENT": "both kernels hold a key, or refused a segment that was signed",
    "MD5-MISSING-AT-CE": "a password line",
    "MD5-MISSING-AT-MSEE": "sharedKey",
    "TTL": "a ttl-security line",
    "PEER-ASN": "the AS of an OPEN, or of router bgp",
    "REMOTE-ASN": "a remote-as line",
    "HOLD-TIME": "timers of both ends",
    "FAMILY-MISSING": "an activate line",
}
PASSES = {
    "DAEMON-DEAD": "a daemon that starts has not begun to run", "DAEMON-HUNG": "a daemon that is busy answers later",
    "LINK-DOWN": "a link flaps", "NO-MSEE-INTERFACE": "a lab is being wired", "ARP-UNANSWERED": "a CE boots",
    "ND-UNANSWERED": "a CE boots", "PATH-SILENT": "a path flaps", "PREFIX-LIMIT": "a session may be tried again",
    "TCP-REFUSED": "a daemon that starts does not listen yet", "TCP-FILTERED": "a CE boots",
    "BFD-DOWN": "BFD comes after its session", "MTU": "a path changes", "NEXT-HOP-UNREACHABLE": "a route is late",
    "NO-CONNECTION": "the session is up", "NO-ROUTE-FILTER": "the session is up",
    "POLICY-DENIES-ALL": "routes come after the session", "ONE-PATH": "routes come after the session",
    "NOTHING-ANNOUNCED": "routes come after the session",
    "UNKNOWN": "nobody knows",
}
"""Every code: what has to be changed by somebody, or what may be another thing a moment later."""


def test_every_code_says_whether_time_mends_it() -> None:
    """12/5: `up` waited 12 to 21 s for what no time mends."""
    assert {name for name, code in CODES.items() if code.lasting} == set(LASTING)
    assert set(CODES) == {*LASTING, *PASSES}


@pytest.mark.parametrize("code", LASTING)
def test_what_lasts_is_the_same_verdict_however_long_it_is_watched(code: str) -> None:
    """12/5: what is called lasting follows from what was seen, and not from the silence of a window."""
    for evidence in CASES[code]:
        assert codes(replace(evidence, seconds=600.0)) == codes(evidence)
        assert code in codes(evidence)


def test_a_diagnosis_lasts_when_each_verdict_that_fits_does() -> None:
    def diagnosis(*said: str) -> Diagnosis:
        given = tuple(Verdict(code, code, (), "") for code in said)
        return Diagnosis(UP.session, "Connect", (), given, {})

    assert diagnosis("MD5-DIFFERENT").lasting
    assert diagnosis("MD5-DIFFERENT", "PEER-ASN").lasting
    assert not diagnosis("MD5-DIFFERENT", "TCP-FILTERED").lasting
    assert not diagnosis().lasting

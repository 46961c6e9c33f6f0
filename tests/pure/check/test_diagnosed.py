"""Checks of sessions that are down say what a diagnosis says; all others keep their own reason."""

from __future__ import annotations

from dataclasses import replace

from lab.check.diagnosed import explained, unwell
from lab.check.result import CheckResult
from lab.diagnose.rules.base import Verdict
from lab.diagnose.verdict import Diagnosis
from tests.pure.diagnose.cases import SESSION

FAILED = CheckResult(
    "a", "sessions", "er-lab", "AzurePrivatePeering", "primary", "ipv4", "fail", expected="Established", got="Connect",
    why="last: something old",
)
MD5 = Verdict("MD5-DIFFERENT", "both ends sign, with different keys", ("counted",), "on ce1: the same key")
FILTERED = Verdict("TCP-FILTERED", "ce1 drops TCP port 179", ("no answer",), "let it pass")


def diagnosis(*verdicts: Verdict) -> Diagnosis:
    return Diagnosis(SESSION, "Connect", (), verdicts, {"seconds": 1.5})


def test_a_session_that_is_down_is_explained_by_its_verdict() -> None:
    (found,) = explained([FAILED], [diagnosis(MD5)])
    assert (found.why, found.next) == ("MD5-DIFFERENT: both ends sign, with different keys", "on ce1: the same key")
    assert found.evidence["diagnose"] == {"verdicts": ["MD5-DIFFERENT"], "layers": [], "seconds": 1.5}
    assert found.where is None
    (placed,) = explained([FAILED], [diagnosis(replace(MD5, where="ce1.conf:7"))])
    assert placed.where == "ce1.conf:7"


def test_where_two_causes_fit_both_are_said() -> None:
    (found,) = explained([FAILED], [diagnosis(MD5, FILTERED)])
    assert found.why == (
        "one of: MD5-DIFFERENT: both ends sign, with different keys; or TCP-FILTERED: ce1 drops TCP port 179"
    )


def test_what_has_another_reason_keeps_it() -> None:
    others = [
        replace(FAILED, result="pass"), replace(FAILED, kind="from-ce"), replace(FAILED, family="ipv6"),
        replace(FAILED, expected="a key on the listener"),
    ]
    assert explained(others, [diagnosis(MD5)]) == tuple(others)
    assert explained([FAILED], [diagnosis()]) == (FAILED,)


def test_only_what_failed_is_diagnosed() -> None:
    far = replace(SESSION, path="secondary")
    assert unwell([FAILED], [SESSION, far]) == (SESSION,)
    assert unwell([replace(FAILED, result="pass")], [SESSION, far]) == ()

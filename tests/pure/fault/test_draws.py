"""What the benchmark of verdicts draws and how it judges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.draws import RIGHT, Case, draw
from bench.trial import judged
from lab.diagnose.codes import CODES
from lab.fault.registry import kinds

CASE = Case(0, "netns", "dual-path", "md5-different", "ce", "primary", "ipv4")


def session(path: str, family: str, *codes: str) -> dict[str, Any]:
    verdicts = [{"code": code, "sentence": "…"} for code in codes]
    return {
        "peering": "AzurePrivatePeering", "path": path, "family": family, "state": "Connect", "layers": [], "raw": {},
        "verdicts": verdicts,
    }


def test_every_fault_and_side_has_its_verdicts() -> None:
    # Loss has none: what it does depends on chance.
    assert set(RIGHT) == {(kind.name, side) for kind in kinds().values() for side in kind.sides if kind.name != "loss"}
    assert {code for codes in RIGHT.values() for code in codes} <= set(CODES)


def test_a_seed_draws_the_same_again_and_everything_equally_often() -> None:
    cases = draw(7, 2 * len(RIGHT), ["netns"])
    assert cases == draw(7, 2 * len(RIGHT), ["netns"])
    assert cases != draw(8, 2 * len(RIGHT), ["netns"])
    assert {row: [c.row for c in cases].count(row) for row in RIGHT} == dict.fromkeys(RIGHT, 2)


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (("MD5-DIFFERENT",), "right"),
        (("MD5-DIFFERENT", "TCP-FILTERED"), "ambiguous"),
        (("TCP-FILTERED",), "wrong"),
        (("UNKNOWN",), "nothing"),
        ((), "nothing"),
    ],
)
def test_the_judgement(codes: tuple[str, ...], outcome: str) -> None:
    answer = {"sessions": [session("primary", "ipv4", *codes), session("secondary", "ipv4")]}
    assert judged(CASE, answer)[0] == outcome


def test_a_verdict_on_a_session_that_is_well_is_wrong() -> None:
    answer = {"sessions": [session("primary", "ipv4", "MD5-DIFFERENT"), session("primary", "ipv6", "MD5-DIFFERENT")]}
    assert judged(CASE, answer)[0] == "wrong"


def test_a_limit_of_the_whole_router_is_right_for_whatever_session_of_it_begins_anew() -> None:
    case = replace(CASE, kind="hold-time", family=None)
    ill = [session("primary", family, "HOLD-TIME") for family in ("ipv4", "ipv6")]
    other = session("secondary", "ipv4", "HOLD-TIME")
    assert judged(case, {"sessions": [*ill, other]})[0] == "right"
    assert judged(case, {"sessions": [*ill, {**other, "state": "Established"}]})[0] == "wrong"

"""Exit code, last line and JSON of a lab that was late come from one report."""

from __future__ import annotations

from dataclasses import replace

from lab.check.result import CheckResult, Report, Verdict
from lab.cli.verdict import Judged, ending, exit_code, missing


def report(result: Verdict) -> Judged:
    label = "AzurePrivatePeering primary ipv4"
    one = CheckResult("a", "sessions", "er-lab", "AzurePrivatePeering", "primary", "ipv4", result, label)
    seen = replace(one, expected="Established", got="Idle")
    return Judged(Report("er-lab", (seen,), 1.0))


def test_as_it_should_be_at_once() -> None:
    assert (exit_code(None), ending(None), missing(None)) == (0, "", [])


def test_late_and_then_there() -> None:
    late = report("pass")
    assert (exit_code(late), ending(late), missing(late)) == (0, "; what was late has come", [])


def test_not_there() -> None:
    wrong = report("fail")
    assert (exit_code(wrong), ending(wrong)) == (1, ", and not as it should be")
    assert missing(wrong) == ["er-lab AzurePrivatePeering primary ipv4 (sessions): expected Established, got Idle"]

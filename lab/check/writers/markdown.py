"""Markdown for pull requests and GitHub's step summary: a table of what passed, every failure, its evidence folded."""

from __future__ import annotations

import json
import re

from lab.check.result import CheckResult, Report
from lab.check.writers.base import Writer, facts, headline, name_of, own_order
from lab.harmless import plain

SHOWN = 20
LONGEST_EVIDENCE, ALL_EVIDENCE = 4_000, 12_000
"""Characters of a failure, and of all: a page that people read in a pull request. `-o json` has the rest."""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
MARKS = {"pass": "✅", "fail": "❌", "warn": "⚠️"}


def text(report: Report) -> str:
    """The whole page, a heading first."""
    failed = [result for result in report.results if result.result == "fail"]
    told = [result for result in failed if not result.consequence] or failed
    lines = [f"## {MARKS['pass' if report.ok else 'fail']} {escaped(report.lab)}: {_sum(report)}", "", *_table(report)]
    left = ALL_EVIDENCE
    for result in told[:SHOWN]:
        evidence = _evidence(result, min(LONGEST_EVIDENCE, left))
        left -= sum(map(len, evidence))
        lines += ["", *_failure(report, result, evidence)]
    if len(told) > SHOWN:
        lines += ["", f"… and {len(told) - SHOWN} more failures."]
    if len(failed) > len(told):
        lines += ["", f"{len(failed) - len(told)} more failed because a session is down."]
    warned = [result for result in report.results if result.result == "warn"]
    lines += ["", *(f"- {MARKS['warn']} {escaped(headline(result))}" for result in warned)] if warned else []
    if report.facts:
        about = ", ".join(f"{name} {value}" for name, value in report.facts.items())
        lines += ["", f"<sub>{escaped(about)}</sub>"]
    return plain("\n".join(lines) + "\n")


def _sum(report: Report) -> str:
    failed, total = report.count("fail"), report.count("fail") + report.count("pass")
    return f"{failed} of {total} checks failed" if failed else f"all {total} checks passed"


def _table(report: Report) -> list[str]:
    kinds: dict[str, list[CheckResult]] = {}
    for result in report.results:
        if result.result != "warn":
            kinds.setdefault("your own" if result.own else result.kind, []).append(result)
    rows = ["| | checks | passed | failed |", "|---|---|---|---|"]
    for kind, results in kinds.items():
        failed = [result for result in results if result.result == "fail"]
        names = ", ".join(escaped(name_of(report, result)) for result in own_order(failed)[:6])
        more = f" and {len(failed) - 6} more" if len(failed) > 6 else ""
        rows.append(
            f"| {MARKS['fail' if failed else 'pass']} | {kind} | {len(results) - len(failed)} of {len(results)} "
            f"| {names}{more}{' ' * bool(names)}|"
        )
    return rows


def _failure(report: Report, result: CheckResult, evidence: list[str]) -> list[str]:
    title = f"### {MARKS['fail']} {escaped(result.kind)}: {escaped(name_of(report, result))}"
    # The first row is the head: Markdown has no table without one.
    rows = [f"| {name} | {_cell(name, value)} |" for name, value in facts(result)]
    return [title, "", *rows[:1], "|---|---|", *rows[1:], *evidence]


def _evidence(result: CheckResult, longest: int) -> list[str]:
    """The evidence, folded; nothing of it where there is no room."""
    if not result.evidence or longest <= 0:
        return []
    return ["", "<details><summary>evidence</summary>", "", *_fenced(result, longest), "", "</details>"]


def _cell(name: str, value: str) -> str:
    """What can be typed as code, everything else as text."""
    if name == "next" and "`" not in value:
        return "`" + value.replace("|", "\\|") + "`"
    return escaped(value)


def _fenced(result: CheckResult, longest: int) -> list[str]:
    words = json.dumps(result.evidence, indent=1, ensure_ascii=False)
    if len(words) > longest:
        words = f"{words[:longest]}\n… {len(words) - longest:,} characters more; -o json has them"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", words)), default=0))
    return [f"{fence}json", words, fence]


def escaped(value: str) -> str:
    """`value` as Markdown that shows it literally, in a table too."""
    return SPECIAL.sub(r"\\\1", " ".join(value.split())).replace("@", "@<!---->")


WRITER = Writer("markdown", text)

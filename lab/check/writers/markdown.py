"""Markdown for pull requests and GitHub's step summary: a table of what passed, every failure, its evidence folded."""

from __future__ import annotations

import json
import re

from lab.check.result import CheckResult, Report
from lab.check.writers.base import Writer, facts, headline, name_of, own_order
from lab.harmless import plain

SHOWN = 20
LONGEST_EVIDENCE = 20_000
"""Characters a failure: GitHub takes a step summary of 1 MiB."""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
MARKS = {"pass": "✅", "fail": "❌", "warn": "⚠️"}


def text(report: Report) -> str:
    """The whole page, a heading first."""
    failed = [result for result in report.results if result.result == "fail"]
    told = [result for result in failed if not result.consequence] or failed
    lines = [f"## {MARKS['pass' if report.ok else 'fail']} {escaped(report.lab)}: {_sum(report)}", "", *_table(report)]
    for result in told[:SHOWN]:
        lines += ["", *_failure(report, result)]
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


def _failure(report: Report, result: CheckResult) -> list[str]:
    title = f"### {MARKS['fail']} {escaped(result.kind)}: {escaped(name_of(report, result))}"
    # The first row is the head: Markdown has no table without one.
    rows = [f"| {name} | {_cell(name, value)} |" for name, value in facts(result)]
    lines = [title, "", *rows[:1], "|---|---|", *rows[1:]]
    if result.evidence:
        lines += ["", "<details><summary>evidence</summary>", "", *_fenced(result), "", "</details>"]
    return lines


def _cell(name: str, value: str) -> str:
    """What can be typed as code, everything else as text."""
    if name == "next" and "`" not in value:
        return "`" + value.replace("|", "\\|") + "`"
    return escaped(value)


def _fenced(result: CheckResult) -> list[str]:
    words = json.dumps(result.evidence, indent=1, ensure_ascii=False)
    if len(words) > LONGEST_EVIDENCE:
        words = f"{words[:LONGEST_EVIDENCE]}\n… {len(words) - LONGEST_EVIDENCE:,} characters more; -o json has them"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", words)), default=0))
    return [f"{fence}json", words, fence]


def escaped(value: str) -> str:
    """`value` as Markdown that shows it literally, in a table too."""
    return SPECIAL.sub(r"\\\1", " ".join(value.split())).replace("@", "@<!---->")


WRITER = Writer("markdown", text)

"""JUnit XML as CI products read it.

Valid by the schemas of Jenkins (junit-10.xsd of its xUnit plugin) and of Ant, which Azure Pipelines documents, at once:
so what belongs to one case but may only stand in a suite, the raw evidence, is in the suite's system-out under the
case's name. JUnit has no warnings: each is a case that passed, named by its sentence, and in the suite's system-err.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from itertools import groupby
from xml.etree import ElementTree as xml

from lab.check.result import CheckResult, Report
from lab.check.writers.base import Writer, facts, headline, name_of
from lab.harmless import plain

NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OWN = "your-own"


def text(report: Report) -> str:
    """The whole file."""
    root = xml.Element("testsuites")
    spent = _durations(report)
    ordered = sorted(zip(report.results, spent, strict=True), key=lambda pair: _place(report, pair[0]))
    for number, (place, cases) in enumerate(groupby(ordered, key=lambda pair: _place(report, pair[0]))):
        root.append(_suite(report, number, place[1:], list(cases)))
    xml.indent(root)
    return plain(f"<?xml version='1.0' encoding='UTF-8'?>\n{xml.tostring(root, encoding='unicode')}\n")


def _place(report: Report, result: CheckResult) -> tuple[int, str, str]:
    """Where a case belongs, in the order of the console: (rank of the kind, package, suite)."""
    kinds = list(dict.fromkeys(OWN if each.own else each.kind for each in report.results))
    kind = OWN if result.own else result.kind
    package = report.lab if result.circuit == report.lab else f"{report.lab}.{result.circuit.replace('.', '_')}"
    return kinds.index(kind), package, kind


def _suite(report: Report, number: int, place: tuple[str, str], cases: list[tuple[CheckResult, float]]) -> xml.Element:
    package, kind = place
    results = [result for result, _ in cases]
    suite = xml.Element(
        "testsuite",
        {
            "id": str(number),
            "package": package,
            "name": kind,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(report.at)),
            "hostname": "localhost",
            "tests": str(len(cases)),
            "failures": str(Counter(result.result for result in results)["fail"]),
            "errors": "0",
            "time": f"{sum(seconds for _, seconds in cases):.3f}",
        },
    )
    properties = xml.SubElement(suite, "properties")
    for name, value in {"lab": report.lab, **report.facts}.items():
        xml.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for result, seconds in cases:
        suite.append(_case(report, f"{package}.{kind}", result, seconds))
    _text(suite, "system-out", "\n".join(_evidence(report, result) for result in results if result.evidence))
    _text(suite, "system-err", "\n".join(f"warning: {headline(r)}" for r in results if r.result == "warn"))
    return suite


def _case(report: Report, classname: str, result: CheckResult, seconds: float) -> xml.Element:
    name = f"warning: {headline(result)}" if result.result == "warn" else _name(report, result)
    case = xml.Element("testcase", {"classname": classname, "name": _clean(name), "time": f"{seconds:.3f}"})
    if result.result == "fail":
        failure = xml.SubElement(case, "failure", {"type": result.kind, "message": _clean(headline(result))})
        rows = [f"{name:<9} {value}" for name, value in facts(result)]
        rows += ["evidence  in this suite's system-out"] if result.evidence else []
        failure.text = _clean("\n".join(["", *rows, ""]))
    return case


def _name(report: Report, result: CheckResult) -> str:
    return result.id if result.own else name_of(report, result)


def _evidence(report: Report, result: CheckResult) -> str:
    return f"# {_name(report, result)}\n{json.dumps(result.evidence, indent=2, ensure_ascii=False)}\n"


def _durations(report: Report) -> list[float]:
    """Seconds a case: what was decided together shares the time since the decision before, so that sums are true."""
    moments = Counter(result.seconds for result in report.results)
    before, share = 0.0, {}
    for moment in sorted(moments):
        share[moment] = (moment - before) / moments[moment]
        before = moment
    return [share[result.seconds] for result in report.results]


def _text(parent: xml.Element, tag: str, content: str) -> None:
    xml.SubElement(parent, tag).text = _clean(content)


def _clean(value: str) -> str:
    """`value` without what XML 1.0 has no way to say."""
    return NOT_XML.sub("\ufffd", value)


WRITER = Writer("junit", text)

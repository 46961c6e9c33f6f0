"""JUnit XML: by the schemas of two CI products, by another's reader, and as a reader wants it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
import xmlschema
from junitparser import JUnitXml

from lab.check.result import Report
from lab.check.writers.junit import text
from tests.pure.check.reports import FAILED, FULL, GREEN, passed

SCHEMAS = {
    # Jenkins' xUnit plugin, MIT; from pytest's source distribution.
    "jenkins": Path(__file__).parent / "schemas" / "junit-10.xsd",
    # Apache Ant's, which Azure Pipelines documents; scripts/install --for-tests puts it here.
    "ant": Path(sys.prefix) / "share" / "junit" / "JUnit.xsd",
}
EMPTY = Report("er-ams", (), 0.0)


@pytest.mark.parametrize("report", [FULL, GREEN, EMPTY], ids=["full", "green", "empty"])
@pytest.mark.parametrize("product", SCHEMAS)
def test_it_is_valid_by_the_schema_of(product: str, report: Report) -> None:
    if not SCHEMAS[product].exists():
        pytest.skip(f"no {SCHEMAS[product].name}: make install-for-tests with npm takes it from its registry")
    xmlschema.XMLSchema(str(SCHEMAS[product])).validate(xml.fromstring(text(report)))


def test_the_schemas_do_refuse() -> None:
    broken = text(FULL).replace(' name="from-ce"', "", 1)
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        xmlschema.XMLSchema(str(SCHEMAS["jenkins"])).validate(xml.fromstring(broken))


def test_another_reader_sees_the_same_figures() -> None:
    read = JUnitXml.fromstring(text(FULL).encode())
    suites = {suite.name: suite for suite in read}
    assert list(suites) == ["sessions", "from-ce", "to-ce", "your-own", "redundancy"]
    assert sum(suite.tests for suite in read) == 7
    assert sum(suite.failures for suite in read) == 3
    assert sum(suite.time for suite in read) == pytest.approx(0.7, abs=0.01)
    assert {prop.name: prop.value for prop in suites["sessions"].properties()} == {"lab": "er-ams", **FULL.facts}
    case = next(case for case in suites["from-ce"] if case.result)
    assert (case.classname, case.name) == ("er-ams.from-ce", "AzurePrivatePeering secondary ipv4")
    assert case.result[0].message == FAILED.why


def test_the_body_of_a_failure_says_everything_but_the_evidence() -> None:
    body = root(FULL).findtext(".//testsuite[@name='from-ce']/testcase/failure")
    assert body == """
expected  10.10.0.0/16, 10.11.0.0/16
asked by  circuit.yml:32, ce2 advertise
got       10.10.0.0/16
why       ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM (ce2.conf:14) lacks it
to blame  ce2.conf:14
next      ip prefix-list ONPREM seq 20 permit 10.11.0.0/16
evidence  in this suite's system-out
"""


def test_evidence_is_in_the_suite_and_has_no_character_that_xml_lacks() -> None:
    words = root(FULL).findtext(".//testsuite[@name='from-ce']/system-out") or ""
    assert words.startswith("# AzurePrivatePeering secondary ipv4\n{\n")
    assert "<&> ]]>" in words
    nasty = replace(FAILED, why="a\x00b\x1bc\ud800d")
    message = root(Report("x", (nasty,), 1)).find(".//failure")
    assert message is not None
    assert message.get("message") == "a\ufffdb\ufffdc\ufffdd"


def test_a_warning_is_a_case_that_passed_and_says_so() -> None:
    suite = root(FULL).find(".//testsuite[@name='redundancy']")
    assert suite is not None
    assert (suite.get("failures"), suite.get("tests")) == ("0", "1")
    assert [case.get("name") for case in suite.iter("testcase")] == [
        "warning: er-ams: one CE router on both paths, ce1"
    ]
    assert suite.findtext("system-err") == "warning: er-ams: one CE router on both paths, ce1"


def test_circuits_are_suites_of_their_own() -> None:
    two = replace(passed("sessions", "primary"), circuit="er.two")
    found = root(Report("er-ams", (passed("sessions", "primary"), two), 1)).findall("testsuite")
    assert [(suite.get("package"), suite.get("name"), suite.get("id")) for suite in found] == [
        ("er-ams", "sessions", "0"), ("er-ams.er_two", "sessions", "1"),
    ]


def test_an_own_check_goes_by_its_id() -> None:
    case = root(FULL).find(".//testsuite[@name='your-own']/testcase")
    assert case is not None
    assert (case.get("classname"), case.get("name")) == ("er-ams.your-own", "no-default")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "ask the *backbone* team | before you | touch @this"


def test_what_was_decided_together_shares_the_time() -> None:
    together = (passed("sessions", "primary", seconds=0.4), passed("sessions", "secondary", seconds=0.4))
    report = Report("x", (*together, passed("from-ce", "primary", seconds=1.0)), 1)
    times = [case.get("time") for case in root(report).iter("testcase")]
    assert times == ["0.200", "0.200", "0.600"]


def root(report: Report) -> xml.Element:
    return xml.fromstring(text(report))

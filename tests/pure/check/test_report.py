"""The report of a check, as ux.md section 8 draws it."""

from __future__ import annotations

from dataclasses import replace

from lab.check.report import report_lines
from lab.check.result import CheckResult, Report

LABELS = [
    (peering, path, family)
    for peering, families in (("AzurePrivatePeering", ("ipv4", "ipv6")), ("MicrosoftPeering", ("ipv4",)))
    for path in ("primary", "secondary")
    for family in families
]
PAGE = """\
er-ams   23 checks: 21 follow from the circuit, 2 of your own
  ✓ sessions   6 of 6   Established; MD5 as configured, hold time 180 s or less
  ✗ from-ce    5 of 6   failed: AzurePrivatePeering secondary ipv4
      expected   10.10.0.0/16, 10.11.0.0/16   (circuit.yml:32, ce2 advertise)
      got        10.10.0.0/16
      why        ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM (ce2.conf:14) lacks it
      next       ip prefix-list ONPREM seq 20 permit 10.11.0.0/16
  ✓ to-ce      6 of 6   AS path 12076
  ✓ reach      3 of 3   hub ipv4, hub ipv6, apps ipv4, each over both paths
  ✓ your own   2 of 2   no-default; failover: back after 0.8 s (allowed 1 s)
22 passed, 1 failed in 4.1 s                                                             exit 1"""


def good(kind: str, peering: str | None, path: str | None, family: str, label: str) -> CheckResult:
    return CheckResult(f"er-ams/{label}/{kind}", kind, "er-ams", peering, path, family, "pass", label)


def results() -> list[CheckResult]:
    found = [good(k, *key, " ".join(key)) for k in ("sessions", "from-ce", "to-ce") for key in LABELS]
    found += [good("reach", None, None, name.split()[1], name) for name in ("hub ipv4", "hub ipv6", "apps ipv4")]
    own = ("no-default", "failover: back after 0.8 s (allowed 1 s)")
    return found + [replace(good("prefixes", None, None, "ipv4", label), own=True) for label in own]


def the_failure(result: CheckResult) -> CheckResult:
    return replace(
        result, result="fail", expected="10.10.0.0/16, 10.11.0.0/16", got="10.10.0.0/16",
        why="ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM (ce2.conf:14) lacks it",
        next="ip prefix-list ONPREM seq 20 permit 10.11.0.0/16", source="circuit.yml:32", about="ce2 advertise",
    )


def failing() -> list[CheckResult]:
    return [
        the_failure(r) if r.kind == "from-ce" and r.label == "AzurePrivatePeering secondary ipv4" else r
        for r in results()
    ]


def test_the_page_of_a_failing_check() -> None:
    assert "\n".join(report_lines(Report("er-ams", tuple(failing()), 4.1))) == PAGE


def test_all_good_ends_without_an_exit_code() -> None:
    page = report_lines(Report("er-ams", tuple(results()[:-2]), 3.94))
    assert page[0] == "er-ams   21 checks: all follow from the circuit"
    assert page[-1] == "21 passed in 3.9 s"


def test_every_failure_is_expanded() -> None:
    page = report_lines(Report("er-ams", tuple(the_failure(r) for r in results() if r.kind == "from-ce"), 1))
    assert page[1] == "  ✗ from-ce    0 of 6   failed: AzurePrivatePeering primary ipv4"
    assert sum(line.startswith(" " * 24 + "failed: ") for line in page) == 5
    assert sum(line.startswith("      why        ") for line in page) == 6


def test_failures_of_several_circuits_name_theirs() -> None:
    one = the_failure(results()[6])
    page = report_lines(Report("x", (one, replace(one, circuit="er-two")), 1))
    assert page[1].endswith("failed: er-ams AzurePrivatePeering primary ipv4")
    assert "failed: er-two AzurePrivatePeering primary ipv4" in page[6]


def test_two_hundred_failures_are_not_two_thousand_lines() -> None:
    page = report_lines(Report("x", tuple(the_failure(results()[6]) for _ in range(200)), 1))
    assert "      and 190 more; -o json has them all" in page
    assert len(page) < 60


def test_warnings_are_said_and_count_only_when_strict() -> None:
    why = "one CE router on both paths"
    warning = CheckResult("x/redundancy", "redundancy", "x", None, None, None, "warn", why=why)
    report = Report("x", (results()[0], warning), 0.5)
    assert report_lines(report)[-2:] == ["  ! redundancy one CE router on both paths", "1 passed, 1 warning in 0.5 s"]
    assert report_lines(report, strict=True)[-1].endswith("exit 3")
    assert (report.exit_code(), report.exit_code(strict=True)) == (0, 3)


def test_the_object_has_the_promised_keys() -> None:
    found = Report("er-ams", tuple(failing()), 4.1).as_object()
    assert list(found) == ["lab", "passed", "failed", "warnings", "seconds", "facts", "checks"]
    assert (found["passed"], found["failed"]) == (22, 1)
    assert list(found["checks"][0]) == [
        "id", "kind", "circuit", "peering", "path", "family", "result", "expected", "got", "why", "next", "source",
        "where", "severity", "message", "seconds", "evidence",
    ]


def test_what_follows_from_a_session_that_is_down_is_one_line() -> None:
    broken = [replace(the_failure(r), consequence=True) for r in results() if r.kind == "from-ce"]
    page = report_lines(Report("x", tuple(broken), 1))
    assert page[1:-1] == ["  ✗ from-ce    0 of 6   failed: sessions are down"]
    mixed = report_lines(Report("x", (the_failure(broken[0]), replace(broken[0], consequence=False), *broken[1:]), 1))
    assert mixed[-2] == "      and 6 because a session is down"


def test_a_long_reason_is_wrapped_and_what_is_typed_is_not() -> None:
    words = " ".join(["reason"] * 30)
    page = report_lines(Report("x", (replace(the_failure(results()[6]), why=words, next=words),), 1))
    at = next(number for number, line in enumerate(page) if line.startswith("      why"))
    assert [line.strip() for line in page[at : at + 3]] == [
        "why        " + " ".join(["reason"] * 12), " ".join(["reason"] * 12), " ".join(["reason"] * 6),
    ]
    assert page[at + 3] == f"      next       {words}"


def test_the_place_is_told_where_the_reason_does_not_name_it() -> None:
    named, other = (replace(the_failure(results()[6]), where=where) for where in ("ce2.conf:14", "ce2.conf:99"))
    assert not [line for line in report_lines(Report("x", (named,), 1)) if "where" in line]
    assert "      where      ce2.conf:99" in report_lines(Report("x", (other,), 1))

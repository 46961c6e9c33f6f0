"""A baseline: few selectors for many alike, exact lists, text that reads back to the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lab.asked.kinds import json_schema
from lab.asked.prefixes import Prefixes
from lab.check.evidence import Md5Evidence, SessionEvidence
from lab.check.own import prefixes, sessions
from lab.check.own.tables import Row, Table
from lab.check.recording.cover import Subject, covered
from lab.check.recording.facts import prefix_checks, ranges, reach_checks, session_checks, unique
from lab.check.recording.text import document
from lab.circuit.models import FAMILIES, PATHS, Session
from lab.control.observe import SessionView
from lab.files.asked import read_file

SESSIONS = [
    Session("er-lab", "AzurePrivatePeering", path, family, msee, "er1p", "m", "ce1", f"{path}-{family}", "er-lab/key")
    for path, msee in zip(PATHS, ("msee1", "msee2"), strict=True)
    for family in FAMILIES
]
UP = {
    s: SessionEvidence(SessionView(s, "Established", 9.0, 1, 1, "yes", "up"), 180.0, md5=Md5Evidence(True, True))
    for s in SESSIONS
}
FROM_CE = Prefixes(from_="ce")


def read_back(tmp_path: Path, checks: list[dict[str, Any]]) -> list[Any]:
    """The values of what was written; the schema knows it, too."""
    file = tmp_path / "baseline.yml"
    file.write_text(document("er-lab", unique(checks)))
    jsonschema.validate(yaml.safe_load(file.read_text()), json_schema())
    assert max(map(len, file.read_text().splitlines())) <= 100
    return [ask.value for ask in read_file(file, "baseline.yml")]


def table(session: Session, *rows: Row) -> Table:
    return Table(session.label, session.family, rows=rows, session=session)


def test_what_is_alike_is_said_once() -> None:
    (check,) = session_checks(UP.values())
    assert check == {"id": "sessions", "sessions": {"state": "Established", "holdTime": 180, "md5": True, "bfd": "up"}}


def test_what_differs_has_the_shortest_selector(tmp_path: Path) -> None:
    down = [s for s in SESSIONS if s.path == "secondary"]
    seen = UP | {s: SessionEvidence(SessionView(s, "Connect")) for s in down}
    found = session_checks(seen.values())
    assert [check["id"] for check in found] == ["sessions-primary", "sessions-secondary"]
    for value in read_back(tmp_path, found):
        mine = [each for session, each in seen.items() if value.selects(session)]
        assert len(mine) == 2
        assert not sessions.judge(value, mine).failures


def test_one_odd_session_is_told_apart_from_all_others(tmp_path: Path) -> None:
    odd = SESSIONS[0]
    seen = UP | {odd: replace(UP[odd], hold_time=9.0)}
    values = read_back(tmp_path, session_checks(seen.values()))
    for session, each in seen.items():
        mine = [value for value in values if value.selects(session)]
        assert mine
        assert not any(sessions.judge(value, [each]).failures for value in mine)


def rows(family: str) -> list[Row]:
    start = "10.10.0.0/16" if family == "ipv4" else "fd00:10::/48"
    return [Row(start, (65010,), communities=())]


def test_both_families_are_one_check(tmp_path: Path) -> None:
    tables = [table(s, *rows(s.family)) for s in SESSIONS]
    (check,) = prefix_checks(FROM_CE, tables)
    assert check == {
        "id": "from-ce", "prefixes": {"from": "ce", "exactly": ["10.10.0.0/16", "fd00:10::/48"], "asPath": [65010]}
    }
    (value,) = read_back(tmp_path, [check])
    assert not prefixes.judge(value, tables).failures
    assert prefixes.judge(value, [*tables[1:], table(SESSIONS[0])]).failures


def test_a_session_that_sends_nothing_is_held_to_that(tmp_path: Path) -> None:
    tables = [table(s, *(rows("ipv4") if s.family == "ipv4" else ())) for s in SESSIONS]
    values = read_back(tmp_path, prefix_checks(FROM_CE, tables))
    assert [(v.family, v.exactly and len(v.exactly)) for v in values] == [(None, 1), ("ipv6", ())]


def test_attributes_that_differ_are_checks_beside_the_list(tmp_path: Path) -> None:
    marked = Row("10.20.0.0/16", (65010, 65010), communities=("65010:1",))
    mine = [table(s, *rows("ipv4"), marked) for s in SESSIONS if s.family == "ipv4"]
    values = read_back(tmp_path, prefix_checks(FROM_CE, mine))
    assert [bool(value.exactly) for value in values] == [True, False, False]
    assert not any(prefixes.judge(value, mine).failures for value in values)
    changed = [table(s, *rows("ipv4"), replace(marked, communities=())) for s in SESSIONS if s.family == "ipv4"]
    assert any(prefixes.judge(value, changed).failures for value in values)


def test_where_nobody_can_look_nothing_is_said() -> None:
    hidden = [replace(table(s, *rows(s.family)), state="Connect", rows=()) for s in SESSIONS if s.path == "primary"]
    seen = [table(s, *rows(s.family)) for s in SESSIONS if s.path == "secondary"]
    (check,) = prefix_checks(FROM_CE, [*hidden, *seen])
    assert check["prefixes"]["path"] == "secondary"


def test_thousands_are_ranges(tmp_path: Path) -> None:
    many = [f"10.{n >> 8}.{n & 255}.0/24" for n in range(4000)]
    assert ranges(["10.99.0.0/16", *many, "fd00::/48"]) == [
        "10.99.0.0/16", {"first": "10.0.0.0/24", "count": 4000}, "fd00::/48"
    ]
    (value,) = read_back(tmp_path, prefix_checks(FROM_CE, [table(SESSIONS[0], *(Row(p, (65010,)) for p in many))]))
    assert [str(network) for network in value.exactly] == many


def test_reach() -> None:
    ways: list[tuple[str, str]] = [(path, family) for path in PATHS for family in FAMILIES]
    good = {("hub", *way): True for way in ways} | {("apps", *way): True for way in ways}
    assert [check["reach"] for check in reach_checks(good)] == [{"to": "hub"}, {"to": "apps"}]
    half = {way: way[1] == "primary" for way in good}
    assert [check["reach"] for check in reach_checks(half)] == [{"path": "primary"}]
    assert reach_checks(dict.fromkeys(good, False)) == []


def test_many_sessions_are_covered_in_time() -> None:
    subjects = [
        Subject({"path": path, "circuit": f"c{n}", "node": "ce1"}, n % 7) for n in range(400) for path in PATHS
    ]
    found = covered(subjects)
    for selector, facts in found:
        assert all(s.facts == facts for s in subjects if all(s.keys[k] == v for k, v in selector))
    assert len(found) == 400


@pytest.mark.parametrize("text", ["yes", "12076:5010", "^65010$", "<= 30", "a b", "fd00::/48", "0.0.0.0/0", "1.5s"])
def test_text_reads_back(text: str) -> None:
    written = document("er-lab", [{"id": "x", "sessions": {"holdTime": text}}])
    assert yaml.safe_load(written)["checks"][0]["sessions"]["holdTime"] == text

"""What a form of report is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.check.result import CheckResult, Report


@dataclass(frozen=True)
class Writer:
    """A form that `check --NAME FILE` writes: `text` makes all of the file."""

    name: str
    text: Callable[[Report], str]


def facts(result: CheckResult) -> list[tuple[str, str]]:
    """What a reader is told about a result, in order and as far as it is known: (name, text)."""
    place = ", ".join(text for text in (result.source, result.about) if text)
    rows = (
        ("message", result.message),
        ("expected", result.expected),
        ("asked by", place or None),
        ("got", result.got),
        ("why", result.why),
        ("to blame", result.where),
        ("next", result.next),
    )
    return [(name, text) for name, text in rows if text]


def headline(result: CheckResult) -> str:
    """The result in one line: the user's own message, else why, else what was expected and what there is."""
    if result.message or result.why:
        return str(result.message or result.why)
    return f"expected {result.expected}, got {result.got}"


def name_of(report: Report, result: CheckResult) -> str:
    """What the result is about, with its circuit where there are several."""
    several = len({each.circuit for each in report.results}) > 1
    label = result.label or result.id
    return f"{result.circuit} {label}" if several and result.label else label


def own_order(results: list[CheckResult]) -> list[CheckResult]:
    """Failures that explain others first, then what follows from them."""
    return sorted(results, key=lambda result: result.consequence)


def file_and_line(place: str | None) -> tuple[str, int] | None:
    """`ce2.conf:14` as (file, line); line 0 where there is none."""
    if not place:
        return None
    name, colon, line = place.rpartition(":")
    return (name, int(line)) if colon and line.isdigit() else (place, 0)

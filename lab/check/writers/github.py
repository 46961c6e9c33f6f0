"""GitHub's annotations: workflow commands that the runner takes from either stream, shown beside the line to blame."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lab.check.result import CheckResult, Report
from lab.check.writers.base import facts, file_and_line, headline, name_of, own_order
from lab.errors import Mistake

SHOWN = 10
"""What GitHub shows of each level, a step."""
SAID = ("expected", "got", "why", "next")


def workflow_commands(report: Report, workspace: Path) -> list[str]:
    """One line a failure and a warning, the failures that explain others first; at most `SHOWN` of each level.

    Files are named from `workspace`, the clone; those outside it, a shipped lab's, not at all.
    """
    lines = []
    for result, level, noun in (("fail", "error", "failure"), ("warn", "warning", "warning")):
        found = own_order([each for each in report.results if each.result == result])
        told = found if result == "warn" else [each for each in found if not each.consequence] or found
        lines += [_annotation(level, report, each, workspace) for each in told[:SHOWN]]
        if len(found) > len(told[:SHOWN]):
            more = len(found) - len(told[:SHOWN])
            lines.append(command("notice", f"and {more} more {noun}{'s'[: more != 1]}", title=f"mseelab {report.lab}"))
    return lines


def _annotation(level: str, report: Report, result: CheckResult, workspace: Path) -> str:
    properties = {}
    place = file_and_line(result.where or result.source)
    if place is not None:
        path = os.path.relpath(os.path.join(report.folder, place[0]), workspace) if report.folder else ".."
        if not path.startswith(".."):
            properties = {"file": path} | ({"line": str(place[1])} if place[1] else {})
    said = [(name, value) for name, value in facts(result) if name in SAID and value != headline(result)]
    message = "\n".join([headline(result), *(f"{name}: {value}" for name, value in said)])
    title = f"{result.kind}: {name_of(report, result)}" if result.label else result.kind
    return command(level, message, **properties, title=title)


def mistake_commands(mistakes: Sequence[Mistake], folder: Path, workspace: Path) -> list[str]:
    """The same for mistakes in files, which are named from `folder`."""
    lines = []
    for mistake in mistakes[:SHOWN]:
        path = os.path.relpath(folder / mistake.file, workspace)
        place = {} if path.startswith("..") or not mistake.line else {"file": path, "line": str(mistake.line)}
        level = "warning" if mistake.warning else "error"
        text = f"{mistake.sentence()}\n{mistake.hint}".rstrip()
        lines.append(command(level, text, **place, title=f"{mistake.rule} {mistake.field}".strip()))
    return lines


def command(level: str, message: str, **properties: str) -> str:
    """A workflow command, escaped as the runner's toolkit does."""
    words = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {words}::{_data(message)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")

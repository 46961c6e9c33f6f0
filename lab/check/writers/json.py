"""The JSON of `-o json` as a file, beside whatever is printed."""

from __future__ import annotations

from lab.check.result import Report
from lab.check.writers.base import Writer
from lab.harmless import as_json


def text(report: Report) -> str:
    return as_json(report.as_object()) + "\n"


WRITER = Writer("json", text)

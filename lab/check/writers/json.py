"""The JSON of `-o json` as a file, beside whatever is printed."""

from __future__ import annotations

import json

from lab.check.result import Report
from lab.check.writers.base import Writer


def text(report: Report) -> str:
    return json.dumps(report.as_object(), indent=2, ensure_ascii=False) + "\n"


WRITER = Writer("json", text)

"""What pytest prints of a failed test is made harmless: names and messages in it come from files of strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.harmless import harmless

if TYPE_CHECKING:
    import pytest


def make_harmless(report: pytest.TestReport) -> None:
    """Changes the report's text in place: its entries' lines and local variables, its crash line and its sections."""
    told: Any = report.longrepr
    if isinstance(told, str):
        report.longrepr = harmless(told)
    chain = getattr(told, "chain", None) or [(getattr(told, "reprtraceback", None), getattr(told, "reprcrash", None))]
    for traceback, crash, *_ in chain:
        if crash is not None:
            crash.message = harmless(crash.message)
        for entry in getattr(traceback, "reprentries", ()):
            entry.lines = [harmless(line) for line in entry.lines]
            shown = getattr(entry, "reprlocals", None)
            if shown is not None:
                shown.lines = [harmless(line) for line in shown.lines]
    report.sections = [(name, harmless(text)) for name, text in report.sections]

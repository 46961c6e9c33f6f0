"""Every seed and every finding of `make fuzz`, through its target once more."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import TARGETS, judged, kept


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_kept_is_read_or_refused(name: str) -> None:
    inputs = kept(name)
    assert inputs, "a target without a seed begins with nothing"
    for path in inputs:
        try:
            judged(TARGETS[name], path.read_bytes())
        except Exception as error:
            error.add_note(f"read from {path}")
            raise

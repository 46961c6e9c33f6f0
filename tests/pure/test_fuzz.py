"""Every seed and every finding of `make fuzz`, through its target once more."""

from __future__ import annotations

import pytest

from lab.circuit.document import decoded
from lab.control.record import from_document
from tests.fuzz.targets import HERE, TARGETS, judged, kept


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


def test_the_seed_of_the_records_is_one_of_today() -> None:
    """One of a format before is refused by its number, and nothing behind that is tried."""
    from_document(decoded((HERE / "seeds" / "records" / "dual-path").read_bytes(), "er-lab"))

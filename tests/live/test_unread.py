"""`check` on a lab of its own, whose reader leaves: the lab goes with it."""

from __future__ import annotations

import pytest

from tests.live.harness import Labs


@pytest.mark.parametrize("lines", [1, 4])
def test_a_reader_that_leaves_leaves_no_lab(labs: Labs, lines: int) -> None:
    """12/8: `mseelab check dual-path 2>&1 | head -2` left the lab running."""
    process = labs.start("check", "dual-path")
    assert process.stderr is not None
    assert process.stdout is not None
    read = [process.stderr.readline() for _ in range(lines)]
    process.stderr.close()
    process.stdout.close()
    assert process.wait(60) == 141, read
    found = labs("list")
    assert "er-lab" not in found.out + found.err

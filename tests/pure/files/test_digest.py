"""What a lab is made of decides whether it has to be applied again, and its checks do not."""

from __future__ import annotations

import pytest

from lab.files.digest import digest

FILE = "name: er-lab\n{}customerEdges:\n  - name: ce1\n"
PLAIN = digest(FILE.format("").encode())


@pytest.mark.parametrize(
    "checks",
    [
        "checks: []\n",
        "checks:\n  - {id: a, sessions: {}}\n\n  # why\n  - {id: b, reach: {}}\n",
        "checks:\n- id: a\n  sessions: {}\n# why\n- {id: b, reach: {}}\n",
        "checks: [{id: a,\n  sessions: {}}]\n",
    ],
)
def test_checks_are_no_part_of_it(checks: str) -> None:
    assert digest(FILE.format(checks).encode()) == PLAIN
    assert digest(f"{FILE.format('')}{checks}".encode()) == PLAIN
    assert digest(f"{FILE.format('')}{checks}".rstrip("\n").encode()) == PLAIN


@pytest.mark.parametrize("more", ["lab: a\n", "# checks:\n", "mychecks: []\n", "checks: []\nlab: a\n"])
def test_everything_else_is(more: str) -> None:
    assert digest(FILE.format(more).encode()) != PLAIN


def test_a_large_file_costs_little() -> None:
    digest(("checks:\n" + "  - {id: a, sessions: {}}\n" * 100_000 + "lab: b\n").encode())

"""The pure ring says the same wherever it runs."""

from __future__ import annotations

import pytest

from lab.files import outside


@pytest.fixture(autouse=True)
def on_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CI job, where strangers' files are refused earlier; a test that is about CI says so itself."""
    for name in (*outside.CI, *outside.WORKSPACES):
        monkeypatch.delenv(name, raising=False)

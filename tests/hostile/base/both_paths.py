"""A test that the repository had before the pull request."""

from __future__ import annotations

import pytest

from lab.testing import Lab

pytestmark = pytest.mark.mseelab("circuit.yml")


def test_both_paths_are_up(lab: Lab) -> None:
    for path in ("primary", "secondary"):
        assert lab.session("AzurePrivatePeering", path).state == "Established"

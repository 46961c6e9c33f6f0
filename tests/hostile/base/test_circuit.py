"""A test that the repository had before the pull request."""

import pytest

pytestmark = pytest.mark.mseelab("circuit.yml")


def test_both_paths_are_up(lab):
    for path in ("primary", "secondary"):
        assert lab.session("AzurePrivatePeering", path).state == "Established"

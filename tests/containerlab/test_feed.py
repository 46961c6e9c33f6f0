"""The Microsoft side of a lab in containers: its speaker is this host's, and ends and comes back with its container."""

from __future__ import annotations

import pytest

from tests.containerlab.containers import docker
from tests.live import circuits, public
from tests.live.harness import Labs
from tests.live.looking import until
from tests.live.public import ENVIRONMENT, STORAGE_PREFIX, table

LAB = "er-feed"


@pytest.fixture
def nothing_left_by_the_test() -> None:
    """A restarted container is a new process: only after the module, when the lab is gone, is the host as before."""


def test_a_restarted_azure_has_its_feed_again(module_labs: Labs) -> None:
    document = public.both()
    document["name"] = LAB
    module_labs.write("circuit.yml", circuits.text(document))
    module_labs.ok("up", environment=ENVIRONMENT)
    assert STORAGE_PREFIX in table(module_labs, "ce1")
    docker("restart", "--time", "1", f"clab-{LAB}-azure")
    until(lambda: STORAGE_PREFIX not in table(module_labs, "ce1"), 20, "the prefixes gone")
    healed = module_labs.ok("up", environment=ENVIRONMENT)
    assert "healed: azure" in healed.err
    assert STORAGE_PREFIX in table(module_labs, "ce1")
    module_labs.ok("check", environment=ENVIRONMENT)
    module_labs.ok("down")

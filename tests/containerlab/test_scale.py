"""Thirty circuits with a VNet each, on FRR 10: 360 sessions, 90 routing domains on the azure node."""

from __future__ import annotations

import shutil

from bench.labs import circuits
from bench.measure import KEY
from tests.live.harness import Labs
from tests.live.looking import established

CIRCUITS = 30


def test_thirty_circuits_come_up_clean(labs: Labs) -> None:
    made = circuits(labs.home / "made", CIRCUITS)
    shutil.copy(made / "circuit.json", labs.folder)
    labs.environment = {**labs.environment, **KEY}
    labs.ok("up")
    labs.ok("check")
    assert established(labs) == 4 * CIRCUITS

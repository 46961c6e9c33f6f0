"""The fault matrix for CEs that are no FRR: killed and stopped, each kind; see test_fault_matrix.py."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.test_fault_matrix import asked, the_cell

PROGRAMS = {"exabgp": "[e]xabgp server", "bird": "/[b]ird ", "gobgp": "/[g]obgpd ", "openbgpd": "/[b]gpd "}
KILL = """for p in /proc/[0-9]*; do
  if tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '{what}'; then kill -{number} ${{p#/proc/}}; fi
done"""


@pytest.fixture(autouse=True)
def nothing_left_by_the_test() -> None:
    """`up` starts daemons of the module's lab anew in every test: what is left is looked at after the module."""


@pytest.fixture(scope="module", params=PROGRAMS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def lab(module_labs: Labs, kind: str) -> Iterator[Labs]:
    document = circuits.one(ipv6PeeringConfig=None)
    document["customerEdges"] = [{"name": "ce1", "kind": kind, "advertise": ["10.10.0.0/16"]}]
    document["virtualNetworks"][0]["addressSpace"]["addressPrefixes"] = ["10.100.0.0/16"]
    module_labs.environment = {**module_labs.environment, "LIVE_KEY": circuits.KEY}
    module_labs.write("circuit.yml", circuits.text(document))
    module_labs.ok("up")
    yield module_labs
    module_labs.ok("down")


@pytest.fixture(scope="module")
def healthy(lab: Labs) -> dict[str, float]:
    found = {done.arguments[0]: done.seconds for done in asked(lab).values()}
    return {**found, "up": lab.ok("up", "-o", "json").seconds}


@pytest.mark.parametrize("fault", ["killed", "stopped"])
def test_every_verb_says_so_and_up_mends_it(lab: Labs, healthy: dict[str, float], kind: str, fault: str) -> None:
    """A10 and A11: a CE that is no FRR was green while its speaker was dead or hung, or a defect of ours."""

    def make(labs: Labs, fault: str, node: str, daemon: str) -> None:
        number = signal.SIGKILL if fault == "killed" else signal.SIGSTOP
        labs.ok("exec", node, "sh", "-c", KILL.format(what=PROGRAMS[daemon], number=number.value))

    the_cell(lab, healthy, fault, "ce1", kind, make)

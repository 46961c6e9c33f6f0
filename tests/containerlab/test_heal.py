"""A node that docker stopped, started again or lost: status names it, up heals it, and nobody else notices."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.containerlab.containers import containers, docker
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, sessions, until

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    """Both families, MD5, BFD armed."""
    document = circuits.one()
    document["name"] = "er-heal"
    module_labs.write("circuit.yml", circuits.text(document))
    module_labs.environment = {**module_labs.environment, **ENVIRONMENT}
    module_labs.ok("up")
    module_labs.ok("check")
    yield module_labs
    module_labs.ok("down")


@pytest.fixture
def nothing_left_by_the_test() -> None:
    """A restarted container is a new process: only after the module, when the lab is gone, is the host as before."""


def lost(lab: Labs) -> list[str]:
    found: list[str] = json.loads(lab.ok("status", "-o", "json").out)["lost"]
    return found


def dropped(lab: Labs) -> dict[tuple[str, str], int]:
    """How often each MSEE has lost each CE session."""
    found = {}
    for node in ("msee1", "msee2"):
        for family in bgp(lab, node, "show bgp vrf er1p summary json").values():
            for address, peer in family.get("peers", {}).items() if isinstance(family, dict) else ():
                found[node, address] = int(peer["connectionsDropped"])
    return found


@pytest.mark.parametrize("node", ["msee1", "ce1", "azure"])
def test_a_restarted_node_is_seen_and_healed(lab: Labs, node: str) -> None:
    docker("restart", "--time", "1", f"clab-er-heal-{node}")
    assert lost(lab) == [node]
    check = lab("check")
    assert (check.code, node in check.err) == (1, True), str(check)
    healed = lab.ok("up")
    assert f"healed: {node}" in healed.err
    assert lost(lab) == []
    lab.ok("check")


def test_the_other_path_never_moves(lab: Labs) -> None:
    until(lambda: all(s["bfd"] == "up" for s in sessions(lab).values()), 10, "BFD up")
    before = {who: count for who, count in dropped(lab).items() if who[0] == "msee2"}
    docker("restart", "--time", "1", "clab-er-heal-msee1")
    lab.ok("up")
    assert {who: count for who, count in dropped(lab).items() if who[0] == "msee2"} == before
    assert sessions(lab)[("er-heal", "primary", "ipv4")]["state"] == "Established"


def test_a_stopped_node_is_started(lab: Labs) -> None:
    docker("stop", "--time", "1", "clab-er-heal-ce1")
    assert lost(lab) == ["ce1"]
    lab.ok("up")
    lab.ok("check")


def test_all_nodes_restarted_at_once_are_a_new_lab(lab: Labs) -> None:
    names = [f"clab-er-heal-{node}" for node in ("ce1", "msee1", "msee2", "azure")]
    docker("restart", "--time", "1", *names)
    status = lab("status")
    assert status.code == 1, str(status)
    lab.ok("up")
    lab.ok("check")


def test_up_on_a_healthy_lab_touches_nothing(lab: Labs) -> None:
    before, ids = dropped(lab), containers("er-heal")
    lab.ok("up")
    assert (dropped(lab), containers("er-heal")) == (before, ids)


def test_a_removed_container_is_made_again(labs: Labs) -> None:
    document = circuits.one()
    document["name"] = "er-removed"
    labs.write("circuit.yml", circuits.text(document))
    labs.environment = {**labs.environment, **ENVIRONMENT}
    labs.ok("up")
    docker("rm", "--force", "clab-er-removed-msee1")
    assert lost(labs) == ["msee1"]
    labs.ok("up")
    labs.ok("check")

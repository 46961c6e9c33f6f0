"""Nodes that come to a running lab of containers, as containerlab and docker see them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.containerlab.containers import containers, docker
from tests.live.harness import Labs
from tests.live.looking import container_pid
from tests.live.planes import FILE, circuit, plane, write

NAME = "er-later"


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    write(module_labs, plane(name=NAME), circuit(name=NAME))
    module_labs.ok("up")
    yield module_labs
    module_labs.ok("down")


@pytest.fixture
def nothing_left_by_the_test() -> None:
    """A restarted container is a new process: only after the module, when the lab is gone, is the host as before."""


def containerlab(labs: Labs, *words: str) -> str:
    """The user's own containerlab, with the lab's folder."""
    program = os.environ.get("MSEELAB_CONTAINERLAB", "containerlab")
    environment = {"CLAB_VERSION_CHECK": "disable", "CLAB_LABDIR_BASE": str(labs.state / NAME)}
    done = subprocess.run(
        [program, *words, "--log-level", "error"], env=os.environ | environment, capture_output=True, text=True,
        cwd=labs.folder, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def inspected(labs: Labs) -> set[str]:
    found = json.loads(containerlab(labs, "inspect", "--name", NAME, "-f", "json"))
    return {c["name"].removeprefix(f"clab-{NAME}-") for c in found[NAME]}


def test_after_a_heal_a_ce_comes_and_goes_and_containerlab_agrees(lab: Labs) -> None:
    """The cables of a restarted node are ours: containerlab would not go on with a lab that has such."""
    docker("restart", "--time", "1", f"clab-{NAME}-msee1")
    lab.ok("up")
    before = containers(NAME)
    write(lab, plane("dual-ce", name=NAME), circuit(ces=2, name=NAME))
    lab.ok("up")
    lab.ok("check")
    assert len(containers(NAME) - before) == 1
    assert before <= containers(NAME), "nobody was made anew"
    assert inspected(lab) == {"ce1", "ce2", "msee1", "msee2", "azure"}
    pids = {node: container_pid(lab, node) for node in ("ce1", "ce2", "msee1")}
    containerlab(lab, "deploy", "-t", str(lab.folder / FILE))
    lab.ok("check")
    assert {node: container_pid(lab, node) for node in pids} == pids
    write(lab, plane(name=NAME), circuit(name=NAME))
    lab.ok("up")
    lab.ok("check")
    assert (inspected(lab), containers(NAME)) == ({"ce1", "msee1", "msee2", "azure"}, before)


def test_another_image_for_a_running_container_is_refused(lab: Labs) -> None:
    before = containers(NAME)
    topology = plane(name=NAME)
    topology["topology"]["nodes"]["ce1"]["image"] = "mseelab/ce"
    write(lab, topology, circuit(name=NAME))
    for verb in ("plan", "up"):
        done = lab(verb)
        assert (done.code, len(done.err.splitlines())) == (2, 2), str(done)
        assert "ce1 is of image mseelab/frr and would be of image mseelab/ce" in done.err
    assert containers(NAME) == before


def test_a_ce_that_comes_with_another_frr_than_the_others_have_is_refused(lab: Labs) -> None:
    """containerlab would make every container anew."""
    before = containers(NAME)
    write(lab, plane("dual-ce", name=NAME), circuit(ces=2, name=NAME))
    done = lab("up", environment={"MSEELAB_FRR_IMAGE": "mseelab/frr:8.4"})
    assert (done.code, len(done.err.splitlines())) == (2, 2), str(done)
    assert "ce1 is of image mseelab/frr and would be of image mseelab/frr:8.4" in done.err
    assert containers(NAME) == before


def test_another_name_in_the_topology_is_refused(lab: Labs) -> None:
    write(lab, plane(name="er-renamed"), circuit(name=NAME))
    done = lab("up")
    assert (done.code, len(done.err.splitlines())) == (2, 2), str(done)
    assert f"containerlab has the lab as {NAME}, and would have it as er-renamed" in done.err
    assert not containers("er-renamed")


def test_a_ce_of_another_kind_comes_to_a_file_of_the_users(lab: Labs) -> None:
    """Its image is not the file's: containerlab is given a copy, and both files' containers go with the lab."""
    topology, document = plane("dual-ce", name=NAME), circuit(ces=2, name=NAME)
    topology["topology"]["links"] = [k for k in topology["topology"]["links"] if k["endpoints"][0] != "ce1:eth2"]
    document["customerEdges"] = [
        {"name": "ce1", "advertise": ["10.10.0.0/16", "fd00:10::/48"]},
        {"name": "ce2", "kind": "bird", "advertise": ["10.20.0.0/16", "fd00:20::/48"]},
    ]
    write(lab, topology, document)
    said = lab.ok("up").err
    assert f"topology for containerlab: {lab.state}/{NAME}/topology.clab.yml" in said
    lab.ok("check")
    assert docker("inspect", "--format", "{{.Config.Image}}", f"clab-{NAME}-ce2") == "mseelab/ce"

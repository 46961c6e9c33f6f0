"""Hosts that cannot: one clear line, exit 4, nothing left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.containerlab.containers import containers, docker, own_topology
from tests.live import circuits
from tests.live.conftest import nothing_left
from tests.live.harness import USER, Done, Labs, installed_for_users, labs_of

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


def refused(labs: Labs, said: str, **environment: str) -> Done:
    """`up` ends with 4 and says why in its first line, and the host is as before."""
    with nothing_left():
        done = labs("up", environment=ENVIRONMENT | environment)
    assert done.code == 4, str(done)
    errors = [line for line in done.err.splitlines() if line.startswith("mseelab: ") and ": note: " not in line]
    assert len(errors) == 1, str(done)
    assert said in errors[0]
    assert circuits.KEY not in done.err
    assert not list(labs.state.glob("*"))
    return done


@pytest.fixture
def written(labs: Labs) -> Labs:
    document = circuits.one()
    document["name"] = "er-refused"
    labs.write("circuit.yml", circuits.text(document))
    return labs


def program(folder: Path, text: str) -> str:
    """A program that stands for another containerlab than the installed one."""
    path = folder / "containerlab"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_no_docker(written: Labs, tmp_path: Path) -> None:
    done = refused(written, "docker is not running", DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert "systemctl start docker" in done.err


def test_no_containerlab(written: Labs) -> None:
    done = refused(written, "containerlab is not installed", MSEELAB_CONTAINERLAB="/nowhere/containerlab")
    assert "containerlab.dev/install" in done.err


def test_containerlab_too_old(written: Labs, tmp_path: Path) -> None:
    old = program(tmp_path, "echo '    version: 0.54.2'")
    refused(written, "containerlab 0.54.2 is too old; needed is 0.68", MSEELAB_CONTAINERLAB=old)


def test_something_else_than_containerlab(written: Labs, tmp_path: Path) -> None:
    refused(written, "does not say its version", MSEELAB_CONTAINERLAB=program(tmp_path, "echo hello"))


def test_containerlab_refuses(labs: Labs) -> None:
    """The real one, about a kind that it does not have."""
    own_topology(labs, "refused-site", kind="nosuch")
    labs.write("circuit.yml", circuits.text(circuits.one() | {"topology": "./refused-site.clab.yml"}))
    refused(labs, "nosuch")


def test_an_image_of_the_users_that_is_not_there(labs: Labs) -> None:
    own_topology(labs, "refused-image", image="mseelab-tests/nowhere:1")
    labs.write("circuit.yml", circuits.text(circuits.one() | {"topology": "./refused-image.clab.yml"}))
    refused(labs, "mseelab-tests/nowhere:1 not found")


def test_an_image_of_ours_that_cannot_be_built(labs: Labs) -> None:
    own_topology(labs, "refused-build", image="mseelab/frr:99")
    labs.write("circuit.yml", circuits.text(circuits.one() | {"topology": "./refused-build.clab.yml"}))
    refused(labs, "mseelab/frr:99 cannot be built")


def test_tags_that_are_modelled_by_bridges(written: Labs) -> None:
    """They would be the host's: the engine's nodes have its wires between them and nothing else."""
    with nothing_left():
        done = written("up", "--vlan", "switch", environment=ENVIRONMENT)
    assert done.code == 2, str(done)
    assert "attacher switch only models tags" in done.err
    assert not list(written.state.glob("*"))


def test_the_name_is_another_labs(written: Labs) -> None:
    """Whoever made it: nothing of it is touched."""
    other = docker("run", "--detach", "--label", "containerlab=er-refused", "--network", "none", "mseelab/frr")
    try:
        refused(written, "containerlab already has a lab named er-refused")
        assert containers("er-refused") == {other}
    finally:
        docker("rm", "--force", other)


def test_the_disk_is_full(written: Labs) -> None:
    """The state folder is on a file system without room."""
    written.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs", str(written.state)], check=True)
    try:
        done = written("up", environment=ENVIRONMENT)
        assert done.code == 4, str(done)
        assert "no space left on device" in done.err.lower()
        assert not containers("er-refused")
        assert written("down", "--all").code == 0
    finally:
        subprocess.run(["umount", str(written.state)], check=True)


def test_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory, nothing_left_by_the_test: None) -> None:
    folder = Path(f"/tmp/mseewheel-{os.getpid()}")
    folder.mkdir(mode=0o755)
    try:
        with labs_of(installed_for_users(folder / "env"), user=USER, engine="containerlab") as labs:
            labs.write("circuit.yml", circuits.text(circuits.one()))
            done = labs("up", environment=ENVIRONMENT)
            assert done.code == 4, str(done)
            assert "needs root" in done.err
            assert "sudo" in done.err
    finally:
        subprocess.run(["rm", "-r", str(folder)], check=True)

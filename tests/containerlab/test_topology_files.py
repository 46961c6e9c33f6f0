"""A15: a topology file is a program that root runs. Told before it runs; in CI refused, with nothing started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

import topologies
from lab.control.trust import VARIABLE
from tests.containerlab.containers import containers, docker
from tests.live import circuits
from tests.live.harness import Labs

ENVIRONMENT = {"LIVE_KEY": circuits.KEY, "TOKEN": "aSecretOfTheHost"}
CI = ENVIRONMENT | {"CI": "true"}
NAME = "hostile-site"


@pytest.fixture
def victim(labs: Labs) -> Path:
    """A folder of the host that the topology file of a stranger writes to as root."""
    folder = labs.home / "victim"
    folder.mkdir()
    return folder


def write(labs: Labs, **extra: object) -> Path:
    """dual-path with one more node, which has no role in the lab."""
    document = yaml.safe_load((topologies.folder("dual-path") / "dual-path.clab.yml").read_text())
    document["name"] = NAME
    document["topology"]["nodes"]["extra"] = {"kind": "linux", **extra}
    labs.write("circuit.yml", circuits.text(circuits.one() | {"topology": f"./{NAME}.clab.yml"}))
    return labs.write(f"{NAME}.clab.yml", yaml.safe_dump(document))


def hostile(victim: Path) -> dict[str, object]:
    return {"binds": [f"{victim}:/h"], "exec": ["touch /h/owned"], "env": {"__IMPORT_ENVS": "true"}}


@pytest.mark.rule("ER609")
def test_in_ci_a_file_that_writes_to_the_host_is_refused_and_nothing_is_started(labs: Labs, victim: Path) -> None:
    write(labs, **hostile(victim))
    physical = ("up", "--physical", f"{NAME}.clab.yml")
    for verb in (("check",), ("up",), physical, ("validate", "--engine", "containerlab")):
        refused = labs(*verb, environment=CI)
        assert refused.code == 2, str(refused)
        assert "ER609 extra binds: mounts folders of this host" in refused.err
        assert "ER609 extra exec: runs commands in the container" in refused.err
        assert "--trust-topology" in refused.err
    assert list(victim.iterdir()) == []
    assert not containers(NAME)


@pytest.mark.rule("ER609", "ER607")
def test_on_ones_own_machine_it_is_told_and_runs_and_sees_no_key(labs: Labs, victim: Path) -> None:
    write(labs, **hostile(victim))
    told = labs.ok("up", environment=ENVIRONMENT)
    assert "ER609 extra binds: mounts folders of this host" in told.err
    assert "ER607 extra: runs, is not judged: it has no label mseelab-role" in told.err
    assert told.err.index("ER609") < told.err.index("nodes:"), "told before anything runs"
    assert [path.name for path in victim.iterdir()] == ["owned"]
    assert (victim / "owned").stat().st_uid == os.geteuid() == 0
    inside = docker("inspect", f"clab-{NAME}-extra", "-f", "{{.Config.Env}}")
    assert "CLAB_LABEL" in inside
    assert circuits.KEY not in inside
    assert "aSecretOfTheHost" not in inside, "__IMPORT_ENVS has containerlab's environment, which is not ours"


@pytest.mark.rule("ER609")
@pytest.mark.parametrize("how", ["option", "variable"])
def test_in_ci_a_file_that_is_trusted_runs(labs: Labs, victim: Path, how: str) -> None:
    write(labs, **hostile(victim))
    given = ("check", "--trust-topology") if how == "option" else ("check",)
    labs.ok(*given, environment=CI | ({VARIABLE: "1"} if how == "variable" else {}))
    assert [path.name for path in victim.iterdir()] == ["owned"]


def test_in_ci_a_harmless_file_of_the_users_is_run_as_it_was_read(labs: Labs) -> None:
    file = write(labs)
    labs.ok("up", environment=CI)
    made = docker("inspect", f"clab-{NAME}-extra", "-f", '{{index .Config.Labels "clab-topo-file"}}')
    assert made == str(labs.state / "er-live" / "topology.clab.yml") != str(file)
    labs.ok("check", environment=CI)

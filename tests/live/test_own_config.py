"""A CE with its owner's FRR file: its BFD does not hold BGP back, comes again when it was lost, and no key is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, until

OWN = Path(__file__).resolve().parents[2] / "topologies" / "own-config"
MSEES = ("192.168.100.130", "192.168.100.134")
PROFILE = "bfd\n profile owners\n  receive-interval 700\n exit\nexit\n"


def own_file(labs: Labs, text: str) -> None:
    circuit, ce = circuits.with_own_ce(text)
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.environment = {**labs.environment, "LIVE_KEY": circuits.KEY}


def bfd(labs: Labs) -> dict[str, tuple[str, int]]:
    """The CE's BFD sessions by neighbor: status and the interval that it asks for, in milliseconds."""
    peers = bgp(labs, "ce1", "show bfd peers json")
    return {p["peer"]: (p["status"], p["receive-interval"]) for p in peers}


@pytest.mark.both_engines
@pytest.mark.rule("ER215", "ER502")
def test_bfd_of_an_own_file(labs: Labs) -> None:
    own_file(labs, PROFILE + circuits.own_ce().replace(f"{MSEES[0]} bfd", f"{MSEES[0]} bfd profile owners"))
    up = labs.ok("up")
    # FRR 10 lets no session with `bfd` begin while the far end has no bfdd, and that end waits for the sessions.
    assert "FAILED" not in up.err, str(up)
    wanted = {MSEES[0]: ("up", 700), MSEES[1]: ("up", 300)}
    until(lambda: bfd(labs) == wanted, 10, "BFD as its owner wrote it")
    pid = bfdd_pid(labs)
    labs.ok("exec", "ce1", "kill", "-9", pid)
    labs.ok("up")
    assert bfdd_pid(labs) != pid
    until(lambda: bfd(labs) == wanted, 10, "BFD as its owner wrote it, once more")


def bfdd_pid(labs: Labs) -> str:
    return labs.ok("exec", "ce1", "cat", "/run/frr/bfdd.pid").out.strip()


@pytest.mark.parametrize("key", ["${LIVE_KEY}", circuits.KEY])
def test_a_refused_line_is_named_without_its_key(labs: Labs, key: str) -> None:
    lines = circuits.own_ce().splitlines()
    number = lines.index("router bgp 65010") + 1
    lines.insert(number, f" neighbor 192.0.2.7 password {key}")
    own_file(labs, "\n".join(lines) + "\n")
    up = labs("up")
    assert up.code == 1, str(up)
    assert f"ce1.conf:{number + 1} neighbor 192.0.2.7 password ***" in up.err
    assert circuits.KEY not in up.out + up.err
    assert json.loads(labs("list", "-o", "json").out)["labs"] == []


@pytest.mark.both_engines
@pytest.mark.rule("ER511")
def test_log_files_of_an_own_file_are_the_node_s(labs: Labs) -> None:
    """What validate takes, up takes too; the folder is made, the file is on no host and goes with the node."""
    files = [f"/var/log/{folder}bgpd-{labs.home.name}.log" for folder in ("", "quagga/", "frr/")]
    for file in files:
        own_file(labs, f"log file {file}\n" + circuits.own_ce())
        labs.ok("validate")
        labs.ok("up")
        assert "BGP" in labs.ok("exec", "ce1", "cat", file).out
        assert not os.path.exists(file)
    labs.ok("down")


@pytest.mark.parametrize(
    ("line", "does"),
    [
        ("log file ${GITHUB_PATH}", "log file, which writes a file"),
        ("outp fi /tmp/x", "output, which writes a file"),
        ("banner motd file /etc/shadow", "banner motd file, which reads a file"),
    ],
)
@pytest.mark.rule("ER511")
def test_a_line_that_is_no_configuration_is_refused_by_every_verb(labs: Labs, line: str, does: str) -> None:
    """A2, A3: with file and line, before anything is made; the pre-commit hook's call is the second."""
    own_file(labs, circuits.own_ce() + f"!\n{line}\n")
    number = len((labs.folder / "ce1.conf").read_text().splitlines())
    for verb in (("validate",), ("validate", "--no-keys"), ("validate", "ce1.conf"), ("up",), ("check",)):
        done = labs(*verb)
        assert done.code == 2, str(done)
        assert f"ce1.conf:{number}: ER511: found {does}" in done.out + done.err
    assert json.loads(labs("list", "-o", "json").out)["labs"] == []


def test_a_prefix_too_many_is_red_at_once(labs: Labs) -> None:
    """A9: `up` looked once, before a family that should carry nothing had been announced at all."""
    document = circuits.one(sharedKey=None)
    document["customerEdges"] = [{"name": "ce1", "config": "ce1.conf", "advertise": ["10.10.0.0/16"]}]
    labs.write("circuit.yml", circuits.text(document))
    labs.write("ce1.conf", (OWN / "ce1.conf").read_text())
    for _ in range(3):
        up = labs("up", "--timeout", "2")
        assert up.code == 1, str(up)
        assert "ce1 advertises fd00:10::/48 too" in up.out, str(up)
        labs.ok("down")

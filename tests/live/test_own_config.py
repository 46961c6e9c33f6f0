"""A CE with its owner's FRR file: its BFD does not hold BGP back, comes again when it was lost, and no key is told."""

from __future__ import annotations

import json

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, until

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

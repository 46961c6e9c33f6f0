"""CEs that are no FRR, in a whole lab: each comes up in both families with MD5, and follows a change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bgp.driver import SpeakerMissing
from bgp.drivers import find_driver
from bgp.speaker import Kind
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import sessions

pytestmark = pytest.mark.both_engines

KINDS: tuple[Kind, ...] = ("bird", "gobgp", "openbgpd")
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


def document(kind: str) -> dict[str, Any]:
    found = circuits.one()
    found["name"] = f"er-{kind}"
    found["customerEdges"][0]["kind"] = kind
    return found


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, engine: str) -> Kind:
    """On the netns engine the daemon is this host's; containers bring their own."""
    name: Kind = request.param
    if engine == "netns":
        try:
            find_driver(name)
        except SpeakerMissing as missing:
            pytest.skip(f"{missing}: apt-get install {missing.package}")
    return name


def test_it_comes_up_signed_in_both_families_and_follows(labs: Labs, kind: Kind) -> None:
    labs.environment = {**labs.environment, **ENVIRONMENT}
    wanted = document(kind)
    labs.write("circuit.yml", circuits.text(wanted))
    labs.ok("up")
    labs.ok("check")
    assert {(s["state"], s["md5"]) for s in sessions(labs).values()} == {("Established", "yes")}
    before = uptimes(labs)

    wanted["customerEdges"][0]["advertise"].append("10.44.0.0/16")
    labs.write("circuit.yml", circuits.text(wanted))
    assert json.loads(labs.ok("plan", "-o", "json").out)["changes"][0]["resets"] == []
    labs.ok("apply")
    labs.ok("check")
    assert all(after >= before[who] for who, after in uptimes(labs).items()), "no session moved"

    labs.environment = {**labs.environment, "LIVE_KEY": "anotherKey8"}
    labs.ok("apply")
    labs.ok("check")
    assert {(s["state"], s["md5"]) for s in sessions(labs).values()} == {("Established", "yes")}


def uptimes(labs: Labs) -> dict[tuple[str, str, str], float]:
    return {who: session["uptimeSeconds"] for who, session in sessions(labs).items()}

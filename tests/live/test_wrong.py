"""A CE that is wrong stays down, and `check` says what is wrong. The CE's own file is what users get wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import failures, sessions, until

# Each waits for a deadline; what the routers do about these is the same wherever they run, so containers get two.
WRONG = {
    "other key": (circuits.own_ce(key="otherKey1"), "MD5-DIFFERENT"),
    "other VLAN": (circuits.own_ce(vlan=101), "VLAN-MISMATCH: ce1 sends tag 101"),
    "no key": (circuits.own_ce(key=None), "MD5-MISSING-AT-CE"),
    "other AS": (circuits.own_ce(asn=65011), "PEER-ASN: ce1 opens as AS 65011"),
    "other remote AS": (circuits.own_ce(remote_as=8075), "REMOTE-ASN: ce1 waits for AS 8075"),
}
IN_CONTAINERS = ("other key", "other VLAN")
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}


def up_with(labs: Labs, config: str, **peering: Any) -> str:
    """Brings up what does not come up, and returns what was printed."""
    circuit, ce = circuits.with_own_ce(config, **peering)
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    # Negative results count after the sessions that can come have come: those take a tenth of this.
    done = labs("up", "--timeout", "3", environment=ENVIRONMENT, timeout=120)
    assert done.code == 1, str(done)
    return done.out


def why(failed: list[dict[str, Any]]) -> str:
    return " | ".join(str(c["why"]) for c in failed if c["kind"] == "sessions")


@pytest.mark.both_engines
@pytest.mark.parametrize("how", ["timers connect 1", "passive"])
def test_a_right_ce_comes_up(labs: Labs, how: str) -> None:
    """Whether it connects or waits: the MSEE connects in any case, and lets it connect."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce().replace("timers connect 1", how))
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.ok("up", environment=ENVIRONMENT)
    labs.ok("check", environment=ENVIRONMENT)


@pytest.mark.parametrize(
    ("engine", "wrong"),
    [
        *(pytest.param("netns", wrong, id=wrong) for wrong in WRONG),
        *(
            pytest.param("containerlab", wrong, id=f"containerlab-{wrong}", marks=pytest.mark.containerlab)
            for wrong in IN_CONTAINERS
        ),
    ],
    indirect=["engine"],
)
@pytest.mark.rule("ER205", "ER207", "ER224")
def test_a_wrong_ce_stays_down_and_check_says_which(labs: Labs, wrong: str) -> None:
    config, said = WRONG[wrong]
    printed = up_with(labs, config)
    assert f"verdict   {said}" in printed, printed
    failed = failures(labs)
    assert {s["state"] == "Established" for s in sessions(labs).values()} == {False}
    assert said in why(failed), why(failed)
    assert {(c["path"], c["family"]) for c in failed if c["kind"] == "sessions"} == {
        ("primary", "ipv4"), ("secondary", "ipv4"),
    }


@pytest.mark.rule("ER202")
def test_a_wrong_address_stays_down_and_the_other_path_works(labs: Labs) -> None:
    up_with(labs, circuits.own_ce(swapped=True))
    failed = failures(labs)
    states = {path: s["state"] for (_, path, _), s in sessions(labs).items()}
    assert states["primary"] != "Established"
    assert states["secondary"] == "Established"
    assert {(c["path"]) for c in failed if c["kind"] == "sessions"} == {"primary"}
    assert "ADDRESS-MISMATCH: ce1 has 192.168.100.130/30 on eth1.100" in why(failed), why(failed)


@pytest.mark.rule("ER207")
def test_a_key_at_the_ce_alone_stays_down(labs: Labs) -> None:
    up_with(labs, circuits.own_ce(key=circuits.KEY), sharedKey=None)
    assert "MD5-MISSING-AT-MSEE" in why(failures(labs))


@pytest.mark.rule("ER215")
def test_a_ce_without_bfd_lives(labs: Labs) -> None:
    circuit, ce = circuits.with_own_ce(circuits.own_ce(bfd=False))
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.ok("up", environment=ENVIRONMENT)
    labs.ok("check", environment=ENVIRONMENT)
    labs.ok("exec", "ce1", "vtysh", "-c", "clear bgp *")
    until(lambda: {s["state"] for s in sessions(labs).values()} == {"Established"}, 10, "sessions back without BFD")

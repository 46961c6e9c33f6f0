"""A port that is down in a real kernel: dark at both ends of its cable with all that rides it, and whole again after.

Every attacher that this kernel and this user can is tried, as in the other tests of the wiring.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from lab.control.wait import wait
from lab.net import inside as within
from lab.wiring import NodeWiring, PermanentNeighbor, Route
from tests.live.wiring_lab import ANSWER, SILENCE, Lab, ce, faces, msee
from tests.live.worlds import inside


def _dark(wiring: dict[str, NodeWiring]) -> dict[str, NodeWiring]:
    return wiring | {"msee1": replace(wiring["msee1"], down=("eth1",))}


def _no_light(wired: Lab, *names: str) -> None:
    """The cable's port at the CE, and the sub-interfaces at both of its ends, lose the carrier."""
    ends = [("ce1", "eth1", ""), *(("ce1", name, "") for name in names), *(("msee1", name, "c1p") for name in names)]
    outcome = wait(
        lambda: [end for end in ends if wired.lit(*end)], deadline=ANSWER, label="dark", until=lambda lit: not lit
    )
    assert outcome.ok, outcome.last


@pytest.mark.rule("ER707")
@pytest.mark.parametrize("stag", [None, 8], ids=["dot1q", "qinq"])
def test_a_port_that_is_down_is_dark_at_both_ends_until_it_comes_back(wired: Lab, stag: int | None) -> None:
    """With all that was on it: addresses of both families, neighbors and routes."""
    near, far = faces(100, stag), faces(100, stag, host=2, vrf="c1p")
    route = Route("c1p", "10.9.0.0/16", ("10.0.0.1",))
    known = PermanentNeighbor("c1p", far.name, "10.0.0.3", "02:00:00:00:00:03")
    whole = {"ce1": ce(near), "msee1": msee(far, routes=(route,), neighbors=(known,))}
    wired.wire(whole)
    assert wired.answers("10.0.0.2")
    assert wired.lit("msee1", far.name, "c1p")
    wired.wire(_dark(whole))
    _no_light(wired, near.name)
    assert not wired.answers("10.0.0.2", SILENCE)
    wired.wire(_dark(whole))
    _no_light(wired, near.name)
    wired.wire(whole)
    assert wired.answers("10.0.0.2")
    assert wired.answers("fd00::2")
    assert wired.lit("ce1", "eth1")
    assert "10.9.0.0/16 via 10.0.0.1" in _seen(wired, "route")
    assert "10.0.0.3 dev" in _seen(wired, "neighbor")


@pytest.mark.rule("ER707")
def test_what_is_made_on_a_dark_cable_is_dark(wired: Lab) -> None:
    """From the first wiring on, and later; and is as good as any once there is light."""
    first, second = (faces(100), faces(100, host=2, vrf="c1p")), (faces(200, 8, 1), faces(200, 8, 1, 2, "c1p"))
    wired.wire(_dark({"ce1": ce(first[0]), "msee1": msee(first[1])}))
    _no_light(wired, first[0].name)
    both = {"ce1": ce(first[0], second[0]), "msee1": msee(first[1], second[1])}
    wired.wire(_dark(both))
    _no_light(wired, first[0].name, second[0].name)
    wired.wire(both)
    for target in ("10.0.0.2", "fd00::2", "10.0.1.2", "fd00:1::2"):
        assert wired.answers(target), target


def _seen(wired: Lab, what: str) -> str:
    """What `ip` says of the MSEE's VRF."""

    def work() -> list[str]:
        return within.in_namespace(
            wired.pids["msee1"], "c1p", lambda: [subprocess.run(["ip", what], capture_output=True, text=True).stdout]
        )

    (found,) = inside(wired.world, work)
    return str(found)

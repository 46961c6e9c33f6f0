"""An `up` that changes nodes and links is killed -9 at random moments: the next `up`, of whatever files, works, and so
does `down`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.conftest import nothing_left
from tests.live.harness import Labs
from tests.live.planes import circuit, link, plane, write
from tests.live.test_kills import killed, moments

pytestmark = pytest.mark.both_engines

NAME = "er-torn"
LONGEST = {"netns": 0.9, "containerlab": 2.6}
# What control does between the steps of an engine is the same on both, and containers are slow.
KILLS = {"netns": 4, "containerlab": 2}


def base(labs: Labs, name: str = NAME) -> None:
    write(labs, plane(name=name), circuit(name=name))


def grown(labs: Labs, name: str = NAME) -> None:
    """A CE more, at the end of a cable that the other had, and another MTU."""
    topology: dict[str, Any] = plane("dual-ce", name=name)
    link(topology, "ce1:eth1")["mtu"] = 1400
    write(labs, topology, circuit(ces=2, name=name))


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    """One lab, torn again and again."""
    with nothing_left():
        base(module_labs)
        module_labs.ok("up")
        yield module_labs
        module_labs.ok("down")


@pytest.fixture
def nothing_left_by_the_test() -> None:
    """A node that was made again is a new process: only after the module is the host as before."""


def test_killed_then_up(lab: Labs) -> None:
    """Killed on the way to the files of an `up`, which then goes there all the same, or goes back."""
    for number, share in enumerate(moments(KILLS[lab.engine], 1.0)):
        ways = [grown, base]
        for way, other in (ways, ways[::-1]):
            way(lab)
            killed(lab, "up", share * LONGEST[lab.engine])
            if number % 2:
                other(lab)
            lab.ok("up")
            lab.ok("check")
            way(lab)
            lab.ok("up")


def test_killed_then_down(labs: Labs) -> None:
    """What it had made and not recorded goes, too."""
    for share in moments(KILLS[labs.engine] // 2, 0.7):
        base(labs, "er-felled")
        labs.ok("up")
        grown(labs, "er-felled")
        with nothing_left():
            killed(labs, "up", share * LONGEST[labs.engine])
            labs.ok("down")

"""Echo requests from inside a namespace: the path they are told to take, and what is said when there is no answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import astuple, replace
from typing import Any

import pytest

from lab.net.inside import read_proc_net
from lab.net.ping import Echo, ping
from lab.wiring import Interface, Route
from tests.live.wiring_lab import ANSWER, Lab, ce, faces, msee
from tests.live.worlds import inside, lab

TARGET = {4: "10.9.9.9", 6: "fd09::9"}
WAYS = {"eth1.100": {4: "10.0.0.1", 6: "fd00::1"}, "eth1.200": {4: "10.0.1.1", 6: "fd00:1::1"}}


@pytest.fixture(scope="module")
def two_ways() -> Iterator[Lab]:
    """A CE with two sub-interfaces to one VRF, and equal-cost routes over both to the addresses behind it."""
    with lab("ping", ("ce1", "msee1")) as world:
        made = Lab(world, "")
        routes = (
            Route("", f"{TARGET[4]}/32", ("10.0.0.2", "10.0.1.2")),
            Route("", f"{TARGET[6]}/128", ("fd00::2", "fd00:1::2")),
        )
        behind = Interface("lo", "c1p", (f"{TARGET[4]}/32", f"{TARGET[6]}/128"))
        ends = (faces(100, host=2, vrf="c1p"), faces(200, number=1, host=2, vrf="c1p"))
        made.wire({"ce1": replace(ce(faces(100), faces(200, number=1)), routes=routes), "msee1": msee(*ends, behind)})
        try:
            yield made
        finally:
            made.wirer.close()


def asked(on: Lab, *echoes: Echo, deadline: float = ANSWER) -> list[tuple[Any, ...]]:
    """Each answer as (answered, seconds, lost, reason)."""
    found: list[list[Any]] = inside(on.world, lambda: [astuple(answer) for answer in ping(echoes, deadline)])
    return [tuple(answer) for answer in found]


def sent(on: Lab) -> dict[str, int]:
    """Packets that left the CE by each way."""
    text = inside(on.world, lambda: read_proc_net(on.pids["ce1"], "", "dev"))
    lines = [line.split() for line in text.splitlines()]
    return {line[0].rstrip(":"): int(line[10]) for line in lines if line[0].rstrip(":") in WAYS}


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sourced", [False, True])
def test_it_leaves_by_the_device_that_has_the_address(two_ways: Lab, way: str, version: int, sourced: bool) -> None:
    """Also with a source, where IPv6 would take any of the equal routes."""
    source = WAYS["eth1.100"][version] if sourced else None
    echo = Echo(two_ways.pids["ce1"], TARGET[version], source=source, via_address=WAYS[way][version])
    asked(two_ways, *[echo] * 2)  # the neighbor is known afterwards
    before = sent(two_ways)
    answers = asked(two_ways, *[echo] * 20)
    assert all(answered and seconds < 1 for answered, seconds, _, _ in answers)
    more = {name: count - before[name] for name, count in sent(two_ways).items()}
    other = next(name for name in WAYS if name != way)
    assert more[way] >= 20
    assert more[other] < 10, "its own neighbor discovery at most"


def test_a_source_of_ours_is_used_and_anothers_refused(two_ways: Lab) -> None:
    pid = two_ways.pids["ce1"]
    ours, foreign = asked(
        two_ways,
        Echo(pid, TARGET[4], source="10.0.1.1", via_address="10.0.0.1"),
        Echo(pid, TARGET[4], source="10.0.77.1"),
        deadline=0.5,
    )
    assert ours[0]
    assert not foreign[0]
    assert foreign[3]


def test_no_answer_has_a_reason_and_the_others_are_answered(two_ways: Lab) -> None:
    pid = two_ways.pids["ce1"]
    begun = time.monotonic()
    good, nowhere, nobody, no_vrf = asked(
        two_ways,
        Echo(pid, TARGET[4]),
        Echo(pid, "10.99.0.1"),
        Echo(pid, TARGET[4], via_address="10.55.0.1"),
        Echo(pid, TARGET[4], vrf="c9p"),
        deadline=0.3,
    )
    assert good[0]
    assert [answer[0] for answer in (nowhere, nobody, no_vrf)] == [False] * 3
    assert nowhere[2] > 5, "asked again until the deadline"
    assert "unreachable" in nowhere[3]
    assert "no device has 10.55.0.1" in nobody[3]
    assert "c9p" in no_vrf[3]
    assert time.monotonic() - begun < 2

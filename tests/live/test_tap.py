"""What a tap reads is what is on the cable: tags, direction, time; and a device that goes down or away."""

from __future__ import annotations

import errno
import os
import select
import time
from dataclasses import replace
from typing import Any

from lab.net import vlan
from lab.net.frames import decode
from lab.net.inside import in_namespace
from lab.net.ping import Echo, ping
from lab.net.tap import Tap
from tests.live.wiring_lab import ANSWER, Lab, ce, faces, msee
from tests.live.worlds import inside

QINQ = {"ce1": ce(faces(100), faces(100, 8, number=2)), "msee1": msee(
    replace(faces(100, host=2), vrf="c1p"), replace(faces(100, 8, number=2, host=2), vrf="c1p"))}


PLACES = [("10.0.0.1", "10.0.0.2", (100,)), ("fd00::1", "fd00::2", (100,)), ("10.0.2.1", "10.0.2.2", (8, 100)),
          ("fd00:2::1", "fd00:2::2", (8, 100))]


def echoes(on: Lab, target: str, device: str, vrf: str) -> list[list[Any]]:
    """[tags, outgoing, from, to, kind] of every echo seen at a device of the MSEE."""

    def work() -> list[list[Any]]:
        found: list[list[Any]] = []
        with Tap(on.pids["msee1"], device, vrf) as tap:
            assert all(a.answered for a in ping([Echo(on.pids["ce1"], target)], deadline=ANSWER))
            while select.select([tap], [], [], 0.05)[0]:
                for frame in tap.read():
                    packet = decode(frame.data)
                    if packet.icmp is not None and packet.icmp.echo and packet.ip is not None:
                        assert abs(frame.at - time.time()) < 5
                        ends = packet.ip.source, packet.ip.target
                        found.append([packet.tags, frame.outgoing, *ends, packet.icmp.echo])
            assert tap.lost() == 0
        return found

    answer: list[list[Any]] = inside(on.world, work)
    return answer


def test_tags_and_directions_are_those_of_the_cable(wired: Lab) -> None:
    wired.wire(QINQ)
    tagged = vlan.attacher(wired.attacher).tags_on_wire
    for near, far, tags in PLACES:
        name = f"eth1.{'.'.join(map(str, tags))}"
        assert {tuple(seen) for seen, *_ in echoes(wired, far, name, "c1p")} == {()}, "a sub-interface has no tags"
        port = [[list(tags), False, near, far, "request"], [list(tags), True, far, near, "reply"]]
        # Where tags are only modelled, every sub-interface has a cable of its own, and the port's carries nothing.
        assert echoes(wired, far, "eth1", "") == (port if tagged else [])


def test_a_device_that_is_down_is_silent_and_one_that_has_gone_is_told(wired: Lab) -> None:
    wired.wire(QINQ)

    def work() -> list[int]:
        def ip(*words: str) -> None:
            in_namespace(wired.pids["ce1"], "", lambda: os.spawnlp(os.P_WAIT, "ip", "ip", "link", *words))

        with Tap(wired.pids["ce1"], "eth1") as tap:
            ip("set", "eth1", "down")
            tap.read()
            assert tap.read() == []
            ip("set", "eth1", "up")
            assert any(a.answered for a in ping([Echo(wired.pids["ce1"], "10.0.0.2")], deadline=ANSWER))
            assert select.select([tap], [], [], ANSWER)[0]
            assert tap.read()
            ip("delete", "eth1")
            try:
                while select.select([tap], [], [], ANSWER)[0]:
                    tap.read()
            except OSError as error:
                return [error.errno or 0]
        return [0]

    assert inside(wired.world, work) == [errno.ENODEV]


def test_no_device_and_no_namespace_are_told_apart(wired: Lab) -> None:
    def work() -> list[str]:
        told = []
        for device, vrf in (("eth7", ""), ("eth1", "er9p")):
            try:
                Tap(wired.pids["ce1"], device, vrf)
            except OSError as error:
                told.append(errno.errorcode[error.errno or 0])
        return told

    assert inside(wired.world, work) == ["ENODEV", "ENOENT"]

"""Two nodes and a cable for the tests of the wiring: wired, pinged, and the frames on the cable read."""

from __future__ import annotations

import fcntl
import select
import socket
import struct
from collections.abc import Iterator
from typing import Any

from lab.engine.netns.world import NetnsWorld
from lab.net import inside as within
from lab.net.order import Wired, WireOrder
from lab.net.ping import Echo, ping
from lab.net.wirer import Wirer
from lab.wiring import Cable, Interface, NodeWiring, Port, Tag
from tests.live.worlds import inside

NODES = ("ce1", "msee1")
CABLE = Cable(Port("ce1", "eth1"), Port("msee1", "eth1"))
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40
ETH_P_ALL, SOL_PACKET, PACKET_AUXDATA, VLAN_VALID = 3, 263, 8, 1 << 4
ANSWER, SILENCE = 2.0, 0.3
"""Seconds to wait for an answer that must come, and for one that must not."""


def faces(vlan: int, stag: int | None = None, number: int = 0, host: int = 1, vrf: str = "") -> Interface:
    name = f"eth1.{vlan}" if stag is None else f"eth1.{stag}.{vlan}"
    addresses = (f"10.0.{number}.{host}/30", f"fd00:{number:x}::{host}/126")
    return Interface(name, vrf, addresses, Tag("eth1", vlan, stag))


def ce(*interfaces: Interface) -> NodeWiring:
    return NodeWiring("ce1", interfaces=interfaces)


def msee(*interfaces: Interface, vrfs: tuple[str, ...] = ("c1p",), **more: Any) -> NodeWiring:
    return NodeWiring("msee1", vrfs, interfaces=interfaces, ipv6=False, **more)


PLAIN = {"ce1": ce(faces(100)), "msee1": msee(faces(100, host=2, vrf="c1p"))}


class Lab:
    """A world with a wirer that remembers what it wired last."""

    def __init__(self, world: NetnsWorld, attacher: str) -> None:
        self.world, self.attacher = world, attacher
        self.pids = dict(world.members)
        self.wirer = Wirer.start()
        self.now: dict[str, NodeWiring] = {}

    def wire(self, new: dict[str, NodeWiring], old: dict[str, NodeWiring] | None = None) -> Wired:
        before = self.now if old is None else old
        done = self.wirer.wire(WireOrder(self.world, self.pids, (CABLE,), before, new, self.attacher))
        self.now = new
        return done

    def answers(self, target: str, seconds: float = ANSWER, source: str | None = None) -> bool:
        """Whether the CE gets an answer."""
        return self.round_trip(target, seconds, source) is not None

    def round_trip(self, target: str, seconds: float = ANSWER, source: str | None = None) -> float | None:
        def work() -> list[float | None]:
            return [a.seconds for a in ping([Echo(self.pids["ce1"], target, source)], deadline=seconds)]

        (found,) = inside(self.world, work)
        return None if found is None else float(found)

    def devices(self, node: str, vrf: str = "") -> dict[str, int]:
        def work() -> dict[str, int]:
            return {name: index for index, name in within.in_namespace(self.pids[node], vrf, socket.if_nameindex)}

        return {name: index for name, index in inside(self.world, work).items() if name != "lo"}

    def lit(self, node: str, device: str, vrf: str = "") -> bool:
        """Whether the device is up and has a carrier."""

        def work() -> list[bool]:
            return [within.in_namespace(self.pids[node], vrf, lambda: bool(_flags(device) & IFF_RUNNING))]

        (found,) = inside(self.world, work)
        return bool(found)

    def tags_seen(self, targets: list[str]) -> list[list[int]]:
        """The tags of each frame that reaches the MSEE's port while the CE pings `targets`, outer one first.

        What the CE's port says for itself (its own IPv6 neighbor discovery) is left out.
        """

        def work() -> list[list[int]]:
            own = within.in_namespace(self.pids["ce1"], "", lambda: _mac("eth1"))
            port = within.in_namespace(self.pids["msee1"], "", lambda: _listen("eth1"))
            answers = ping([Echo(self.pids["ce1"], target) for target in targets], deadline=ANSWER)
            assert all(answer.answered for answer in answers), answers
            return [tags for source, tags in _frames(port) if source != own]

        found: list[list[int]] = inside(self.world, work)
        return found


def _flags(device: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("16sH14x", device.encode(), 0))
    return int(struct.unpack("16xH14x", answer)[0])


def _listen(port: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(ETH_P_ALL))
    made.bind((port, 0))
    made.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return made


def _mac(device: str) -> bytes:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as made:
        made.bind((device, 0))
        return bytes(made.getsockname()[4])


def _frames(port: socket.socket) -> Iterator[tuple[bytes, list[int]]]:
    """Each frame's source and tags."""
    while select.select([port], [], [], 0.05)[0]:
        data, ancillary, _, _ = port.recvmsg(65536, 256)
        tags = []
        for level, kind, value in ancillary:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, protocol = struct.unpack("=IIIHHHH", value[:20])
                if status & VLAN_VALID:
                    assert protocol == 0x8100
                    tags.append(tci & 0xFFF)
        kind, rest = struct.unpack_from("!H", data, 12)[0], data[14:]
        while kind == 0x8100:
            tci, kind = struct.unpack_from("!HH", rest)
            tags.append(tci & 0xFFF)
            rest = rest[4:]
        yield data[6:12], tags

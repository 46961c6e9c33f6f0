"""ExaBGP as a customer edge: many prefixes with a key, and changes at run time that move no session."""

from __future__ import annotations

import os
import time
from ipaddress import ip_address

from bgp.exabgp import announce, process
from bgp.exabgp.config import Announcement, ExaBgpConfig, Speaker
from bgp.frr import listen, show
from bgp.frr.config import BgpInstance, FrrConfig, Neighbor, NeighborFamily
from bgp.frr.render import config_files
from bgp.session import PeerSummary
from tests.live.bgp_world import Node, World, in_world, until

COUNT = 10_000
SECONDS_FOR_ALL = 30  # the bar is a sixth of this and is benchmarked; here only that it is not off by a factor
KEYS = {"k": "KeyOfTheSpeaker"}
MANY = tuple(f"{ip_address(int(ip_address('10.128.0.0')) + 256 * n)}/24" for n in range(COUNT))
V6 = "fd00:10::/48"


def speaker() -> ExaBgpConfig:
    one = Speaker("10.0.1.2", "10.0.1.1", 65010, 12076, "10.0.1.1", "k")
    six = Speaker("fd00:1::2", "fd00:1::1", 65010, 12076, "10.0.1.1", "k")
    return ExaBgpConfig((one, six), (Announcement((*MANY, V6)),))


def edge() -> FrrConfig:
    v4 = NeighborFamily("ipv4", max_prefix=COUNT, soft_reconfiguration=True)
    v6 = NeighborFamily("ipv6", max_prefix=100, soft_reconfiguration=True)
    plain = NeighborFamily("ipv4", soft_reconfiguration=True)
    neighbors = (
        Neighbor("10.0.1.1", 65010, (v4,), "10.0.1.2", key="k"),
        Neighbor("fd00:1::1", 65010, (v6,), "fd00:1::2", key="k"),
        Neighbor("10.0.9.2", 65515, (plain,), "10.0.9.1"),
    )
    return FrrConfig((BgpInstance(12076, "10.0.1.2", neighbors, "c1p"),))


def gateway() -> FrrConfig:
    plain = NeighborFamily("ipv4", soft_reconfiguration=True)
    return FrrConfig(
        (BgpInstance(65515, "10.0.9.2", (Neighbor("10.0.9.1", 12076, (plain,), "10.0.9.2", passive=True),)),)
    )


def summary(node: Node, address: str) -> PeerSummary:
    with node.vty() as vty:
        return next(s for s in show.summaries(vty) if s.address == address)


def test_ten_thousand_prefixes_arrive_behind_and_a_change_moves_no_session() -> None:
    def body(world: World) -> None:
        ce, msee, gw = world.node("ce1"), world.node("msee1"), world.node("gw")
        world.link(ce, "eth1", msee, "eth1")
        world.link(msee, "eth9", gw, "eth1")
        msee.vrf("c1p")
        msee.address("eth1", "10.0.1.2/30", "c1p")
        msee.more("eth1", "fd00:1::2/126", "c1p")
        msee.address("eth9", "10.0.9.1/30", "c1p")
        ce.address("eth1", "10.0.1.1/30")
        ce.more("eth1", "fd00:1::1/126")
        gw.address("eth1", "10.0.9.2/30")
        config = speaker()
        begun = time.monotonic()
        os.makedirs(ce.path(process.DIRECTORY))
        for path, text in process.files(config, KEYS).items():
            with open(os.open(ce.path(path), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(text)
        ce.spawn(process.argv(), process.environment(), "exabgp")
        msee.write(config_files(edge(), KEYS))
        gw.write(config_files(gateway(), {}))
        gw.start("zebra", "bgpd")
        msee.start("zebra", "bgpd")
        with msee.vty() as vty:
            until(lambda: show.bgp_vrfs(vty).get("c1p", -1) >= 0, 5, "VRF known")
            vty.configure(listen.group_lines(edge(), KEYS))
        until(
            lambda: summary(gw, "10.0.9.1").prefixes_received == COUNT, SECONDS_FOR_ALL, "all prefixes at the gateway"
        )
        assert time.monotonic() - begun < SECONDS_FOR_ALL
        assert summary(msee, "fd00:1::1").prefixes_received == 1
        with msee.vty() as vty:
            first = next(r for r in show.rib(vty, "c1p", "ipv4") if r.prefix == MANY[0])
        assert (first.as_path, first.next_hop) == ((65010,), "10.0.1.1")

        prefixes = (*MANY[500:], "10.99.0.0/16", V6, "fd00:11::/48")
        fewer = ExaBgpConfig(config.speakers, (Announcement(prefixes),))
        wanted = announce.change(config, fewer)
        assert wanted is not None
        for _ in range(2):
            announce.send(ce.path(process.SOCKET), announce.commands(fewer, wanted))
        until(lambda: summary(gw, "10.0.9.1").prefixes_received == COUNT - 499, 10, "the change at the gateway")
        until(lambda: summary(msee, "fd00:1::1").prefixes_received == 2, 5, "the change in IPv6")
        assert [summary(msee, a).dropped_count for a in ("10.0.1.1", "fd00:1::1")] == [0, 0]

    in_world(body)

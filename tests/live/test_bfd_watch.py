"""BFD taken into BGP exactly while it is up: a CE with BFD, a cut, a repair, and a CE that switches BFD off."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from bgp.frr.daemons import Daemon, daemon_environment, find_frr, ready_socket, vty_socket
from bgp.frr.vty import Vty
from lab.control.running import in_child
from lab.control.wait import wait
from lab.engine.base import Node
from lab.engine.netns.engine import NetnsEngine
from lab.engine.netns.world import ORDERS
from lab.engine.run import run_in, spawn_in, write_file

BGP = """router bgp {asn}
 bgp router-id {address}
 no bgp ebgp-requires-policy
 neighbor {peer} remote-as {peer_asn}
 neighbor {peer} timers connect 1
 neighbor {peer} update-source {address}
"""
# Two ends that both connect can meet half-way and fall once more by themselves; then a count of falls proves nothing.
PASSIVE = " neighbor {peer} passive\n"
CE, MSEE = "192.168.100.129", "192.168.100.130"
BFD = """bfd
 profile fast
  transmit-interval 300
  receive-interval 300
  {mode}
 exit
 peer {peer} local-address {address}
  profile fast
 exit
"""
CE_BFD = BFD.format(mode="no passive-mode", peer=MSEE, address=CE)
MSEE_BFD = BFD.format(mode="passive-mode", peer=CE, address=MSEE)
ORDER = {"msee1": [{"asn": 12076, "vrf": "", "peer": CE, "local": MSEE, "profile": "fast"}]}


def start(node: Node, daemon: Daemon, text: str) -> None:
    write_file(node, f"/etc/frr/{daemon}.conf", text)
    spawn_in(node, find_frr().argv(daemon), log_path=f"/run/frr/{daemon}.out", env=daemon_environment())

    def answers() -> bool:
        try:
            with Vty(node.root + vty_socket(daemon)):
                return run_in(node, ["test", "-S", ready_socket(daemon)], timeout=5).returncode == 0
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    assert wait(answers, deadline=20, label=f"{node.name} {daemon}").ok


def plug(ce: Node, msee: Node) -> None:
    ends = ["peer", "name", "eth1", "netns", str(msee.pid)]
    subprocess.run(["ip", "link", "add", "eth1", "netns", str(ce.pid), "type", "veth", *ends], check=True)
    for node, address in ((ce, CE), (msee, MSEE)):
        for words in (["addr", "add", f"{address}/30", "dev", "eth1"], ["link", "set", "eth1", "up"]):
            assert run_in(node, ["ip", *words], timeout=5).returncode == 0


@pytest.fixture
def story(nothing_left_by_the_test: None) -> dict[str, Any]:
    """Everything happens in a child that enters the world; what it saw comes back."""
    building = NetnsEngine().begin()
    try:
        world = building.build("watched", ("ce1", "msee1"))
        building.commit()

        def inside() -> dict[str, Any]:
            world.enter()
            return tell(world.nodes["ce1"], world.nodes["msee1"])

        seen: dict[str, Any] = in_child(inside)
    finally:
        building.abandon()
        world.destroy()
    return seen


def tell(ce: Node, msee: Node) -> dict[str, Any]:
    plug(ce, msee)
    for node in (ce, msee):
        start(node, "zebra", "")
    start(ce, "bgpd", (BGP + PASSIVE).format(asn=65010, address=CE, peer=MSEE, peer_asn=12076))
    start(msee, "bgpd", BGP.format(asn=12076, address=MSEE, peer=CE, peer_asn=65010))
    with open(ORDERS, "w") as file:
        json.dump(ORDER, file)
    seen: dict[str, Any] = {}
    with Vty(msee.root + vty_socket("bgpd")) as vty:

        def now() -> list[Any]:
            peer = vty.json(f"show bgp neighbors {CE} json")[CE]
            return [peer["bgpState"], "peerBfdInfo" in peer, peer["connectionsDropped"]]

        def until(label: str, enough: Callable[[list[Any]], bool], seconds: float = 15) -> None:
            outcome = wait(now, deadline=seconds, label=label, until=enough)
            seen[label] = outcome.last if outcome.ok else f"not within {seconds} s: {outcome.last}"

        until("established, nobody has BFD", lambda s: s[0] == "Established")
        start(msee, "bfdd", MSEE_BFD)
        seen["the MSEE's end alone"] = wait(now, deadline=2.5, label="unarmed", until=lambda s: s[1]).last
        start(ce, "bfdd", CE_BFD)
        until("armed", lambda s: s[1])
        vty.command(f"clear bgp {CE}")
        until("cleared", lambda s: s[0] == "Established" and s[2] == 1)
        seen["a second later"] = wait(now, deadline=1.5, label="falls again", until=lambda s: s[2] > 1).last
        assert run_in(ce, ["ip", "link", "set", "eth1", "down"], timeout=5).returncode == 0
        until("cut", lambda s: s[0] != "Established", 3)
        until("disarmed", lambda s: not s[1])
        assert run_in(ce, ["ip", "link", "set", "eth1", "up"], timeout=5).returncode == 0
        until("repaired", lambda s: s[0] == "Established" and s[1], 30)
        seen["and a second later"] = wait(now, deadline=1.5, label="falls again", until=lambda s: s[2] > 2).last
        with Vty(ce.root + vty_socket("bfdd")) as bfd:
            bfd.configure(["bfd", f"no peer {MSEE} local-address {CE}"])
        until("the CE switched BFD off", lambda s: s[0] == "Established" and not s[1], 30)
    return seen


@pytest.mark.rule("ER215")
def test_bfd_is_in_bgp_exactly_while_it_is_up(story: dict[str, Any]) -> None:
    assert story["established, nobody has BFD"] == ["Established", False, 0]
    assert story["the MSEE's end alone"] == ["Established", False, 0], "a CE without BFD must live"
    assert story["armed"] == ["Established", True, 0], "arming must not reset the session"
    assert story["cleared"] == story["a second later"] == ["Established", True, 1]
    assert story["cut"][0] in ("Idle", "Active", "Connect"), story["cut"]
    assert story["disarmed"][1:] == [False, 2]
    assert story["repaired"] == story["and a second later"] == ["Established", True, 2], "arming must not reset it"
    assert story["the CE switched BFD off"][:2] == ["Established", False]

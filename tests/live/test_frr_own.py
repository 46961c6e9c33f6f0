"""A user's own FRR file on a node, and the command socket: what is refused is named, and never with a key."""

from __future__ import annotations

import subprocess

import pytest

from bgp.frr import own, show
from bgp.frr.config import OwnConfig
from bgp.frr.render import config_files
from bgp.frr.vty import Vty, VtyError
from tests.live.bgp_edge import KEYS, cable, customer, edge, established, prefixes, provider_edge
from tests.live.bgp_world import World, in_world, until

OWN = """hostname ce-from-file
ip route 203.0.113.0/24 Null0
interface eth1
 ip address 10.0.1.1/30
 ipv6 address fd00:1::1/126
exit
router bgp 65010
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.1.2 remote-as 12076
 neighbor 10.0.1.2 password ${SOME_KEY}
 neighbor fd00:1::2 remote-as 12076
 neighbor fd00:1::2 password ${SOME_KEY}
 address-family ipv4 unicast
  network 10.10.0.0/16
 exit-address-family
 address-family ipv6 unicast
  network fd00:10::/48
  neighbor fd00:1::2 activate
 exit-address-family
exit
"""


def test_a_users_own_file_is_loaded_as_on_a_box() -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p", addressed=False)
        config = OwnConfig("ce1.conf", OWN, ("env:SOME_KEY",))
        ce.write(own.config_files(config, {"env:SOME_KEY": KEYS["one"]}))
        ours = edge(provider_edge(1, "one", "c1p"))
        msee.write(config_files(ours, KEYS))
        ce.start(*world.frr.own_daemons)
        ce.run("vtysh", "-b")
        msee.start("zebra", "bgpd", "bfdd")
        until(lambda: established(msee, 2), 10, "Established")
        until(lambda: prefixes(msee, "c1p") == {"10.10.0.0/16"}, 3, "its prefix")
        assert "blackhole 203.0.113.0/24" in ce.run("ip", "route")
        assert "10.0.1.2" in ce.run("vtysh", "-c", "show bgp summary")

    in_world(body)


def test_a_refused_line_of_a_users_file_is_named_without_its_key() -> None:
    def body(world: World) -> None:
        ce = world.node("ce1")
        text = OWN.replace(" neighbor 10.0.1.2 password ${SOME_KEY}", " neighbor 10.0.1.2 passwort ${SOME_KEY}")
        config = OwnConfig("ce1.conf", text)
        ce.write(own.config_files(config, {"env:SOME_KEY": "NeverToBeSeen"}))
        ce.start(*world.frr.own_daemons)
        argv = ["nsenter", "-m", "-n", "-u", "-t", str(ce.pid), "vtysh", "-b"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert own.refusals(config, done.stdout + done.stderr) == ((11, "neighbor 10.0.1.2 passwort ${SOME_KEY}"),)

    in_world(body)


def test_the_socket_says_what_is_wrong_and_never_a_key() -> None:
    def body(world: World) -> None:
        node = world.node("ce1")
        node.write(config_files(customer((1, None)), {}))
        node.start("zebra", "bgpd")
        long = node.path("/run/" + "/".join(["x" * 40] * 3))
        node.run("mkdir", "-p", long.removeprefix(node.path("")))
        node.run("ln", "-s", "/run/frr/bgpd.vty", f"{long.removeprefix(node.path(''))}/bgpd.vty")
        with node.vty() as vty:
            with pytest.raises(VtyError) as refused:
                vty.configure(["router bgp 65010", "neighbor 192.0.2.1 password NeverToBeSeen"])
            assert refused.value.status == 13
            assert "NeverToBeSeen" not in f"{refused.value} {refused.value.command} {refused.value.text}"
            with pytest.raises(VtyError, match="unknown command"):
                vty.command("show nonsense")
            assert vty.configure(["no router bgp 65010 vrf nowhere"], tolerate="absent")[0].status == 13
            assert vty.json("show bgp vrf default summary json")
            assert show.rib(vty, "nowhere", "ipv4") == ()
            assert show.neighbor(vty, "", "192.0.2.9") is None
        real = f"{long}/deep.vty"
        assert len(real) > 107
        node.run("mv", "/run/frr/bgpd.vty", real.removeprefix(node.path("")))
        with Vty(real) as vty:
            assert "FRRouting" in vty.command("show version")

    in_world(body)

"""FRR as `bgp.frr` speaks it, on real FRR: keys on the sockets, BFD taken into BGP, changes that move nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bgp.frr import keyproof, listen, own, show
from bgp.frr.config import BfdProfile, BgpInstance, Block, FrrConfig, Neighbor, NeighborFamily, OwnConfig
from bgp.frr.delta import Delta, delta
from bgp.frr.render import bfd_attach_lines, config_files
from bgp.frr.vty import Vty, VtyError
from bgp.session import PeerSummary
from bgp.tcpmd5 import sockets
from tests.live.bgp_world import Node, World, held, in_world, until

Session = tuple[str, str]
KEYS = {"one": "KeyNumberOne", "two": "KeyNumberTwo"}
POLICY = (
    Block("route-map in4 permit 10", ("set community none",)),
    Block("route-map in6 permit 10", ("set ipv6 next-hop prefer-global",)),
    Block("ip prefix-list ALL seq 5 permit any"),
    Block("route-map out permit 10", ("match ip address prefix-list ALL",)),
)


def provider_edge(circuit: int, key: str, vrf: str, *, passive: bool = False) -> BgpInstance:
    """A routing domain as an MSEE has it: one customer, both families, a key, a passive BFD profile."""

    def neighbor(address: str, local: str, policy: NeighborFamily) -> Neighbor:
        return Neighbor(address, 65010, (policy,), local, key=key, passive=passive, bfd="edge")

    v4 = NeighborFamily("ipv4", "in4", "out", max_prefix=100, soft_reconfiguration=True, remove_private_as=True)
    v6 = NeighborFamily("ipv6", "in6", None, max_prefix=100, soft_reconfiguration=True)
    return BgpInstance(
        12076,
        f"10.0.{circuit}.2",
        (
            neighbor(f"10.0.{circuit}.1", f"10.0.{circuit}.2", v4),
            neighbor(f"fd00:{circuit}::1", f"fd00:{circuit}::2", v6),
        ),
        vrf,
        maximum_paths=8,
    )


def edge(*instances: BgpInstance) -> FrrConfig:
    return FrrConfig(instances, POLICY, (BfdProfile("edge", passive=True),))


def customer(
    *circuits: tuple[int, str | None], networks: tuple[str, ...] = ("10.10.0.0/16", "fd00:10::/48")
) -> FrrConfig:
    neighbors = []
    for circuit, key in circuits:
        for family, address, local in (
            ("ipv4", f"10.0.{circuit}.2", f"10.0.{circuit}.1"),
            ("ipv6", f"fd00:{circuit}::2", f"fd00:{circuit}::1"),
        ):
            policy = NeighborFamily("ipv4" if family == "ipv4" else "ipv6", soft_reconfiguration=True)
            neighbors.append(Neighbor(address, 12076, (policy,), local, key=key, bfd="own"))
    return FrrConfig((BgpInstance(65010, "10.0.1.1", tuple(neighbors), networks=networks),), (), (BfdProfile("own"),))


def cable(world: World, ce: Node, msee: Node, circuit: int, vrf: str, *, addressed: bool = True) -> None:
    port = f"eth{circuit}"
    world.link(ce, port, msee, port)
    if vrf:
        msee.vrf(vrf)
    msee.address(port, f"10.0.{circuit}.2/30", vrf)
    msee.more(port, f"fd00:{circuit}::2/126", vrf)
    if addressed:
        ce.address(port, f"10.0.{circuit}.1/30")
        ce.more(port, f"fd00:{circuit}::1/126")
    else:
        ce.run("ip", "link", "set", port, "up")


def start(ce: Node, msee: Node, ours: FrrConfig, theirs: FrrConfig, their_keys: Mapping[str, str] = KEYS) -> None:
    ce.write(config_files(theirs, their_keys))
    msee.write(config_files(ours, KEYS))
    ce.start("zebra", "bgpd")
    msee.start("zebra", "bgpd")
    ce.start("bfdd")
    msee.start("bfdd")


def sessions(node: Node) -> dict[Session, PeerSummary]:
    with node.vty() as vty:
        return {(s.vrf, s.address): s for s in show.summaries(vty)}


def established(node: Node, count: int) -> bool:
    found = sessions(node)
    return len(found) == count and all(s.established for s in found.values())


def bfd_ids(node: Node) -> dict[Session, tuple[str | None, int]] | None:
    """Each BFD session's local address and discriminator, None unless all are up."""
    with node.vty("bfdd") as vty:
        found = show.bfd_peers(vty)
    return {(p.vrf, p.peer): (p.local, p.id) for p in found} if all(p.status == "up" for p in found) else None


def attach(node: Node, config: FrrConfig) -> None:
    with node.vty() as vty:
        for instance in config.instances:
            for neighbor in instance.neighbors:
                vty.configure(bfd_attach_lines(instance.asn, instance.vrf, neighbor))


def drops(node: Node) -> dict[Session, int]:
    return {key: s.dropped_count for key, s in sessions(node).items()}


def proof(msee: Node, config: FrrConfig) -> keyproof.Proof:
    observed = {}
    for vrf in keyproof.keyed_vrfs(config):
        with msee.diag(vrf) as diag:
            observed[vrf] = sockets(diag)
    return keyproof.prove(config, observed)


def put_keys(msee: Node, config: FrrConfig) -> None:
    """As a controller does it once the VRFs are known: groups, proof, and an end to what was let in unsigned."""
    with msee.vty() as vty:
        until(lambda: all(number >= 0 for number in show.bgp_vrfs(vty).values()), 5, "VRFs known")
        vty.configure(listen.group_lines(config, KEYS), tolerate="absent")
        for command in keyproof.clear_commands(proof(msee, config)):
            vty.command(command)


def blackhole(node: Node, address: str, port: str, vrf: str, *, on: bool) -> None:
    """Frames to `address` go to a MAC nobody has: the link stays up, nothing arrives."""
    where = ["ip", "-n", vrf] if vrf else ["ip"]
    if on:
        node.run(*where, "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", port, "nud", "permanent")
    else:
        node.run(*where, "neigh", "del", address, "dev", port)


@pytest.mark.parametrize("vrf", ["c1p", ""], ids=["vrf", "default"])
def test_sessions_come_up_and_bfd_is_taken_into_bgp_without_a_reset(vrf: str) -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, vrf)
        ours, theirs = edge(provider_edge(1, "one", vrf)), customer((1, "one"))
        start(ce, msee, ours, theirs)
        until(lambda: established(msee, 2) and established(ce, 2), 5, "Established")
        before = until(lambda: bfd_ids(msee), 10, "BFD up")
        attach(msee, ours)
        attach(ce, theirs)
        held(lambda: bfd_ids(msee) != before or not established(msee, 2), 2, "BFD or BGP moved")
        assert set(drops(msee).values()) == {0}
        with msee.vty() as vty:
            detail = show.neighbor(vty, vrf, "10.0.1.1")
            assert detail is not None
            assert (detail.bfd, detail.key, detail.hold_time) == (True, True, 180)
            assert detail.family("ipv4") is not None
            routes = show.received_routes(vty, vrf, "ipv4", "10.0.1.1")
            assert [(r.prefix, r.as_path, r.next_hop) for r in routes] == [("10.10.0.0/16", (65010,), "10.0.1.1")]
            assert [r.prefix for r in show.rib(vty, vrf, "ipv6", detail=True)] == ["fd00:10::/48"]
        blackhole(msee, "10.0.1.1", "eth1", vrf, on=True)
        blackhole(ce, "10.0.1.2", "eth1", "", on=True)
        until(lambda: not sessions(msee)[vrf, "10.0.1.1"].established, 2, "BFD ends the session")
        with msee.vty() as vty:
            detail = show.neighbor(vty, vrf, "10.0.1.1")
            assert detail is not None
            assert detail.last_error == "6/10 (Cease/BFD Down)"
        assert sessions(msee)[vrf, "fd00:1::1"].dropped_count == 0
        blackhole(msee, "10.0.1.1", "eth1", vrf, on=False)
        blackhole(ce, "10.0.1.2", "eth1", "", on=False)
        until(lambda: established(msee, 2), 10, "Established again")

    in_world(body)


def test_a_customer_without_the_key_never_stays_up() -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        ours = edge(provider_edge(1, "one", "c1p"))
        start(ce, msee, ours, customer((1, None)))
        put_keys(msee, ours)
        until(lambda: proof(msee, ours).holds, 5, "listener has the key, nothing unsigned stands")
        held(lambda: any(s.established for s in sessions(msee).values()), 4, "Established without a key")

    in_world(body)


def test_what_came_in_before_the_key_was_there_is_found_and_ended() -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        ours = edge(provider_edge(1, "one", "c1p", passive=True))
        start(ce, msee, edge(provider_edge(1, "", "c1p", passive=True)), customer((1, None)))
        until(lambda: established(msee, 2), 5, "Established without a key")
        with msee.vty() as vty:
            vty.configure(listen.group_lines(ours, KEYS))
        found = proof(msee, ours)
        assert found.unsigned == {("c1p", "10.0.1.1"), ("c1p", "fd00:1::1")}
        assert not found.missing
        with msee.vty() as vty:
            for command in keyproof.clear_commands(found):
                vty.command(command)
        until(lambda: proof(msee, ours).holds, 5, "nothing unsigned stands")
        held(lambda: any(s.established for s in sessions(msee).values()), 3, "Established without a key")

    in_world(body)


def test_a_customer_that_connects_with_the_key_comes_up_and_the_listener_follows_a_new_key() -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        ours, theirs = edge(provider_edge(1, "one", "c1p", passive=True)), customer((1, "one"))
        start(ce, msee, ours, theirs)
        put_keys(msee, ours)
        until(lambda: established(msee, 2), 5, "Established through the listener")
        with msee.vty() as vty:
            vty.configure(listen.group_lines(ours, KEYS))
        held(lambda: not established(msee, 2), 1, "group lines again move a session")
        fresh = {**KEYS, "one": "AnotherKey"}
        change(msee, delta(ours, ours, changed_keys={"one"}, keys=fresh))
        held(lambda: any(s.established for s in sessions(msee).values()), 3, "Established with the old key")
        assert not proof(msee, ours).missing
        change(ce, delta(theirs, theirs, changed_keys={"one"}, keys=fresh))
        until(lambda: established(msee, 2), 8, "Established with the new key")
        assert proof(msee, ours).holds

    in_world(body)


def change(node: Node, difference: Delta) -> None:
    """Twice, as after a run that was killed: the second time must do no harm."""
    for _ in range(2):
        with node.vty() as bgpd, node.vty("bfdd") as bfdd:
            bgpd.configure(difference.bgpd, tolerate="absent")
            for command in difference.soft:
                bgpd.command(command)
            bfdd.configure(difference.bfdd, tolerate="absent")


def move(node: Node, old: FrrConfig, new: FrrConfig, keys: Mapping[str, str] = KEYS) -> Delta:
    """Changes `node` and checks that exactly the sessions the difference names have moved."""
    before = drops(node)
    difference = delta(old, new, changed_keys=set(), keys=keys)
    change(node, difference)
    named = difference.resets | difference.added | difference.removed
    after = drops(node)
    assert {key for key in before.keys() & after.keys() if before[key] != after[key]} <= named
    return difference


def test_changes_touch_what_differs_and_nothing_else() -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        cable(world, ce, msee, 2, "c2p")
        one, two = provider_edge(1, "one", "c1p"), provider_edge(2, "two", "c2p")
        ours, theirs = edge(one, two), customer((1, "one"), (2, "two"))
        start(ce, msee, ours, theirs)
        put_keys(msee, ours)
        until(lambda: established(msee, 4), 5, "Established")
        steady = drops(msee)
        attach_when_up(msee, ours)

        more = customer((1, "one"), (2, "two"), networks=("10.10.0.0/16", "10.11.0.0/16", "fd00:10::/48"))
        assert not move(ce, theirs, more).resets
        until(lambda: prefixes(msee, "c1p") == {"10.10.0.0/16", "10.11.0.0/16"}, 3, "the new prefix")
        stricter = replace(
            ours,
            policy=(
                Block("route-map in4 deny 5", ("match ip address prefix-list TWO",)),
                Block("ip prefix-list TWO seq 5 permit 10.11.0.0/16"),
                *POLICY,
            ),
        )
        assert not move(msee, ours, stricter).resets
        until(lambda: prefixes(msee, "c1p") == {"10.10.0.0/16"}, 3, "the policy")
        move(msee, stricter, ours)
        until(lambda: prefixes(msee, "c1p") == {"10.10.0.0/16", "10.11.0.0/16"}, 3, "the policy taken back")
        limited = edge(with_limit(one, 50), two)
        assert not move(msee, ours, limited).resets
        move(msee, limited, ours)
        assert drops(msee) == steady

        closed = edge(replace(one, neighbors=tuple(replace(n, shutdown=True) for n in one.neighbors)), two)
        move(msee, ours, closed)
        until(lambda: {s.reason for k, s in sessions(msee).items() if k[0] == "c1p"} == {"Admin"}, 3, "closed")
        assert "Administrative Shutdown" in last_error(ce, "10.0.1.2")
        move(msee, closed, ours)
        until(lambda: established(msee, 4), 5, "open again")

        msee.more("eth1", "10.0.3.2/30", "c1p")
        ce.more("eth1", "10.0.3.1/30")
        moved = replace(
            one,
            router_id="10.0.3.2",
            neighbors=(replace(one.neighbors[0], address="10.0.3.1", local_address="10.0.3.2"), one.neighbors[1]),
        )
        before = sessions(msee)["c1p", "fd00:1::1"].dropped_count
        difference = move(msee, ours, edge(moved, two))
        assert (set(difference.removed), set(difference.added)) == ({("c1p", "10.0.1.1")}, {("c1p", "10.0.3.1")})
        there = more.instances[0].neighbors[0]
        rest = more.instances[0].neighbors[1:]
        away = replace(there, address="10.0.3.2", local_address="10.0.3.1")
        move(ce, more, replace(more, instances=(replace(more.instances[0], neighbors=(away, *rest)),)))
        until(lambda: established(msee, 4), 5, "on the new subnet")
        assert sessions(msee)["c1p", "fd00:1::1"].dropped_count == before
        assert proof(msee, edge(moved, two)).holds

        move(msee, edge(moved, two), edge(moved))
        held(lambda: len(sessions(msee)) != 2 or not established(msee, 2), 1, "the other circuit is gone, ours stays")
        move(msee, edge(moved), edge(moved, two))
        until(lambda: established(msee, 4), 5, "the circuit is back")
        assert proof(msee, edge(moved, two)).holds
        assert steady["c2p", "10.0.2.1"] == 0

    in_world(body, 120)


def attach_when_up(node: Node, config: FrrConfig) -> None:
    until(lambda: bfd_ids(node), 10, "BFD up")
    attach(node, config)


def prefixes(node: Node, vrf: str) -> set[str]:
    with node.vty() as vty:
        return {route.prefix for route in show.rib(vty, vrf, "ipv4") if route.valid}


def with_limit(instance: BgpInstance, limit: int) -> BgpInstance:
    first, *rest = instance.neighbors
    policy = replace(first.families[0], max_prefix=limit)
    return replace(instance, neighbors=(replace(first, families=(policy,)), *rest))


def last_error(node: Node, address: str) -> str:
    with node.vty() as vty:
        found = show.neighbor(vty, "", address)
    assert found is not None
    return found.last_error or ""


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
        ce.run(*own.load_argv())
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
        argv = ["nsenter", "-m", "-n", "-u", "-t", str(ce.pid), *own.load_argv()]
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

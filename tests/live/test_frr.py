"""FRR as `bgp.frr` speaks it, on real FRR: keys on the sockets, BFD taken into BGP, changes that move nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bgp.frr import keyproof, listen, show
from bgp.frr.config import Block
from bgp.frr.delta import delta
from tests.live.bgp_edge import (
    KEYS,
    POLICY,
    attach,
    attach_when_up,
    bfd_ids,
    blackhole,
    cable,
    change,
    customer,
    drops,
    edge,
    established,
    last_error,
    move,
    prefixes,
    proof,
    provider_edge,
    put_keys,
    sessions,
    start,
    with_limit,
)
from tests.live.bgp_world import World, held, in_world, until


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


@pytest.mark.rule("ER207")
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


@pytest.mark.rule("ER219")
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

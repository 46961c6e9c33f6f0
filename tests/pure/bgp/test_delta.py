"""From one configuration to another: which lines, which sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bgp.exabgp import announce
from bgp.exabgp.config import Announcement, ExaBgpConfig, Speaker
from bgp.frr.config import BfdProfile, BgpInstance, Block, FrrConfig, Neighbor, NeighborFamily
from bgp.frr.delta import Delta, delta
from bgp.frr.policy import block_name

KEYS = {"k": "Secret123", "other": "Secret456"}
V4 = NeighborFamily("ipv4", "in", "out", max_prefix=4000, soft_reconfiguration=True)
CE = Neighbor("10.0.1.1", 65010, (V4,), "10.0.1.2", key="k", bfd="msee")
CE6 = Neighbor("fd00:1::1", 65010, (NeighborFamily("ipv6", "in6"),), "fd00:1::2", key="k", bfd="msee")
ONE = BgpInstance(12076, "10.0.1.2", (CE, CE6), "c1p", maximum_paths=8)
TWO = BgpInstance(12076, "10.0.2.2", (replace(CE, address="10.0.2.1", local_address="10.0.2.2", key="other"),), "c2p")
POLICY = (
    Block("ip prefix-list P seq 5 permit any"),
    Block("route-map in permit 10", ("match ip address prefix-list P",)),
    Block("route-map in6 permit 10"),
    Block("route-map out permit 10"),
)
BASE = FrrConfig((ONE, TWO), POLICY, (BfdProfile("msee", passive=True),))


def to(new: FrrConfig, *changed: str, old: FrrConfig = BASE) -> Delta:
    return delta(old, new, changed_keys=set(changed), keys=KEYS)


def with_first(neighbor: Neighbor) -> FrrConfig:
    return replace(BASE, instances=(replace(ONE, neighbors=(neighbor, CE6)), TWO))


def test_nothing_differs_nothing_is_typed() -> None:
    found = to(BASE)
    assert found.empty
    assert (found.soft, found.resets, found.changes) == ((), frozenset(), ())


def test_a_key_moves_the_sessions_that_have_it() -> None:
    found = to(BASE, "k")
    assert set(found.resets) == {("c1p", "10.0.1.1"), ("c1p", "fd00:1::1")}
    assert not [line for line in found.bgpd if "c2p" in line or "10.0.2.1" in line]
    assert " neighbor 10.0.1.1 password Secret123" in found.bgpd
    assert sum("key4-" in line and "password" in line for line in found.bgpd) == 1
    assert "Secret" not in repr(found)


def test_an_identifier_stays_as_long_as_its_instance() -> None:
    assert to(replace(BASE, instances=(replace(ONE, router_id="9.9.9.9"), TWO))).empty


def test_a_neighbor_comes_in_shut_down_and_is_opened_last() -> None:
    fresh = replace(CE, address="10.0.3.1", local_address="10.0.3.2")
    found = to(replace(BASE, instances=(replace(ONE, neighbors=(CE, CE6, fresh)), TWO)))
    mine = [line.strip() for line in found.bgpd if "10.0.3.1 " in line]
    assert mine[:2] == ["neighbor 10.0.3.1 remote-as 65010", "neighbor 10.0.3.1 shutdown"]
    assert mine[-1] == "no neighbor 10.0.3.1 shutdown"
    assert (set(found.added), found.resets) == ({("c1p", "10.0.3.1")}, frozenset())


def test_a_neighbor_that_goes_takes_its_listen_range_first() -> None:
    found = to(replace(BASE, instances=(replace(ONE, neighbors=(CE,)), TWO)))
    closing = next(i for i, line in enumerate(found.bgpd) if line.startswith(" no bgp listen range fd00:1::1/128"))
    assert closing < found.bgpd.index(" no neighbor fd00:1::1")
    assert set(found.removed) == {("c1p", "fd00:1::1")}
    assert " no peer fd00:1::1 local-address fd00:1::2 vrf c1p" in found.bfdd


@pytest.mark.parametrize(("limit", "raised"), [(10_000, True), (None, True), (100, False)])
def test_a_higher_limit_lets_a_session_back(limit: int | None, raised: bool) -> None:
    """It names what may be held down by the lower one; nothing is reset by it."""
    (policy,) = CE.families
    higher = replace(CE, families=(replace(policy, max_prefix=limit),))
    found = to(with_first(higher))
    assert found.raised == ({("c1p", CE.address)} if raised else frozenset())
    assert found.resets == frozenset()


def test_an_instance_comes_and_goes_alone() -> None:
    less = replace(BASE, instances=(ONE,))
    gone, back = to(less), to(BASE, old=less)
    assert gone.bgpd == ("no router bgp 12076 vrf c2p",)
    assert set(gone.removed) == set(back.added) == {("c2p", "10.0.2.1")}
    assert not [line for line in back.bgpd if "10.0.1.1" in line]


@pytest.mark.parametrize(
    ("neighbor", "lines"),
    [
        (replace(CE, remote_as=65011), [" neighbor 10.0.1.1 remote-as 65011"]),
        (replace(CE, passive=True), [" neighbor 10.0.1.1 passive"]),
        (
            replace(CE, local_address="10.0.1.6"),
            [" no neighbor 10.0.1.1 bfd", " neighbor 10.0.1.1 update-source 10.0.1.6"],
        ),
        (replace(CE, key=None), [" no neighbor 10.0.1.1 password"]),
    ],
)
def test_one_line_resets_one_session(neighbor: Neighbor, lines: list[str]) -> None:
    found = to(with_first(neighbor))
    assert [line for line in found.bgpd if "10.0.1.1 " in line and "listen range" not in line] == lines
    assert set(found.resets) == {("c1p", "10.0.1.1")}


def test_two_lines_that_reset_are_wrapped() -> None:
    found = to(with_first(replace(CE, remote_as=65011, key=None)))
    mine = [line.strip() for line in found.bgpd if "10.0.1.1 " in line and "listen range" not in line]
    assert (mine[0], mine[-1]) == ("neighbor 10.0.1.1 shutdown", "no neighbor 10.0.1.1 shutdown")


def test_closing_ends_a_session_and_opening_begins_one() -> None:
    closed = with_first(replace(CE, shutdown=True))
    down, up = to(closed), to(BASE, old=closed)
    assert (set(down.removed), down.resets) == ({("c1p", "10.0.1.1")}, frozenset())
    assert down.bgpd == ("router bgp 12076 vrf c1p", " neighbor 10.0.1.1 shutdown", "exit")
    assert up.bgpd == ("router bgp 12076 vrf c1p", " no neighbor 10.0.1.1 shutdown", "exit")
    assert (set(up.added), up.resets) == ({("c1p", "10.0.1.1")}, frozenset())


def test_limits_networks_and_paths_reset_nothing() -> None:
    new = replace(
        BASE,
        instances=(
            replace(
                ONE,
                maximum_paths=4,
                networks=("10.9.0.0/16",),
                neighbors=(replace(CE, families=(replace(V4, max_prefix=10, soft_reconfiguration=False),)), CE6),
            ),
            TWO,
        ),
    )
    found = to(new)
    assert not found.resets
    for line in (
        "  network 10.9.0.0/16",
        "  maximum-paths 4",
        "  neighbor 10.0.1.1 maximum-prefix 10 80 restart 1",
        "  no neighbor 10.0.1.1 soft-reconfiguration inbound",
    ):
        assert line in found.bgpd
    assert "  no network 10.9.0.0/16" in to(BASE, old=new).bgpd


def test_add_path_resets_and_says_so() -> None:
    assert set(to(with_first(replace(CE, families=(replace(V4, addpath_all=True),)))).resets) == {("c1p", "10.0.1.1")}


def test_policy_is_rewritten_and_applied_where_it_is_used() -> None:
    new = replace(BASE, policy=(Block("ip prefix-list P seq 5 permit 10.0.0.0/8"), *POLICY[1:]))
    found = to(new)
    assert found.bgpd == ("no ip prefix-list P seq 5 permit any", "ip prefix-list P seq 5 permit 10.0.0.0/8")
    assert found.soft == (
        "clear bgp vrf c1p ipv4 unicast 10.0.1.1 soft in",
        "clear bgp vrf c2p ipv4 unicast 10.0.2.1 soft in",
    )
    assert not found.resets


def test_a_changed_profile_is_written_again() -> None:
    found = to(replace(BASE, bfd_profiles=(BfdProfile("msee", transmit=500, passive=True),)))
    assert "  transmit-interval 500" in found.bfdd
    assert not found.bgpd


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("bgp as-path access-list FROM-GW seq 5 permit ^65515", "FROM-GW"),
        ("route-map msee-ce-in permit 10", "msee-ce-in"),
        ("ip prefix-list pub seq 5 permit any", "pub"),
        ("bgp community-list standard rf permit 12076:51004", "rf"),
    ],
)
def test_a_block_is_known_by_its_name(header: str, name: str) -> None:
    assert block_name(header) == name


def test_a_speaker_changes_prefixes_at_run_time_and_sessions_by_a_restart() -> None:
    speakers = (Speaker("10.0.1.2", "10.0.1.1", 65010, 12076, "10.0.1.1"),)
    old, new = (
        ExaBgpConfig(speakers, (Announcement(("10.1.0.0/16", "10.2.0.0/16")),)),
        ExaBgpConfig(speakers, (Announcement(("10.2.0.0/16", "10.3.0.0/16")),)),
    )
    wanted = announce.Change((Announcement(("10.3.0.0/16",)),), (Announcement(("10.1.0.0/16",)),))
    assert announce.change(old, new) == wanted
    tagged = replace(new, announcements=(replace(new.announcements[0], communities=("12076:51004",)),))
    assert announce.change(new, tagged) == announce.Change(tagged.announcements, ())
    assert announce.change(old, ExaBgpConfig((replace(speakers[0], remote_as=1),), old.announcements)) is None

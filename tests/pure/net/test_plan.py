"""What a change of wiring will do, read from the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab.errors import HostCannot, Impossible
from lab.net import routing, steps
from lab.net.order import WireOrder
from lab.net.plan import plan
from lab.net.steps import WORLD, Phase, Place, Step
from lab.net.vlan import NAMES
from lab.net.vlan.ebpf import Tagged, Trunk, Untagged
from lab.wiring import Cable, Interface, NodeWiring, PermanentNeighbor, Port, Route, Tag

CABLE = Cable(Port("ce1", "eth1"), Port("msee1", "eth1"))
CE = NodeWiring(
    "ce1", interfaces=(Interface("eth1.100", addresses=("10.0.0.1/30", "fd00::1/126"), tag=Tag("eth1", 100)),)
)
MSEE_FACE = Interface("eth1.100", "c1p", ("10.0.0.2/30",), Tag("eth1", 100))
MSEE = NodeWiring(
    "msee1",
    ("c1p",),
    interfaces=(MSEE_FACE,),
    neighbors=(PermanentNeighbor("c1p", "eth1.100", "10.0.0.9", "02:00:00:00:00:09"),),
    routes=(Route("c1p", "10.9.0.0/16", ("10.0.0.1",)),),
    ipv6=False,
)
BOTH = {"ce1": CE, "msee1": MSEE}


def planned(
    old: dict[str, NodeWiring], new: dict[str, NodeWiring], attacher: str = "ebpf", cables: tuple[Cable, ...] = (CABLE,)
) -> tuple[Step, ...]:
    return plan(WireOrder(None, {}, cables, old, new, attacher))


def changed(node: NodeWiring, **fields: Any) -> dict[str, NodeWiring]:
    return BOTH | {node.node: replace(node, **fields)}


def without_cables(made: tuple[Step, ...]) -> list[object]:
    return [step for step in made if not isinstance(step, steps.NewCable)]


@pytest.mark.parametrize("attacher", NAMES)
def test_phases_are_in_order_and_every_device_is_made_before_it_is_used(attacher: str) -> None:
    made = planned({}, BOTH, attacher)
    assert [step.phase for step in made] == sorted(step.phase for step in made)
    assert steps.NewVrf(Place("msee1", "c1p")) in made
    assert steps.Address(Place("msee1", "c1p"), "eth1.100", "10.0.0.2/30") in made
    assert made.index(steps.NewVrf(Place("msee1", "c1p"))) < made.index(steps.Settings(Place("msee1", "c1p")))


@pytest.mark.parametrize("attacher", NAMES)
def test_nothing_differs_nothing_is_done(attacher: str) -> None:
    """A cable that is there is left alone by its own step; it is not raised: somebody may have set it down."""
    assert without_cables(planned(BOTH, BOTH, attacher)) == []


def test_a_node_without_ipv6_is_told_before_it_has_devices() -> None:
    made = planned({}, BOTH)
    settings = [step for step in made if isinstance(step, steps.Settings)]
    assert steps.Settings(Place("msee1"), ipv6=False) in settings
    assert steps.Settings(Place("ce1"), ipv6=True) in settings
    assert steps.Settings(Place("msee1", "c1p"), ipv6=True) in settings
    assert Phase.PLACE < Phase.CABLE


def test_a_changed_address_touches_the_address_alone() -> None:
    face = replace(MSEE_FACE, addresses=("10.0.0.6/30",))
    made = without_cables(planned(BOTH, changed(MSEE, interfaces=(face,), routes=())))
    place = Place("msee1", "c1p")
    assert made == [
        steps.NoAddress(place, "eth1.100", "10.0.0.2/30"),
        routing.NoRoute(place, "10.9.0.0/16"),
        steps.Address(place, "eth1.100", "10.0.0.6/30"),
    ]


def test_an_added_address_disturbs_no_other() -> None:
    face = replace(MSEE_FACE, addresses=("10.0.0.2/30", "10.0.0.6/30"))
    assert without_cables(planned(BOTH, changed(MSEE, interfaces=(face,)))) == [
        steps.Address(Place("msee1", "c1p"), "eth1.100", "10.0.0.6/30")
    ]


def test_kept_addresses_and_routes_are_written_again_when_one_goes() -> None:
    """The kernel takes secondary addresses with their primary, and routes with the address they were reached by."""
    before = changed(MSEE, interfaces=(replace(MSEE_FACE, addresses=("10.0.0.2/24", "10.0.0.3/24")),))
    after = changed(MSEE, interfaces=(replace(MSEE_FACE, addresses=("10.0.0.3/24",)),))
    place = Place("msee1", "c1p")
    assert without_cables(planned(before, after)) == [
        steps.NoAddress(place, "eth1.100", "10.0.0.2/24"),
        steps.Address(place, "eth1.100", "10.0.0.3/24"),
        routing.StaticRoute(place, "10.9.0.0/16", ("10.0.0.1",)),
    ]


@pytest.mark.parametrize(
    "face",
    [
        replace(MSEE_FACE, tag=Tag("eth1", 101)),
        replace(MSEE_FACE, tag=Tag("eth1", 100, 8)),
        replace(MSEE_FACE, mac="02:00:00:00:00:01"),
    ],
    ids=["vlan", "stag", "mac"],
)
def test_another_device_of_the_same_name_is_made_anew_with_all_that_is_on_it(face: Interface) -> None:
    made = planned(BOTH, changed(MSEE, interfaces=(face,)))
    place = Place("msee1", "c1p")
    assert steps.Delete(Place("msee1"), "eth1.100~") in made
    assert Untagged(Place("msee1"), "eth1", "eth1.100~", 100, 0) in made
    assert any(isinstance(step, steps.Veth) and step.near.place == place for step in made)
    assert steps.Address(place, "eth1.100", "10.0.0.2/30") in made
    assert steps.Neighbor(place, "eth1.100", "10.0.0.9", "02:00:00:00:00:09") in made
    assert routing.StaticRoute(place, "10.9.0.0/16", ("10.0.0.1",)) in made
    assert not any("ce1" in str(step) for step in without_cables(made))


def test_a_vrf_that_goes_is_emptied_not_deleted() -> None:
    made = planned(BOTH, changed(MSEE, vrfs=(), interfaces=(), neighbors=(), routes=()))
    assert steps.EmptyVrf(Place("msee1", "c1p")) in made
    assert steps.Delete(Place("msee1"), "eth1.100~") in made
    assert not any(isinstance(step, routing.NoRoute | steps.NoNeighbor | steps.NoAddress) for step in made)


def test_neighbors_and_routes_change_by_themselves() -> None:
    neighbor = PermanentNeighbor("c1p", "eth1.100", "10.0.0.10", "02:00:00:00:00:10")
    route = Route("c1p", "10.9.0.0/16", ("10.0.0.1", "10.0.0.3"))
    place = Place("msee1", "c1p")
    assert without_cables(planned(BOTH, changed(MSEE, neighbors=(neighbor,), routes=(route,)))) == [
        steps.NoNeighbor(place, "eth1.100", "10.0.0.9"),
        steps.Neighbor(place, "eth1.100", "10.0.0.10", "02:00:00:00:00:10"),
        routing.StaticRoute(place, "10.9.0.0/16", ("10.0.0.1", "10.0.0.3")),
    ]


def test_far_ends_are_silenced_where_the_node_speaks_ipv6() -> None:
    made = planned({}, BOTH)
    assert steps.Raise(Place("ce1"), "eth1.100~", quiet=True) in made
    assert steps.Raise(Place("msee1"), "eth1.100~", quiet=False) in made


def test_a_bridge_has_its_ports_silenced_or_in_a_silent_namespace() -> None:
    azure = NodeWiring(
        "azure",
        ("v1",),
        ("br1",),
        (Interface("eth1.7", tag=Tag("eth1", 7), bridge="br1"), Interface("gw", "v1", ("10.1.0.4/24",), bridged="br1")),
        ipv6=True,
    )
    made = planned({}, {"azure": azure})
    raised = {(step.name, step.quiet, step.master) for step in made if isinstance(step, steps.Raise)}
    assert {("br1", True, ""), ("eth1.7", True, ""), ("v1~gw", True, "br1")} <= raised
    near = next(step.near for step in made if isinstance(step, steps.Veth) and step.near.name == "eth1.7")
    assert near.master == "br1"
    assert not near.up


@pytest.mark.parametrize("attacher", NAMES)
def test_a_tagged_port_of_a_bridge_is_in_it_before_it_is_up(attacher: str) -> None:
    face = Interface("eth1.7", tag=Tag("eth1", 7), bridge="br1")
    made = planned({}, changed(MSEE, bridges=("br1",), interfaces=(face,), neighbors=(), routes=()), attacher)
    (up,) = (step for step in made if isinstance(step, steps.Raise) and step.name == "eth1.7")
    born = next(
        step
        for step in made
        if (isinstance(step, steps.Veth) and step.near.name == "eth1.7")
        or (isinstance(step, steps.Vlan) and step.name == "eth1.7")
    )
    if isinstance(born, steps.Veth):
        assert (born.near.master, born.near.up) == ("br1", False)
    else:
        assert (up.master, born.up) == ("br1", False)


def test_an_error_names_a_step_in_words() -> None:
    assert (
        str(steps.Address(Place("msee1", "c1p"), "eth1.100", "10.0.0.2/30")) == "Address msee1/c1p eth1.100 10.0.0.2/30"
    )


def test_both_ends_meet_in_one_bridge_of_the_switch_and_other_tags_in_another() -> None:
    def bridge_of(made: tuple[Step, ...], place: Place) -> str:
        veths = [s for s in made if isinstance(s, steps.Veth) and s.near.place == place]
        far = next(s.far.name for s in veths if s.far.place == WORLD)
        return next(s.master for s in made if isinstance(s, steps.Raise) and s.name == far)

    same = planned({}, BOTH, "switch")
    assert bridge_of(same, Place("ce1")) == bridge_of(same, Place("msee1", "c1p"))
    for tag in (Tag("eth1", 101), Tag("eth1", 100, 8)):
        other = planned({}, changed(MSEE, interfaces=(replace(MSEE_FACE, tag=tag),)), "switch")
        assert bridge_of(other, Place("ce1")) != bridge_of(other, Place("msee1", "c1p"))


def test_a_bridge_of_the_switch_goes_with_its_last_port() -> None:
    half = changed(MSEE, interfaces=(), neighbors=(), routes=())
    nobody = half | {"ce1": replace(CE, interfaces=())}
    gone = [step for step in planned(BOTH, half, "switch") if isinstance(step, steps.DeleteShared)]
    assert gone == []
    gone = [step for step in planned(half, nobody, "switch") if isinstance(step, steps.DeleteShared)]
    assert [step.place for step in gone] == [WORLD]


def test_the_switch_must_know_the_cable() -> None:
    with pytest.raises(HostCannot, match="ce1:eth1"):
        planned({}, BOTH, "switch", cables=())


def test_ebpf_names_tags_and_ports() -> None:
    double = changed(MSEE, interfaces=(replace(MSEE_FACE, name="eth1.8.100", tag=Tag("eth1", 100, 8)),), neighbors=())
    made = planned({}, double)
    assert Trunk(Place("msee1"), "eth1") in made
    assert Tagged(Place("msee1"), "eth1", "eth1.8.100~", 100, 8) in made
    assert Tagged(Place("ce1"), "eth1", "eth1.100~", 100, 0) in made


def test_8021q_puts_one_outer_device_below_several() -> None:
    faces = (
        Interface("eth1.8.100", "c1p", tag=Tag("eth1", 100, 8)),
        Interface("eth1.8.101", "c1p", tag=Tag("eth1", 101, 8)),
    )
    made = planned({}, changed(MSEE, interfaces=faces, neighbors=(), routes=()), "8021q")
    here, vrf = Place("msee1"), Place("msee1", "c1p")
    outer = [step for step in made if isinstance(step, steps.OuterVlan)]
    inner = [step for step in made if isinstance(step, steps.Vlan) and step not in outer and step.where == vrf]
    assert outer == [steps.OuterVlan(here, "eth1", 8, here, "eth1.8")]
    assert inner == [
        steps.Vlan(here, "eth1.8", 100, vrf, "eth1.8.100"),
        steps.Vlan(here, "eth1.8", 101, vrf, "eth1.8.101"),
    ]
    assert all(first.phase < second.phase for first in outer for second in inner)


@pytest.mark.parametrize(
    ("face", "says"),
    [
        (Interface("x", "nowhere", bridged="br1"), "is in nowhere"),
        (Interface("x", "c1p", bridged="br9"), "needs bridge br9"),
        (Interface("x", "c1p", tag=Tag("eth1", 1), bridged="br1"), "both tagged and"),
        (Interface("x", "c1p", tag=Tag("eth1", 1), bridge="br1"), "only be a port of br1"),
        (Interface("eth1.4000.4000x", "c1p", tag=Tag("eth1", 1)), ""),
        (Interface("eth1.4000.4000xx", "c1p", tag=Tag("eth1", 1)), "more than 15"),
    ],
)
def test_what_no_kernel_can_is_refused_before_anything_is_done(face: Interface, says: str) -> None:
    wiring = NodeWiring("msee1", ("c1p",), ("br1",), (face,))
    if not says:
        planned({}, {"msee1": wiring})
        return
    with pytest.raises(Impossible, match=says):
        planned({}, {"msee1": wiring})


def test_an_unknown_attacher_is_refused() -> None:
    with pytest.raises(Impossible, match="8021q, ebpf, switch"):
        planned({}, BOTH, "vlan")


DARK = changed(MSEE, down=("eth1",))
FAR_ENDS = {
    "ebpf": [(Place("ce1"), "eth1.100~"), (Place("msee1"), "eth1.100~")],
    "8021q": [],
    "switch": [(WORLD, "s"), (WORLD, "s")],
}


def lowered(made: list[Any]) -> list[tuple[Place, str]]:
    """The far ends among what goes down or up, but for the port itself; the switch's by their first letter."""
    found = [(step.place, step.name if step.place != WORLD else step.name[0]) for step in made if step.name != "eth1"]
    return sorted(found)


@pytest.mark.parametrize("attacher", NAMES)
def test_a_port_that_goes_down_darkens_both_ends_of_its_cable_after_all_else(attacher: str) -> None:
    made = without_cables(planned(BOTH, DARK, attacher))
    assert all(isinstance(step, steps.Lower) for step in made), "nothing else is touched"
    assert steps.Lower(Place("msee1"), "eth1") in made
    assert steps.Lower(Place("ce1"), "eth1") not in made, "the customer's port is the customer's"
    assert lowered(made) == FAR_ENDS[attacher]
    assert without_cables(planned(DARK, DARK, attacher)) == []


@pytest.mark.parametrize("attacher", NAMES)
def test_a_port_that_comes_back_has_all_again_that_it_lost(attacher: str) -> None:
    """What was on a VLAN device that went down with its port: IPv6 addresses, neighbors, routes."""
    made = without_cables(planned(DARK, BOTH, attacher))
    raised = [step for step in made if isinstance(step, steps.Raise)]
    assert steps.Raise(Place("msee1"), "eth1") in raised
    assert lowered(raised) == FAR_ENDS[attacher]
    place = Place("msee1", "c1p")
    assert [step for step in made if step not in raised] == [
        steps.Address(place, "eth1.100", "10.0.0.2/30"),
        steps.Neighbor(place, "eth1.100", "10.0.0.9", "02:00:00:00:00:09"),
        routing.StaticRoute(place, "10.9.0.0/16", ("10.0.0.1",)),
    ]


@pytest.mark.parametrize("attacher", NAMES)
def test_a_new_lab_or_a_node_made_anew_has_its_port_down(attacher: str) -> None:
    made = planned({}, DARK, attacher)
    assert [step.phase for step in made] == sorted(step.phase for step in made)
    ports = [step for step in made if isinstance(step, steps.RaisePort)]
    assert [step.place.node for step in ports] == ["ce1"]
    assert steps.Lower(Place("msee1"), "eth1") in made
    assert lowered([step for step in made if isinstance(step, steps.Lower)]) == FAR_ENDS[attacher]
    (cable,) = (step for step in made if isinstance(step, steps.NewCable))
    assert cable.near.up, "ce1's end"
    (turned,) = (s for s in planned({}, changed(CE, down=("eth1",)), attacher) if isinstance(s, steps.NewCable))
    assert not turned.near.up


@pytest.mark.parametrize("attacher", NAMES)
def test_an_interface_made_on_a_dark_cable_is_dark(attacher: str) -> None:
    second = replace(MSEE_FACE, name="eth1.8.200", tag=Tag("eth1", 200, 8))
    made = planned(DARK, DARK | {"msee1": replace(DARK["msee1"], interfaces=(MSEE_FACE, second))}, attacher)
    vlans = [step for step in made if isinstance(step, steps.Vlan)]
    assert len(vlans) == (2 if attacher == "8021q" else 0)
    assert all(not step.up for step in vlans), "no VLAN device goes up on a port that is down"
    dark = [step for step in made if isinstance(step, steps.Lower)]
    assert len(dark) == (0 if attacher == "8021q" else 1)
    assert not any(isinstance(step, steps.Raise) and step.name == "eth1" for step in made)


def test_8021q_keeps_the_outer_device_when_its_port_comes_and_goes() -> None:
    double = changed(MSEE, interfaces=(replace(MSEE_FACE, name="eth1.8.100", tag=Tag("eth1", 100, 8)),))
    dark = double | {"msee1": replace(double["msee1"], down=("eth1",))}
    for old, new in ((double, dark), (dark, double)):
        made = planned(old, new, "8021q")
        assert not any(isinstance(step, steps.OuterVlan | steps.DeleteShared) for step in made)

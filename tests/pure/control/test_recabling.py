"""What a changed topology means for a running lab, read from values: cables, words, refusals and steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.circuit.keys import Keyring
from lab.control.physical import physical, refuse
from lab.control.plan import identity, plan
from lab.control.recabling import lit, recabling, shared, without
from lab.control.record import Applied, applied
from lab.errors import Impossible
from lab.files.load import load
from lab.net import recabling as steps
from lab.net.order import WireOrder
from lab.net.plan import plan as steps_of
from lab.net.steps import NewCable, OuterVlan, Place, RaisePort
from lab.net.vlan import NAMES
from lab.role.build import cables
from lab.topology import Link, Topology
from lab.wiring import Cable, Interface, NodeWiring, PermanentNeighbor, Port, Route, Sources, Tag

ONE = load("dual-path", Path("/"), lint=False)
TWO = load("dual-ce", Path("/"), lint=False)
MOVED = {Port("ce1", "eth2"), Port("msee2", "eth1"), Port("ce2", "eth1"), Port("ce2", "eth2")}


def state(topology: Topology, ces: int) -> Applied:
    """The one circuit of dual-path, with as many of dual-ce's CEs."""
    spec = replace(ONE.spec, customer_edges=TWO.spec.customer_edges[:ces])
    return applied(spec, topology, {}, {}, Keyring({}), "salt", digests={})[0]


def with_link(topology: Topology, number: int, link: Link) -> Topology:
    links = list(topology.links)
    links[number] = link
    return replace(topology, links=tuple(links))


def ends(found: tuple[Cable, ...]) -> set[frozenset[str]]:
    return {frozenset(f"{port.node}:{port.name}" for port in (cable.a, cable.b)) for cable in found}


def test_a_cable_to_another_node_is_one_gone_and_two_made() -> None:
    change = recabling(ONE.topology, TWO.topology)
    assert ends(change.gone) == {frozenset(("ce1:eth2", "msee2:eth1"))}
    assert ends(change.made) == {frozenset(("ce2:eth1", "msee2:eth1")), frozenset(("ce1:eth2", "ce2:eth2"))}
    assert change.resized == ()
    assert change.ports == MOVED


def test_the_order_of_nodes_links_and_ends_is_no_difference() -> None:
    turned = tuple(Link(link.b, link.a, link.mtu) for link in reversed(ONE.topology.links))
    other = replace(ONE.topology, nodes=tuple(reversed(ONE.topology.nodes)), links=turned, file="elsewhere.clab.yml")
    assert list(physical(ONE.topology, other)) == []
    assert recabling(ONE.topology, other).ports == frozenset()


def test_another_mtu_is_neither_gone_nor_made() -> None:
    larger = with_link(ONE.topology, 0, replace(ONE.topology.links[0], mtu=9000))
    change = recabling(ONE.topology, larger)
    assert (change.gone, change.made, [cable.mtu for cable in change.resized]) == ((), (), [9000])


def test_every_cable_of_a_fresh_node_is_made_anew() -> None:
    change = recabling(ONE.topology, ONE.topology, fresh={"msee1"})
    assert ends(change.made) == {frozenset(("ce1:eth1", "msee1:eth1")), frozenset(("msee1:eth9", "azure:eth1"))}
    assert change.gone == ()


def test_the_plan_says_what_comes_what_goes_and_whose_sessions_reset() -> None:
    steps = plan("er-lab", state(ONE.topology, 1), state(TWO.topology, 2))
    assert steps.physical
    said = {f"{c.difference.action} {c.difference.target}": {s.path for s in c.resets} for c in steps.changes}
    assert said == {
        "add node ce2": set(),
        "add link ce2:eth1 msee2:eth1": {"secondary"},
        "add link ce1:eth2 ce2:eth2": set(),
        "remove link ce1:eth2 msee2:eth1": set(),
        "add customer edge ce2": {"secondary"},
    }
    assert {s.path for s in steps.resets} == {"secondary"}


def test_a_cable_on_another_port_resets_its_path_alone() -> None:
    link = ONE.topology.links[1]
    moved = with_link(ONE.topology, 1, replace(link, a=replace(link.a, interface="eth5")))
    found = plan("er-lab", state(ONE.topology, 1), state(moved, 1))
    assert {identity(s)[2] for s in found.resets} == {"secondary"}


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("msee1", {"path": "secondary"}, "msee1 is the primary MSEE and would be the secondary MSEE"),
        ("ce1", {"role": "azure"}, "ce1 is a CE and would be the azure node"),
        ("ce1", {"name": "edge1"}, None),
        ("azure", {"name": "cloud"}, "azure goes, and is the azure node"),
    ],
)
def test_what_a_running_lab_cannot_follow(name: str, changes: dict[str, Any], said: str | None) -> None:
    node = replace(ONE.topology.node(name), **changes)
    other = replace(ONE.topology, nodes=tuple(node if n.name == name else n for n in ONE.topology.nodes))
    if said is None:
        refuse("er-lab", ONE.topology, other, {}, {})
        return
    with pytest.raises(Impossible) as refused:
        refuse("er-lab", ONE.topology, other, {}, {})
    assert (refused.value.message, refused.value.next) == (said, "mseelab down er-lab, then mseelab up")


def test_what_a_node_is_made_of_it_keeps() -> None:
    with pytest.raises(Impossible, match="ce1 is of image a and would be of image b"):
        refuse("er-lab", ONE.topology, ONE.topology, {"ce1": "of image a"}, {"ce1": "of image b"})
    refuse("er-lab", ONE.topology, TWO.topology, {"ce1": "a"}, {"ce1": "a", "ce2": "b"})


WIRING = NodeWiring(
    "ce1",
    ("v",),
    interfaces=(
        Interface("eth1.100", "v", ("10.0.0.1/30",), Tag("eth1", 100)),
        Interface("eth2.100", "", ("10.0.0.5/30",), Tag("eth2", 100)),
        Interface("eth2", addresses=("10.9.9.1/30",)),
        Interface("lo", addresses=("10.10.0.1/32",)),
    ),
    neighbors=(PermanentNeighbor("", "eth2.100", "10.0.0.6", "02:00:00:00:00:01"),),
    routes=(Route("", "10.1.0.0/16", ("10.0.0.6",)), Route("v", "10.2.0.0/16", ("10.0.0.2",))),
    sources=(Sources("", "eth2.100", ("10.0.0.0/8",)), Sources("v", "eth1.100", ("10.0.0.0/8",))),
    down=("eth2",),
)


def test_with_a_port_goes_what_rides_on_it() -> None:
    bare = without(WIRING, {Port("ce1", "eth2"), Port("ce9", "eth1")})
    assert [i.name for i in bare.interfaces] == ["eth1.100", "lo"]
    assert (bare.neighbors, [r.vrf for r in bare.routes], [s.vrf for s in bare.sources]) == ((), ["v"], ["v"])
    assert (bare.down, lit(bare, {Port("ce1", "eth2")}).down) == (("eth2",), ())


def test_after_a_killed_change_only_what_is_in_both_is_relied_on() -> None:
    other = replace(WIRING, vrfs=(), interfaces=WIRING.interfaces[1:], routes=(WIRING.routes[0],), sources=())
    found = shared(WIRING, other)
    assert (found.vrfs, found.interfaces) == ((), WIRING.interfaces[1:])
    assert (found.routes, found.sources) == ((WIRING.routes[0],), ())


def ordered(attacher: str, stag: int | None = None) -> tuple[list[object], list[object]]:
    """The steps that take a rider from a cable to msee1 to one to msee2, in two orders: what goes, what comes."""
    old, new = (Cable(Port("ce1", "eth1"), Port(node, "eth1")) for node in ("msee1", "msee2"))
    rider = {"ce1": NodeWiring("ce1", interfaces=(Interface("eth1.100", tag=Tag("eth1", 100, stag)),))}
    bare = {"ce1": without(rider["ce1"], {old.a})}
    going = WireOrder(None, {}, (), rider, bare, attacher, unplugged=(old,))
    coming = WireOrder(None, {}, (new,), bare, rider, attacher, plugged=(new,))
    return list(steps_of(going)), list(steps_of(coming))


@pytest.mark.parametrize("attacher", NAMES)
def test_a_rider_is_taken_off_before_its_cable_and_made_after_the_new_one(attacher: str) -> None:
    going, coming = ordered(attacher)
    (unplugged,) = (step for step in going if isinstance(step, steps.Unplug))
    assert (unplugged.near.place, unplugged.far.place) == (Place("ce1"), Place("msee1"))
    assert going.index(unplugged) > 0, "the rider first"
    assert not any(isinstance(step, NewCable | RaisePort) for step in going)
    assert isinstance(coming[0], NewCable)
    raised = {step.place.node for step in coming if isinstance(step, RaisePort)}
    assert raised == {"ce1", "msee2"}, "the far end of a new cable is down at birth"
    assert len(coming) > len(raised) + 1


def test_the_device_of_an_s_tag_goes_and_comes_with_its_port() -> None:
    going, coming = ordered("8021q", stag=8)
    assert any("eth1.8" in str(step) and "Delete" in str(step) for step in going)
    assert any(isinstance(step, OuterVlan) for step in coming)


@pytest.mark.parametrize(("attacher", "devices"), [
    ("8021q", ["eth1.8", "eth1.8.100"]),
    ("ebpf", ["eth1.8.100", "eth1.8.100~"]),
    ("switch", ["eth1.8.100", "s"]),
])
def test_another_mtu_is_written_from_the_port_up(attacher: str, devices: list[str]) -> None:
    cable = Cable(Port("ce1", "eth1"), Port("msee1", "eth1"), 1400)
    face = Interface("eth1.8.100", tag=Tag("eth1", 100, 8))
    rider = {"ce1": NodeWiring("ce1", interfaces=(face,)), "msee1": NodeWiring("msee1")}
    made = steps_of(WireOrder(None, {}, (cable,), rider, rider, attacher, resized=(cable,)))
    written = [step for step in made if isinstance(step, steps.PortMtu)]
    assert {step.mtu for step in written} == {1400}
    assert [step.name for step in written[:2]] == ["eth1", "eth1"]
    names = [step.name for step in written[2:]]
    assert len(names) == len(devices)
    assert all(name.startswith(wanted) for name, wanted in zip(names, devices, strict=True))


def test_every_shipped_topology_has_its_cables_once() -> None:
    assert len(cables(TWO.topology)) == len(TWO.topology.links) == 5

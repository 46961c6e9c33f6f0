"""Faults of the wiring: one node's interfaces are others than they shall be. Lifting wires them again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from pydantic import TypeAdapter

from bgp.frr.config import FrrConfig, OwnConfig
from lab.circuit.models import Family
from lab.control.addresses import wait_for_addresses
from lab.errors import Impossible
from lab.fault.base import BOTH_SIDES, Fault, Paths, Side, Undo
from lab.fault.scene import Scene
from lab.net import inside
from lab.net.addresses import devices_by_address
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import cables
from lab.role.state import NodeState
from lab.wiring import Interface, NodeWiring

LENGTHS: dict[Family, int] = {"ipv4": 30, "ipv6": 126}


class Rewired:
    """The base of these kinds: `broken` is the node's wiring with the fault in it.

    `resets`: connections that stand are ended, where they would last until the hold timer with no BFD to end them.
    """

    name = ""
    line = ""
    sides: tuple[Side, ...] = BOTH_SIDES
    per_family = False
    paths: Paths = "one"
    options: Mapping[str, str] = {}
    # One at a time at each end: what the fault before has broken is no place to break again.
    claims = frozenset({"wiring"})
    stops_frames = True
    resets = True

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        raise NotImplementedError

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        node = scene.node(scene.sessions(fault)[0], fault.side).name
        wiring = _with_own_addresses(scene, scene.desired.nodes[node])
        broken = self.broken(scene, fault, wiring)
        if broken == wiring:
            raise Impossible(f"{fault.label} would change nothing on {node}")
        return {"node": node, "whole": _dumped(wiring), "broken": _dumped(broken)}

    def face(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> Interface:
        """The tagged interface that the fault concerns. Raises Impossible when there is none."""
        shall = scene.interface(scene.sessions(fault)[0], fault.side)
        return next(i for i in wiring.interfaces if (i.vrf, i.name) == (shall.vrf, shall.name))

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        _wire(scene, undo["node"], _loaded(undo["whole"]), _loaded(undo["broken"]))
        if self.resets:
            scene.reset(fault)

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        node, whole = undo["node"], _loaded(undo["whole"])
        if node not in scene.desired.nodes:
            return
        broken = _loaded(undo["broken"])
        _wire(scene, node, broken, whole)
        if isinstance(scene.desired.nodes[node].router, FrrConfig | OwnConfig):
            changed = {i.vrf for i in whole.interfaces if i not in broken.interfaces or whole.down != broken.down}
            wait_for_addresses(scene.nodes[node], whole, changed)
        scene.recover(fault)


def without(wiring: NodeWiring, face: Interface) -> NodeWiring:
    """The wiring without an interface, and what is known of neighbors there."""
    return replace(
        wiring,
        interfaces=tuple(i for i in wiring.interfaces if i != face),
        neighbors=tuple(n for n in wiring.neighbors if (n.vrf, n.interface) != (face.vrf, face.name)),
    )


def renamed(wiring: NodeWiring, face: Interface, other: Interface) -> NodeWiring:
    """The wiring with `other` in the place of an interface."""
    if other.name != face.name:
        wiring = replace(
            wiring, neighbors=tuple(n for n in wiring.neighbors if (n.vrf, n.interface) != (face.vrf, face.name))
        )
    return replace(wiring, interfaces=tuple(other if i == face else i for i in wiring.interfaces))


def _with_own_addresses(scene: Scene, state: NodeState) -> NodeWiring:
    """The node's wiring; in a user's own router the addresses are zebra's, and those of its sessions are added here."""
    wiring = state.wiring
    if not isinstance(state.router, OwnConfig):
        return wiring
    pid = scene.nodes[state.name].pid
    there = inside.in_namespace(pid, "", devices_by_address)
    found: dict[str, list[str]] = {}
    for session in scene.all_sessions:
        name = there.get(str(ip_address(session.ce_address)))
        if session.ce == state.name and name is not None:
            found.setdefault(name, []).append(f"{session.ce_address}/{LENGTHS[session.family]}")
    faces = [replace(i, addresses=tuple(found[i.name])) if i.name in found else i for i in wiring.interfaces]
    return replace(wiring, interfaces=tuple(faces))


def _wire(scene: Scene, node: str, old: NodeWiring, new: NodeWiring) -> None:
    """The other nodes' wirings go along: what both ends of a cable share must be seen to be shared."""
    others = {name: state.wiring for name, state in scene.desired.nodes.items()}
    with nullcontext(scene.wirer) if scene.wirer is not None else Wirer.start() as wirer:
        wirer.wire(
            WireOrder(
                world=scene.world,
                pids={name: each.pid for name, each in scene.nodes.items()},
                cables=cables(scene.applied.applied.topology),
                old={**others, node: old},
                new={**others, node: new},
                attacher=scene.applied.attacher,
            )
        )


def _dumped(wiring: NodeWiring) -> Any:
    return TypeAdapter(NodeWiring).dump_python(wiring, mode="json")


def _loaded(value: Any) -> NodeWiring:
    return TypeAdapter(NodeWiring).validate_python(value)

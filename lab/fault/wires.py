"""Faults of the wiring: one node's interfaces are others than they shall be. Lifting wires them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from bgp.frr.config import FrrConfig, OwnConfig
from lab.control.addresses import wait_for_addresses
from lab.errors import Impossible
from lab.fault.base import BOTH_SIDES, Fault, Side, Undo
from lab.fault.scene import Scene
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import cables
from lab.wiring import NodeWiring


class Rewired:
    """The base of these kinds: `broken` is the node's wiring with the fault in it."""

    name = ""
    line = ""
    sides: tuple[Side, ...] = BOTH_SIDES
    per_family = False
    options: Mapping[str, str] = {}
    # One at a time at each end: what the fault before has broken is no place to break again.
    claims = frozenset({"wiring"})

    def broken(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        raise NotImplementedError

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        node = scene.node(scene.sessions(fault)[0], fault.side).name
        wiring = self.whole(scene, fault, scene.desired.nodes[node].wiring)
        broken = self.broken(scene, fault, wiring)
        if broken == wiring:
            raise Impossible(f"{fault.label} would change nothing on {node}")
        return {"node": node, "whole": _dumped(wiring), "broken": _dumped(broken)}

    def whole(self, scene: Scene, fault: Fault, wiring: NodeWiring) -> NodeWiring:
        """The wiring that is broken and mended: that of the plan, and what the kernel has beside."""
        return wiring

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        _wire(scene, undo["node"], _loaded(undo["whole"]), _loaded(undo["broken"]))

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


def _wire(scene: Scene, node: str, old: NodeWiring, new: NodeWiring) -> None:
    """The other nodes' wirings go along: what both ends of a cable share must be seen to be shared."""
    others = {name: state.wiring for name, state in scene.desired.nodes.items()}
    with Wirer.start() as wirer:
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

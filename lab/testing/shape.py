"""How a node is: what its daemons have as configuration, and its devices and addresses. Read in some milliseconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from bgp.frr.config import FrrConfig
from bgp.frr.retype import Line, lines, unwatched
from lab.control.daemon import NodeVty
from lab.control.record import Record
from lab.engine.base import Node, World
from lab.errors import DaemonGone
from lab.net import reading
from lab.role.state import NodeState

SOCKETS = "/run/frr"


@dataclass(frozen=True)
class Device:
    """A device of a namespace; its addresses have their prefix length, link-local ones are left out.

    So is its MAC address: a device that was taken away and made again has another one.
    """

    name: str
    mtu: int
    up: bool
    vlan: int
    addresses: frozenset[str]


@dataclass(frozen=True)
class Shape:
    """A node. `daemons` have their configurations, `namespaces` (the node's own is "") their devices by name.

    The configurations hold keys: a shape is never shown.
    """

    daemons: Mapping[str, tuple[Line, ...]] = field(repr=False)
    namespaces: Mapping[str, Mapping[str, Device]]


def shapes(world: World, record: Record) -> dict[str, Shape]:
    """Every node of the lab as it is. A daemon that does not answer is not in its shape, nor a namespace that is gone.

    Must run inside the world.
    """
    states = record.applied.desired().nodes
    return {name: shape(world.nodes[name], state) for name, state in states.items() if name in world.nodes}


def shape(node: Node, state: NodeState) -> Shape:
    return Shape(_daemons(node, watched=isinstance(state.router, FrrConfig)), _namespaces(node, state))


def _daemons(node: Node, *, watched: bool) -> dict[str, tuple[Line, ...]]:
    found = {}
    for daemon in daemons(node):
        try:
            with NodeVty(node, daemon) as vty:
                told = lines(vty.command("show running-config"))
        except DaemonGone:
            continue
        told = tuple(line for line in told if not _follows(line))
        found[daemon] = tuple(unwatched(told)) if watched and daemon == "bgpd" else told
    return found


def _follows(line: Line) -> bool:
    """Whether zebra says it of its own accord: of a VRF, for as long as its namespace is there."""
    return line[0].startswith("vrf ") and (len(line) == 1 or line[1].startswith("netns "))


def daemons(node: Node) -> list[str]:
    """The daemons of a node that have, or had, a command socket."""
    try:
        names = os.listdir(f"{node.root}{SOCKETS}")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return sorted(name.removesuffix(".vty") for name in names if name.endswith(".vty"))


def _namespaces(node: Node, state: NodeState) -> dict[str, dict[str, Device]]:
    found = {}
    for vrf in ("", *state.wiring.vrfs):
        try:
            seen = reading.read(node.pid, vrf)
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[vrf] = {
            device.name: Device(
                device.name, device.mtu, device.up, device.vlan,
                frozenset(
                    f"{a.address}/{a.length}" for a in seen.of(device.name) if not ip_address(a.address).is_link_local
                ),
            )
            for device in seen.devices
        }
    return found

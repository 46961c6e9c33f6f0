"""The ends of sessions that have to hear of a change before it comes: the far ends of nodes that start anew, and both
ends of what moves to another interface or gets another bfdd.

Without a word the far ends would hold a dead session for BFD's time, or for the hold timer's 180 s where there is no
BFD, and refuse the new one meanwhile; and FRR 10 keeps a neighbor that is armed idle for as long as BFD is down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bgp.frr import render
from bgp.frr.clear import clear
from bgp.frr.config import BgpInstance, FrrConfig, Neighbor, OwnConfig
from bgp.frr.vty import Vty
from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.engine.base import Node
from lab.role.state import NodeState
from lab.wiring import NodeWiring, Port


def release(
    nodes: Mapping[str, Node],
    states: Mapping[str, NodeState],
    sessions: Iterable[Session],
    gone: Collection[str],
) -> None:
    """Ends the sessions with the nodes `gone` at those that stay, and disarms their BFD; the watcher arms it again."""
    if not gone:
        return
    sessions = tuple(sessions)
    addresses = _addresses(states, sessions, gone)
    with Daemons(nodes) as daemons:
        for name, state in states.items():
            if name in gone or not daemons.runs(name):
                continue
            if isinstance(state.router, FrrConfig):
                _release_ours(daemons.vty(name), state.router, addresses)
            elif isinstance(state.router, OwnConfig):
                _clear(daemons.vty(name), (("", s.msee_address) for s in sessions if s.ce == name and s.msee in gone))


def _addresses(
    states: Mapping[str, NodeState], sessions: Iterable[Session], names: Collection[str]
) -> frozenset[str]:
    """The addresses of nodes, those among them that a user's own file sets."""
    wired = {a.split("/")[0] for n in names for i in states[n].wiring.interfaces for a in i.addresses}
    return frozenset(wired | {s.ce_address for s in sessions if s.ce in names})


def disarm_node(
    nodes: Mapping[str, Node],
    states: Mapping[str, NodeState],
    sessions: Iterable[Session],
    node: str,
    silent: Collection[tuple[str, str]],
) -> None:
    """Disarms the BFD of a node and of its neighbors, after its bfdd has ended and before another starts; the watcher
    arms it again.

    The new bfdd begins down and says so: a far end that is up and armed would end BGP at that word. As long as the old
    one lives it is too early: FRR 8.4's bfdd tells the other end that a session is down when bgpd lets go of it. What
    is left is the far ends' detection time. `silent` are daemons that are not asked (`Daemons`).
    """
    addresses = _addresses(states, sessions, (node,))
    with Daemons(nodes, silent) as daemons:
        for name, state in states.items():
            if not isinstance(state.router, FrrConfig) or not daemons.runs(name):
                continue
            neighbors = [(i.vrf, n.address) for i in state.router.instances for n in i.neighbors]
            disarm(daemons.vty(name), state.router, [n for n in neighbors if name == node or n[1] in addresses])


def eager(coming: Iterable[NodeState]) -> list[NodeState]:
    """The nodes that start anew as they start beside others that run: each connects, also where it usually waits.

    The far end, whose session was just ended, tries again only after FRR's start timer of a second.
    """
    coming = list(coming)
    among = {a.split("/")[0] for state in coming for i in state.wiring.interfaces for a in i.addresses}
    return [_connecting(state, among) for state in coming]


def _connecting(state: NodeState, among: Collection[str]) -> NodeState:
    if not isinstance(state.router, FrrConfig):
        return state
    instances = []
    for instance in state.router.instances:
        neighbors = tuple(n if n.address in among else replace(n, passive=False) for n in instance.neighbors)
        instances.append(replace(instance, neighbors=neighbors))
    return replace(state, router=replace(state.router, instances=tuple(instances)))


def disarm_moving(
    nodes: Mapping[str, Node],
    before: Mapping[str, NodeState],
    after: Mapping[str, NodeState],
    gone: Collection[str],
    recabled: Collection[Port],
) -> None:
    """Disarms the BFD of neighbors whose own end will be on another interface, or on the same of a port that is
    `recabled`; the watcher arms it again.

    bgpd hears of an armed neighbor's BFD on the interface alone that it was armed on. Where BFD is back on the new one
    before the watcher looks, FRR 10 would refuse the session for good, and FRR 8.4 miss the next cut.
    """
    with Daemons(nodes) as daemons:
        for name, state in before.items():
            if name in gone or name not in after or not isinstance(state.router, FrrConfig):
                continue
            places, wanted = _places(state), _places(after[name])
            moving = {place for place in places if place in wanted and wanted[place] != places[place]}
            moving |= _places(replace(state, wiring=_on(state.wiring, recabled))).keys()
            lines = []
            for instance in state.router.instances:
                found = [n for n in instance.neighbors if (instance.vrf, n.local_address) in moving]
                lines += _disarming(instance, found)
            if lines and daemons.runs(name):
                daemons.vty(name).configure(lines, tolerate="absent")


def _places(state: NodeState) -> dict[tuple[str, str], str]:
    """The interface of each address, by VRF and address."""
    return {(i.vrf, a.split("/")[0]): i.name for i in state.wiring.interfaces for a in i.addresses}


def _on(wiring: NodeWiring, ports: Collection[Port]) -> NodeWiring:
    """What of a wiring is on these ports."""
    return replace(
        wiring, interfaces=tuple(i for i in wiring.interfaces if i.tag and Port(wiring.node, i.tag.port) in ports)
    )


def disarm(vty: Vty, router: FrrConfig, peers: Collection[tuple[str, str]]) -> None:
    """Disarms the BFD of these neighbors, by VRF and address."""
    lines: list[str] = []
    for instance in router.instances:
        lines += _disarming(instance, [n for n in instance.neighbors if (instance.vrf, n.address) in peers])
    if lines:
        vty.configure(lines, tolerate="absent")


def _disarming(instance: BgpInstance, neighbors: Iterable[Neighbor]) -> list[str]:
    armed = [f"no neighbor {n.address} bfd" for n in neighbors if n.bfd]
    return [render.instance_line(instance), *armed] if armed else []


def _release_ours(vty: Vty, router: FrrConfig, addresses: Collection[str]) -> None:
    ended = []
    lines = []
    for instance in router.instances:
        found = [n for n in instance.neighbors if n.address in addresses]
        lines += _disarming(instance, found)
        ended += [(instance.vrf, n.address) for n in found]
    if lines:
        vty.configure(lines, tolerate="absent")
    _clear(vty, ended)


def _clear(vty: Vty, neighbors: Iterable[tuple[str, str]]) -> None:
    for vrf, address in neighbors:
        # A user's own file need not have the neighbor: then there is nothing to end.
        vty.ask(clear(vrf, address))

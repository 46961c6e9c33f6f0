"""Sessions that are down, brought up at once where FRR would let a second or two pass.

FRR starts a neighbor that it has lost after its start timer: a second, doubled by every failure, and `clear` begins the
second anew. But a next hop that becomes reachable starts its neighbor at once. So each end loses the session's address
for the moment that its bgpd needs to notice, 0.1 s, and both start together. Then an FRR as its owner configured it
waits a second (`coalesce-time`) with its first update, and not when it is told to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bgp.frr import show
from bgp.frr.clear import clear
from bgp.session import ESTABLISHED, PREFIX_LIMIT
from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.control.record import Record
from lab.control.wait import wait
from lab.engine.base import Node, World
from lab.net import reading
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import cables
from lab.wiring import NodeWiring, PermanentNeighbor

NOTICED_SECONDS = 1.0


@dataclass(frozen=True)
class _End:
    """One end of a session: its address with prefix length, on `device` of `vrf` (empty: the node's own)."""

    node: str
    vrf: str
    device: str
    address: str
    peer: str


def hurry(record: Record, world: World, wirer: Wirer, sessions: Iterable[Session]) -> None:
    """Starts `sessions`, which are down, at both ends that run FRR. Must run inside the world, which `wirer` knows."""
    late = tuple(sessions)
    with Daemons(world.nodes) as daemons:
        _unlimit(daemons, late)
        every = [end for session in late for end in _ends(daemons, world.nodes, session)]
        # Where the other end cannot be reached, or is not looked for yet, a neighbor starts as soon as it is.
        ends = [end for end in every if show.reaches(daemons.vty(end.node), end.vrf, end.peer)]
        whole = {name: state.wiring for name, state in record.applied.desired().nodes.items() if name in world.nodes}
        for end in ends:
            whole = _with(whole, end, present=True)
        without = ready = whole
        asked = whole
        for end in ends:
            asked = _asking(asked, end)
            without = _with(without, end, present=False)
            # An MSEE whose SYN meets no listener, or no address, tries again a second later.
            ready = ready if end.vrf == "" else _with(ready, end, present=False)
        try:
            _wire(record, world, wirer, asked, without)
            _wait_for(daemons, ends, reached=False)
            _wire(record, world, wirer, without, ready)
            _wait_for(daemons, [end for end in ends if end.vrf == ""], reached=True)
        finally:
            _wire(record, world, wirer, without, whole)


def _wait_for(daemons: Daemons, ends: Sequence[_End], *, reached: bool) -> None:
    wait(
        lambda: all(show.reaches(daemons.vty(end.node), end.vrf, end.peer) is reached for end in ends),
        deadline=NOTICED_SECONDS, label="next hops", every=0.005,
    )


def announce(world: World, sessions: Iterable[Session]) -> None:
    """Has the CEs of `sessions`, which are up, announce their prefixes now. Must run inside the world."""
    with Daemons(world.nodes) as daemons:
        for session in sessions:
            if daemons.runs(session.ce):
                daemons.vty(session.ce).ask(f"clear bgp {session.family} unicast {session.msee_address} soft out")


def _unlimit(daemons: Daemons, sessions: Iterable[Session]) -> None:
    """Clears the neighbors that are held down by their prefix limit, whatever their next hop."""
    for msee in dict.fromkeys(session.msee for session in sessions):
        if daemons.runs(msee):
            for peer in show.summaries(daemons.vty(msee)):
                if peer.reason == PREFIX_LIMIT and peer.state != ESTABLISHED:
                    daemons.vty(msee).command(clear(peer.vrf, peer.address))


def _ends(daemons: Daemons, nodes: Mapping[str, Node], session: Session) -> Iterable[_End]:
    places = (
        (session.msee, session.vrf, session.msee_address, session.ce_address),
        (session.ce, "", session.ce_address, session.msee_address),
    )
    for name, vrf, own, peer in places:
        if not daemons.runs(name):
            continue
        found = next((a for a in reading.read(nodes[name].pid, vrf).addresses if a.address == own), None)
        if found is not None:
            yield _End(name, vrf, found.device, f"{own}/{found.length}", peer)


def _with(wiring: Mapping[str, NodeWiring], end: _End, *, present: bool) -> dict[str, NodeWiring]:
    node = wiring[end.node]
    changed = []
    for interface in node.interfaces:
        if (interface.vrf, interface.name) == (end.vrf, end.device):
            others = tuple(text for text in interface.addresses if text != end.address)
            interface = replace(interface, addresses=(*others, end.address) if present else others)
        changed.append(interface)
    return {**wiring, end.node: replace(node, interfaces=tuple(changed))}


def _asking(wiring: Mapping[str, NodeWiring], end: _End) -> dict[str, NodeWiring]:
    """With an entry of the other end, to be taken away: a question by ARP or ND is repeated only a second later."""
    node = wiring[end.node]
    entry = PermanentNeighbor(end.vrf, end.device, end.peer, "")
    return {**wiring, end.node: replace(node, neighbors=(*node.neighbors, entry))}


def _wire(
    record: Record, world: World, wirer: Wirer, old: Mapping[str, NodeWiring], new: Mapping[str, NodeWiring]
) -> None:
    if old != new:
        pids = {node.name: node.pid for node in world.nodes.values()}
        wirer.wire(
            WireOrder(
                world=world, pids=pids, cables=cables(record.applied.topology), old=old, new=new,
                attacher=record.attacher,
            )
        )

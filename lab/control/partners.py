"""The far ends of the sessions of nodes that start anew.

Without a word they would hold a dead session for BFD's time, or for the hold timer's 180 s where there is no BFD, and
refuse the new one meanwhile; and FRR 10 keeps a neighbor that is armed idle for as long as BFD is down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.vty import Vty
from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.engine.base import Node
from lab.role.state import NodeState


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
    addresses = {a.split("/")[0] for n in gone for i in states[n].wiring.interfaces for a in i.addresses}
    addresses |= {s.ce_address for s in sessions if s.ce in gone}
    with Daemons(nodes) as daemons:
        for name, state in states.items():
            if name in gone or not daemons.runs(name):
                continue
            if isinstance(state.router, FrrConfig):
                _release_ours(daemons.vty(name), state.router, addresses)
            elif isinstance(state.router, OwnConfig):
                _clear(daemons.vty(name), (("", s.msee_address) for s in sessions if s.ce == name and s.msee in gone))


def _release_ours(vty: Vty, router: FrrConfig, addresses: Collection[str]) -> None:
    ended = []
    lines = []
    for instance in router.instances:
        found = [n for n in instance.neighbors if n.address in addresses]
        armed = [f"no neighbor {n.address} bfd" for n in found if n.bfd]
        if armed:
            lines += [f"router bgp {instance.asn}" + (f" vrf {instance.vrf}" if instance.vrf else ""), *armed]
        ended += [(instance.vrf, n.address) for n in found]
    if lines:
        vty.configure(lines, tolerate="absent")
    _clear(vty, ended)


def _clear(vty: Vty, neighbors: Iterable[tuple[str, str]]) -> None:
    for vrf, address in neighbors:
        # A user's own file need not have the neighbor: then there is nothing to end.
        vty.ask(f"clear bgp {f'vrf {vrf} ' if vrf else ''}{address}")

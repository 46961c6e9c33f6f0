"""Walks a way by what each router's kernel has: its routes decide, whatever daemons mean. Inside the lab's world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from lab.circuit.models import Session
from lab.control.record import Applied
from lab.engine.base import Node
from lab.net.addresses import devices_by_address
from lab.net.inside import in_namespace
from lab.net.lookup import lookup
from lab.trace.way import Hop, Next, Place, Trace, Way

MOST_HOPS = 32


class Walker:
    """Knows where each address of a lab is."""

    def __init__(self, applied: Applied, nodes: Mapping[str, Node]) -> None:
        self._applied, self._nodes = applied, nodes
        self._links: dict[tuple[Place, str], tuple[Place, Session]] = {}
        for session in applied.sessions:
            ce, msee = (session.ce, ""), (session.msee, session.vrf)
            self._links[ce, session.msee_address] = msee, session
            self._links[msee, session.ce_address] = ce, session

    @cached_property
    def _places(self) -> dict[str, Place]:
        """A CE's addresses are its owner's and read from its kernel, the others follow from the files."""
        found: dict[str, Place] = {}
        for name, state in self._applied.desired().nodes.items():
            if state.role == "ce":
                found |= dict.fromkeys(in_namespace(self._nodes[name].pid, "", devices_by_address), (name, ""))
                continue
            for face in state.wiring.interfaces:
                for address in face.addresses:
                    found.setdefault(address.split("/")[0], (name, face.vrf))
        return found

    def place(self, address: str) -> Place | None:
        """Where an address is, of all that have it the first."""
        return self._places.get(address)

    def chosen(self, ce: str, target: str) -> frozenset[tuple[str, str]]:
        """(circuit, path) of the sessions that a CE itself sends to `target` over: one question."""
        found = lookup(self._nodes[ce].pid, "", target)
        links = (self._links.get(((ce, ""), via.gateway or target)) for via in found.vias)
        return frozenset((link[1].circuit, link[1].path) for link in links if link is not None)

    def trace(self, ce: str, source: str, target: str) -> Trace:
        """From a CE and back. An empty way back where nobody has `target`."""
        there = self.way((ce, ""), target)
        ends = [hop.place for hop in there.hops if hop.kind == "local"]
        end = ends[0] if ends else self.place(target)
        back = self.way(end, source) if end is not None else Way(source, ())
        return Trace(ce, source, target, there, back)

    def way(self, start: Place, target: str) -> Way:
        """Every branch of equal routes, each router once."""
        hops: list[Hop] = []
        seen: set[Place] = set()
        waiting = [start]
        while waiting and len(hops) < MOST_HOPS:
            place = waiting.pop(0)
            if place in seen:
                continue
            seen.add(place)
            hop = self._hop(place, target)
            hops.append(hop)
            waiting += [step.place for step in hop.nexts if step.place is not None]
        return Way(target, tuple(hops))

    def _hop(self, place: Place, target: str) -> Hop:
        node, vrf = place
        found = lookup(self._nodes[node].pid, vrf, target)
        if found.kind != "unicast":
            return Hop(place, found.kind, found.prefix, found.protocol)
        vias = sorted(found.vias, key=lambda via: (via.device, via.gateway or ""))
        return Hop(
            place, found.kind, found.prefix, found.protocol,
            tuple(self._next(place, via.gateway, via.device, target) for via in vias),
        )

    def _next(self, place: Place, gateway: str | None, device: str, target: str) -> Next:
        linked = self._links.get((place, gateway or target))
        if linked is not None:
            return Next(gateway, device, *linked)
        return Next(gateway, device, self._places.get(gateway or target))

"""Puts the parts that probes give together, one `Evidence` a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lab.control.health import Sick
from lab.control.observe import Daemons, SessionView, observe
from lab.diagnose.evidence import SIDES, Echoes, End, Evidence, Face, Refused, Side, Subject
from lab.diagnose.probes.daemons import DaemonProbe
from lab.diagnose.probes.links import Links, Place
from lab.diagnose.probes.sockets import SocketProbe
from lab.engine.base import Node

Key = tuple[str, str, str, str]
"""circuit, peering, path, family"""


def key_of(subject: Subject) -> Key:
    session = subject.session
    return session.circuit, session.peering, session.path, session.family


class Observer:
    """Asks kernels and daemons of one lab about any of `every` session. To be used inside the lab's world."""

    def __init__(
        self, nodes: Mapping[str, Node], daemons: Daemons, every: Sequence[Subject], sick: Sequence[Sick] = ()
    ) -> None:
        self._daemons = daemons
        self._sick = sick
        self._ends = {subject.node(side) for subject in every for side in SIDES}
        self._every = [subject for subject in every if subject.session.ce and subject.provisioned]
        self._links = Links(nodes, _wanted(every))
        self._sockets = SocketProbe(nodes)
        self._bgp = DaemonProbe(daemons, {subject.session.msee_address for subject in every})
        self._views: dict[Key, SessionView] = {}

    def refresh(self) -> None:
        """What was seen before is old now."""
        for probe in (self._links, self._sockets, self._bgp):
            probe.forget()
        views = observe(self._daemons, [subject.session for subject in self._every], details=False, both_ends=True)
        self._views = {key_of(subject): view for subject, view in zip(self._every, views, strict=True)}

    def evidence(
        self, subject: Subject, echoes: Echoes, refused: Mapping[Side, Refused] | None = None
    ) -> Evidence:
        """Everything about one session as it is since the last `refresh`, but for the wire."""
        view = self._views.get(key_of(subject))
        counted = refused or {}
        ends = {side: self._end(subject, side, view, counted.get(side, Refused())) for side in SIDES}
        return Evidence(
            subject, self._state(subject, view), ends["ce"], ends["msee"], echoes=echoes,
            same_key=self._sockets.same_key(subject) if subject.session.ce else None,
            other_path=self._on_other_path(subject), sick=self._sick_for(subject),
        )

    def established(self, subject: Subject) -> bool:
        view = self._views.get(key_of(subject))
        return view is not None and view.established

    def faces(self, subject: Subject) -> dict[Side, Face]:
        """The sub-interfaces of the ends that may be looked into, as of the last `refresh`."""
        sides: list[Side] = [s for s in SIDES if subject.port(s) and (s == "msee" or subject.inspected)]
        ends = {side: self._links.end(subject, side) for side in sides}
        return {
            side: face
            for side, end in ends.items()
            if (face := end.face or next(iter(end.strays), None)) is not None
        }

    def _end(self, subject: Subject, side: Side, view: SessionView | None, refused: Refused) -> End:
        node = subject.node(side)
        if side == "ce" and not subject.inspected:
            return End(node, seen=False)
        found = self._links.end(subject, side)
        frr = side == "msee" or subject.frr
        tables = view is not None and view.established
        return End(
            node, True, found.port, found.face, found.strays, found.resolved, found.mac,
            self._sockets.keys(subject, side), refused,
            self._bgp.bgp(subject, side, tables=tables) if frr else None,
            self._bgp.bfd(subject, side) if frr else "",
        )

    def _sick_for(self, subject: Subject) -> tuple[Sick, ...]:
        """Those of its own ends, and those that are at no session's end: they serve all."""
        mine = {subject.node(side) for side in SIDES}
        return tuple(sick for sick in self._sick if sick.node in mine or sick.node not in self._ends)

    def _state(self, subject: Subject, view: SessionView | None) -> str:
        if view is not None:
            return view.state
        return "No CE" if not subject.session.ce else subject.provider_state

    def _on_other_path(self, subject: Subject) -> int | None:
        circuit, peering, path, family = key_of(subject)
        view = self._views.get((circuit, peering, "secondary" if path == "primary" else "primary", family))
        return view.from_ce if view is not None and view.established else None


def _wanted(every: Iterable[Subject]) -> dict[Place, frozenset[str]]:
    """The interfaces that peerings ask for, by place: what else a port carries is a stray."""
    found: dict[Place, set[str]] = {}
    for subject in every:
        for side in SIDES:
            if subject.port(side):
                place = subject.node(side), subject.vrf(side)
                found.setdefault(place, set()).add(subject.interface(side))
    return {place: frozenset(names) for place, names in found.items()}

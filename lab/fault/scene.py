"""The running lab as a fault needs it: its record, its nodes, their daemons. To be used inside the lab's world."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from types import TracebackType
from typing import Self

from bgp.frr import show
from bgp.frr.clear import clear
from bgp.frr.vty import Vty
from bgp.session import ESTABLISHED
from lab.circuit.models import Session
from lab.circuit.store import Store
from lab.control.observe import Daemons
from lab.control.record import Record, from_document
from lab.control.running import Running
from lab.engine.base import Node, World
from lab.errors import Impossible
from lab.fault.base import SIDES, Fault, Side
from lab.net.wirer import Wirer
from lab.role.build import Desired
from lab.wiring import Interface


class Scene:
    """Open until `close`; a context manager. `of` enters the world.

    `sessions` are those of the circuits as applied when the scene was opened; a fault at the service plane changes
    them, so it opens a scene of its own afterwards.
    """

    def __init__(self, running: Running, wirer: Wirer | None = None) -> None:
        """`wirer` is one that is there already, for whoever makes many faults; else each starts its own, 0.1 s."""
        self.running = running
        self.wirer = wirer
        self.store: Store = running.store
        self.world: World = running.world
        self.nodes = self.world.nodes
        self.daemons = Daemons(self.nodes)

    @classmethod
    def of(cls, running: Running) -> Scene:
        """The scene of a running lab; this process is inside its world afterwards."""
        running.enter()
        return cls(running)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.daemons.close()

    @property
    def record(self) -> Record:
        """What is applied now."""
        return from_document(self.store.read() or self.running.document)

    @cached_property
    def applied(self) -> Record:
        """What was applied when somebody first asked this scene."""
        return self.record

    @cached_property
    def desired(self) -> Desired:
        return self.applied.applied.desired()

    @property
    def all_sessions(self) -> tuple[Session, ...]:
        return self.applied.applied.sessions

    def sessions(self, fault: Fault) -> tuple[Session, ...]:
        """The sessions that the fault concerns. Raises Impossible when there is none."""
        found = tuple(s for s in self.all_sessions if fault.concerns(s))
        if not found:
            raise Impossible(f"no session for {fault.label}", next="mseelab status")
        return found

    def node(self, session: Session, side: Side) -> Node:
        return self.nodes[session.ce if side == "ce" else session.msee]

    def vrf(self, session: Session, side: Side) -> str:
        """The VRF of the session at that end, empty at a CE."""
        return session.vrf if side == "msee" else ""

    def peer(self, session: Session, side: Side) -> str:
        """The address of the other end, as that end's router names its neighbor."""
        return session.msee_address if side == "ce" else session.ce_address

    def interface(self, session: Session, side: Side) -> Interface:
        """The tagged interface of the session at that end, as it shall be. Raises Impossible when there is none."""
        node = self.node(session, side).name
        port = self.port(session, side)
        vrf, vlan = self.vrf(session, side), self._vlan(session)
        for face in self.desired.nodes[node].wiring.interfaces:
            if face.tag is not None and (face.tag.port, face.tag.vlan, face.vrf) == (port, vlan, vrf):
                return face
        raise Impossible(f"{node} has no interface for {session.circuit} {session.label}")

    def port(self, session: Session, side: Side) -> str:
        """The physical port of the session at that end."""
        cable = self.applied.applied.topology.ce_port(session.ce, session.path)
        assert cable is not None  # a session is on a cable
        return (cable[0] if side == "ce" else cable[1]).interface

    def reset(self, fault: Fault) -> None:
        """Ends the sessions that the fault concerns, from both ends where both are FRR: they begin anew."""
        for session, side in self._ends(fault):
            vty = self.daemons.vty(self.node(session, side).name)
            vty.ask(clear(self.vrf(session, side), self.peer(session, side)))

    def recover(self, fault: Fault) -> None:
        """Has the sessions that are down at either end try again now; a router waits longer after each failure."""
        ends: dict[Session, list[tuple[Vty, str, str]]] = {}
        for session, side in self._ends(fault):
            end = (self.daemons.vty(self.node(session, side).name), self.vrf(session, side), self.peer(session, side))
            ends.setdefault(session, []).append(end)
        for both in ends.values():
            found = [show.neighbor(*end) for end in both]
            if any(neighbor is None or neighbor.state != ESTABLISHED for neighbor in found):
                for vty, vrf, peer in both:
                    vty.ask(clear(vrf, peer))

    def forget_neighbor(self, session: Session, side: Side) -> None:
        """Drops what that end has learned of the other by ARP or ND."""
        from lab.net.forget import forget_neighbor  # brings pyroute2

        forget_neighbor(
            self.node(session, side).pid, self.vrf(session, side), self.interface(session, side).name,
            self.peer(session, side),
        )

    def _ends(self, fault: Fault) -> Iterator[tuple[Session, Side]]:
        for session in self.all_sessions:
            for side in reversed(SIDES) if fault.concerns(session) else ():
                if self.daemons.runs(self.node(session, side).name):
                    yield session, side

    def _vlan(self, session: Session) -> int:
        circuit = self.applied.applied.spec.circuit(session.circuit)
        return next(p.vlan_id for p in circuit.peerings if p.type == session.peering)

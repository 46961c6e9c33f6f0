"""The lab that an agent holds: what it was made of, how it was when it was right, and the way to its daemons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.circuit.models import Session
from lab.circuit.store import Store
from lab.control.observe import Daemons, SessionView, observe
from lab.control.record import Applied, Record, from_document
from lab.engine.base import Node, World
from lab.errors import DaemonGone, Impossible, meant
from lab.files.load import Loaded
from lab.net.wirer import Wirer

if TYPE_CHECKING:
    from lab.fault.base import Fault
    from lab.testing.shape import Shape


@dataclass
class Held:
    """`loaded` are the files that the lab was made of and `right` its state then; `record` is its state now.

    `shapes` are its nodes, and `views` its sessions, as they were when it was right. `touched` is whether somebody has
    done anything since then that could change it, `healthy` whether all was as the files say when it came up. `lifted`
    are the faults that have gone since then.
    """

    store: Store
    wirer: Wirer
    world: World
    record: Record
    loaded: Loaded
    right: Applied
    shapes: dict[str, Shape] = field(default_factory=dict)
    views: tuple[SessionView, ...] = ()
    touched: bool = False
    healthy: bool = True
    lifted: list[Fault] = field(default_factory=list)

    @property
    def sessions(self) -> tuple[Session, ...]:
        return self.record.applied.sessions

    def refresh(self) -> Record:
        """The record as the store has it: faults are written there."""
        document = self.store.read()
        if document is not None:
            self.record = from_document(document)
        return self.record

    def node(self, name: str) -> Node:
        """Raises Impossible, with the nodes there are."""
        nodes = self.world.nodes
        if name not in nodes:
            raise Impossible(f"no node {name}{near(name, nodes)}", next=f"one of: {' '.join(sorted(nodes))}")
        return nodes[name]

    def observe(self, sessions: Iterable[Session], *, details: bool = True) -> tuple[SessionView, ...]:
        """The sessions now; a daemon that ends while it is asked is asked again, and has gone then."""
        wanted = tuple(sessions)
        try:
            with Daemons(self.world.nodes) as daemons:
                return observe(daemons, wanted, details=details)
        except DaemonGone:
            with Daemons(self.world.nodes) as daemons:
                return observe(daemons, wanted, details=details)

    def select(
        self, peering: str | None, path: str | None, family: str | None, circuit: str | None
    ) -> tuple[Session, ...]:
        """The sessions that are meant; what is None means every one. Raises Impossible when there is none."""
        found = self.sessions
        asked = (("circuit", circuit), ("peering", peering), ("path", path), ("family", family))
        for field_, value in asked:
            if value is None:
                continue
            known = dict.fromkeys(str(getattr(session, field_)) for session in found)
            found = tuple(session for session in found if getattr(session, field_) == value)
            if not found:
                hint = near(value, known)
                raise Impossible(
                    f"no session with {field_} {value}{hint}", next=f"{field_} is one of: {' '.join(known) or 'none'}"
                )
        return found


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where one of `known` is like `name`."""
    found = meant(name, known)
    return f"; did you mean {found}?" if found else ""

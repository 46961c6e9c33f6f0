"""A fault as a value, and what a kind of fault has to say and do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from lab.circuit.models import Family, Path, PeeringType, Session

if TYPE_CHECKING:
    from lab.fault.scene import Scene

Side = Literal["ce", "msee"]
SIDES: tuple[Side, ...] = ("ce", "msee")
BOTH_SIDES = SIDES
CE_ONLY: tuple[Side, ...] = ("ce",)
MSEE_ONLY: tuple[Side, ...] = ("msee",)
Paths = Literal["any", "one", "whole"]
Undo = dict[str, Any]
"""What a kind has to know to lift a fault, JSON-able and without keys."""


@dataclass(frozen=True)
class Fault:
    """One fault: which kind, on which path of which peering, at which end. None is both paths, both families.

    `options` are (name, value) pairs that the kind knows; what is not given is the kind's default.
    """

    kind: str
    circuit: str
    peering: PeeringType
    path: Path | None
    family: Family | None = None
    side: Side = "ce"
    options: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """A short name of this very value: it names what the fault has put on nodes."""
        return hashlib.sha256(json.dumps(self.as_object(), sort_keys=True).encode()).hexdigest()[:8]

    @property
    def label(self) -> str:
        """`silent-drop primary`, `md5-different secondary ipv6`; what the fault leaves open is not said."""
        return " ".join(filter(None, (self.kind, self.path, self.family)))

    def concerns(self, session: Session) -> bool:
        return (
            (session.circuit, session.peering) == (self.circuit, self.peering)
            and self.path in (None, session.path)
            and self.family in (None, session.family)
        )

    def as_object(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "circuit": self.circuit,
            "peering": self.peering,
            "path": self.path,
            "family": self.family,
            "side": self.side,
            "options": dict(self.options),
        }

    @classmethod
    def from_object(cls, value: Mapping[str, Any]) -> Fault:
        return cls(
            value["kind"], value["circuit"], value["peering"], value["path"], value["family"], value["side"],
            tuple(cast(Mapping[str, str], value["options"]).items()),
        )


class Kind(Protocol):
    """A kind of fault: one file in `lab.fault.kinds`, one line in `lab.fault.registry`.

    `line` says in one line what it does. `per_family`: it can be made in one family alone. `paths`: on one or both, on
    one at a time, or it is the peering's as a whole. `options` are the names it knows, with their defaults. `claims`
    are what it changes: two active faults of the same side and sessions share none, so that each can be lifted alone.
    `stops_frames`: it keeps packets off the path, so that BFD may notice it, or be about to.
    """

    @property
    def name(self) -> str: ...

    @property
    def line(self) -> str: ...

    @property
    def sides(self) -> tuple[Side, ...]: ...

    @property
    def per_family(self) -> bool: ...

    @property
    def paths(self) -> Paths: ...

    @property
    def options(self) -> Mapping[str, str]: ...

    @property
    def claims(self) -> frozenset[str]: ...

    @property
    def stops_frames(self) -> bool: ...

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        """Looks, and changes nothing. Raises Impossible where the fault cannot be made here."""

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        """Makes the fault; `undo` is what `prepare` returned, recorded by now."""

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        """Takes the fault away. May run again, also where `inject` was cut short or never began."""

"""What the wiring process is asked to do: values, no I/O, cheap to import and to pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lab.wiring import Cable, NodeWiring


class Enterable(Protocol):
    """A world as the wiring needs it; `lab.engine.base.World` is one. It is pickled, so it holds no descriptors."""

    def enter(self) -> None:
        """Moves this process into the world, for good."""


@dataclass(frozen=True)
class WireOrder:
    """Make the kernel go from `old` to `new`; both by node name, an empty `old` is a fresh lab.

    `world` None means that the process is in the right place already. `pids` are each node's PID 1 as seen from inside
    the world. `attacher` is a name of `lab.net.vlan`; empty means: probe, and say which in `Wired`. Both ends of a
    cable are always in the same order, so they cannot differ in their attacher. `tags_on_wire` leaves only those
    attachers to choose from that put tags on the wire.

    In a running lab `unplugged` are cables to take away, with no interface of `new` on them; of `cables`, `plugged`
    come with this order, and the ports and interfaces on `resized` get the cable's MTU.
    """

    world: Enterable | None
    pids: Mapping[str, int]
    cables: tuple[Cable, ...] = ()
    old: Mapping[str, NodeWiring] = field(default_factory=dict)
    new: Mapping[str, NodeWiring] = field(default_factory=dict)
    attacher: str = ""
    tags_on_wire: bool = False
    unplugged: tuple[Cable, ...] = ()
    plugged: tuple[Cable, ...] = ()
    resized: tuple[Cable, ...] = ()


@dataclass(frozen=True)
class Wired:
    """What was done: the attacher used, the number of steps, and the seconds of it (imports not included)."""

    attacher: str
    steps: int
    seconds: float

"""What a VLAN attacher is: it makes a tagged sub-interface of a port, by its own means.

An attacher is pure but for `probe`: it answers with steps. To add one, write a file beside this one and name it in
`lab.net.vlan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lab.net.steps import End, Place, Shared, Step
from lab.wiring import Cable, Interface, Tag


@dataclass(frozen=True)
class Rider:
    """A tagged interface of `node`. `cable` is the one that its port ends, where known; `ipv6` the node's own.

    `down` is whether its port is administratively down.
    """

    node: str
    interface: Interface
    tag: Tag
    cable: Cable | None
    ipv6: bool
    down: bool = False

    @property
    def trunk(self) -> Place:
        """Where the port is."""
        return Place(self.node)

    def near(self) -> End:
        """The sub-interface as the end of a veth; up at birth, but for a port of a bridge, which is silenced first."""
        face = self.interface
        return End(Place(self.node, face.vrf), face.name, face.mac, face.bridge, self.mtu, up=not face.bridge)

    @property
    def mtu(self) -> int:
        """The cable's MTU, 0 where no cable is known."""
        return self.cable.mtu if self.cable else 0


class Attacher(Protocol):
    """`tags_on_wire`: whether frames on the cable really carry the tag."""

    name: str
    tags_on_wire: bool

    def shared(self, rider: Rider) -> tuple[Shared, ...]:
        """What must be there before the rider, and may serve others too."""

    def attach(self, rider: Rider) -> tuple[Step, ...]: ...

    def detach(self, rider: Rider) -> tuple[Step, ...]: ...

    def darken(self, rider: Rider) -> tuple[Step, ...]:
        """The rider loses the carrier with its cable, as a sub-interface does; nothing where the kernel sees to it."""

    def lighten(self, rider: Rider) -> tuple[Step, ...]:
        """Undoes `darken`."""

    def resize(self, rider: Rider) -> tuple[Step, ...]:
        """The rider, which is there, gets the MTU of its cable, whose ports have it already."""

    def probe(self) -> str | None:
        """Tries for real, in a scratch network namespace that the caller has entered; the reason why not, or None."""


@dataclass(frozen=True)
class AttacherProbe:
    """What a probe found: `reason` says why not, and is empty when `ok`."""

    name: str
    ok: bool
    reason: str

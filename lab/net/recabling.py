"""Steps of a running lab's cables: one is unplugged, one gets another MTU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lab.net.steps import Phase, Place, Veth, Worded

if TYPE_CHECKING:
    from lab.net.kernel import Kernel


@dataclass(frozen=True)
class Unplug(Veth):
    """A cable between two ports goes. A port that has another cable by now, or that somebody else made, is left."""

    phase: ClassVar[Phase] = Phase.UNSHARE

    def run(self, kernel: Kernel) -> None:
        near, far = kernel.find(self.near.place), kernel.find(self.far.place)
        if near is not None and far is not None and self.is_there(kernel):
            near.doom(self.near.name)


@dataclass(frozen=True)
class PortMtu(Worded):
    """A port gets another MTU, before what rides on it: no VLAN device is larger than its port (ERANGE)."""

    place: Place
    name: str
    mtu: int
    phase: ClassVar[Phase] = Phase.TRUNK

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        namespace.queue(kernel.messages.change(namespace.index(self.name), mtu=self.mtu), self)


@dataclass(frozen=True)
class OuterMtu(PortMtu):
    """The S-tag's device, between the port and what rides on it."""

    phase: ClassVar[Phase] = Phase.LINK


@dataclass(frozen=True)
class RiderMtu(PortMtu):
    """What rides on a port, or its far end."""

    phase: ClassVar[Phase] = Phase.RAISE

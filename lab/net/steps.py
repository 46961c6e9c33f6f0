"""The steps of a wiring as values: what `plan` writes, tests read and `Kernel` runs.

Steps run phase by phase; within a phase their order holds for each namespace only. Every step may be run again: what
is there as wanted is left, what is gone is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from errno import EADDRNOTAVAIL, EEXIST, ENODEV, ENOENT, ESRCH
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from lab.net.kernel import Kernel


class Phase(IntEnum):
    """The order of a wiring. Everything of a phase is in the kernel before the next begins."""

    FORGET = 1
    UNLINK = 2
    UNSHARE = 3
    PLACE = 4
    CABLE = 5
    TRUNK = 6
    LINK = 7
    RAISE = 8
    ADDRESS = 9
    ROUTE = 10
    CUT = 11


class Place(NamedTuple):
    """A network namespace: a node's VRF, a node's own (`vrf` empty), or the world's own (both empty)."""

    node: str
    vrf: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in self if part) or "the lab"


WORLD = Place("")


class Step(Protocol):
    """One thing to make or to take away."""

    phase: ClassVar[Phase]

    def run(self, kernel: Kernel) -> None: ...


class Shared(Step, Protocol):
    """A thing that several tagged interfaces rest on; made before the first, taken away after the last."""

    def undo(self) -> tuple[Step, ...]: ...


class End(NamedTuple):
    """One end of a veth. `mtu` 0 and an empty `mac` leave the kernel's choice; `master` and `up` are for a near end."""

    place: Place
    name: str
    mac: str = ""
    master: str = ""
    mtu: int = 0
    up: bool = False

    def __str__(self) -> str:
        return f"{self.place} {self.name}"


class Worded:
    """A step in the words of an error: `Address msee1/c1p eth1.100 10.0.0.2/30`."""

    def __str__(self) -> str:
        return " ".join([type(self).__name__, *(str(value) for value in vars(self).values() if value)])


@dataclass(frozen=True)
class Settings(Worded):
    """A namespace forwards as a router does, and `lo` is up. `ipv6` False: no IPv6 on any device that it will have."""

    place: Place
    ipv6: bool = True
    phase: ClassVar[Phase] = Phase.PLACE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        namespace.settings(self.ipv6)
        namespace.queue(kernel.messages.change(namespace.index("lo"), up=True), self)


@dataclass(frozen=True)
class NewVrf(Worded):
    """The namespace exists and is known to the node under /run/netns; a parked one is used again."""

    place: Place
    phase: ClassVar[Phase] = Phase.PLACE

    def run(self, kernel: Kernel) -> None:
        kernel.make_vrf(self.place)


@dataclass(frozen=True)
class EmptyVrf(Worded):
    """Parking: the namespace is kept for the next, without devices. Deleting it under a running zebra is not safe.

    It runs after the known devices went, and finds only what a run cut short has left.
    """

    place: Place
    phase: ClassVar[Phase] = Phase.UNSHARE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is None:
            return
        for name in list(namespace.names):
            if namespace.device(name).kind in ("veth", "vlan"):
                namespace.doom(name)


@dataclass(frozen=True)
class Veth(Worded):
    """A veth whose ends are born where they belong. `near` may be up at birth, `far` may not (kernel: ENOTCONN)."""

    near: End
    far: End
    phase: ClassVar[Phase] = Phase.LINK

    def run(self, kernel: Kernel) -> None:
        near, far = kernel.at(self.near.place), kernel.at(self.far.place)
        if self.near.name in near.names or self.far.name in far.names:
            if self.is_there(kernel):
                if self.near.up:
                    near.queue(kernel.messages.change(near.index(self.near.name), up=True), self)
                return
            for end, namespace in ((self.near, near), (self.far, far)):
                if end.name in namespace.names:
                    namespace.remove(end.name, self)
        near.queue(
            kernel.messages.veth(
                self.near,
                near.new(self.near.name),
                near.index(self.near.master) if self.near.master else 0,
                self.far,
                far.new(self.far.name),
                far.fd,
            ),
            self,
        )

    def is_there(self, kernel: Kernel) -> bool:
        """Whether the two ends are, and are each other's."""
        near, far = kernel.at(self.near.place), kernel.at(self.far.place)
        if self.near.name not in near.names or self.far.name not in far.names:
            return False
        for end, other, namespace, beyond in ((self.near, self.far, near, far), (self.far, self.near, far, near)):
            device = namespace.device(end.name)
            if device.kind != "veth" or device.link != beyond.index(other.name):
                return False
            if end.mac and device.mac != end.mac.lower():
                return False
        return True


@dataclass(frozen=True)
class NewCable(Veth):
    """A cable between two ports. One whose ports exist is left alone, whoever made it and of whatever kind; but not
    two ends of veths that belong to others, as a node that was made anew finds them."""

    phase: ClassVar[Phase] = Phase.CABLE

    def run(self, kernel: Kernel) -> None:
        near, far = kernel.at(self.near.place), kernel.at(self.far.place)
        if self.near.name in near.names and self.far.name in far.names:
            veths = near.device(self.near.name).kind == far.device(self.far.name).kind == "veth"
            if not veths or self.is_there(kernel):
                return
        super().run(kernel)


@dataclass(frozen=True)
class Bridge(Worded):
    """A bridge that forwards at once: no STP, no forward delay, no multicast snooping."""

    place: Place
    name: str
    phase: ClassVar[Phase] = Phase.CABLE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        if self.name not in namespace.names:
            namespace.queue(kernel.messages.bridge(namespace.new(self.name), self.name), self, EEXIST)

    def undo(self) -> tuple[Step, ...]:
        return (DeleteShared(self.place, self.name),)


@dataclass(frozen=True)
class Vlan(Worded):
    """A kernel VLAN device (0x8100) on `port` of `place`, born in `where`."""

    place: Place
    port: str
    vlan: int
    where: Place
    name: str
    mac: str = ""
    up: bool = True
    phase: ClassVar[Phase] = Phase.LINK

    def run(self, kernel: Kernel) -> None:
        below, namespace = kernel.at(self.place), kernel.at(self.where)
        port = below.index(self.port)
        if self.name in namespace.names:
            found = namespace.device(self.name)
            if (found.kind, found.vlan, found.link) == ("vlan", self.vlan, port) and self.mac in ("", found.mac):
                namespace.queue(kernel.messages.change(namespace.index(self.name), up=self.up or None), self)
                return
            namespace.remove(self.name, self)
        # The link is looked up where the socket is, the device is born in the descriptor's namespace.
        below.queue(kernel.messages.vlan(self, namespace.new(self.name), port, namespace.fd), self)


@dataclass(frozen=True)
class OuterVlan(Vlan):
    """The S-tag's device, below those of its C-tags; the same one whether it was up at birth or not."""

    up: bool = field(default=True, compare=False)
    phase: ClassVar[Phase] = Phase.TRUNK

    def run(self, kernel: Kernel) -> None:
        if self.name not in kernel.at(self.where).names:
            super().run(kernel)

    def undo(self) -> tuple[Step, ...]:
        return (DeleteShared(self.where, self.name),)


@dataclass(frozen=True)
class Delete(Worded):
    """The device, and with a veth its other end, goes. All of a namespace go together: the kernel waits once."""

    place: Place
    name: str
    phase: ClassVar[Phase] = Phase.UNLINK

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None and self.name in namespace.names:
            namespace.doom(self.name)


@dataclass(frozen=True)
class DeleteShared(Delete):
    """A device that others rested on goes after them."""

    phase: ClassVar[Phase] = Phase.UNSHARE


@dataclass(frozen=True)
class Raise(Worded):
    """The device goes up, in bridge `master` where given.

    `quiet`: without IPv6, for ends that nobody addresses (their entries would fill the machine's neighbor table).
    """

    place: Place
    name: str
    quiet: bool = False
    master: str = ""
    phase: ClassVar[Phase] = Phase.RAISE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        if self.quiet:
            namespace.silence(self.name)
        master = namespace.index(self.master) if self.master else None
        namespace.queue(kernel.messages.change(namespace.index(self.name), up=True, master=master), self)


@dataclass(frozen=True)
class Lower(Worded):
    """The device goes down, once all that rides it is there: what it is a far end of loses the carrier."""

    place: Place
    name: str
    phase: ClassVar[Phase] = Phase.CUT

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        namespace.queue(kernel.messages.change(namespace.index(self.name), up=False), self)


@dataclass(frozen=True)
class RaisePort(Raise):
    """A cable's port goes up before anything is made on it: no VLAN device is up on a port that is down (ENETDOWN).

    It gets the cable's MTU, whoever made it with what MTU: a VLAN device takes over its port's.
    """

    mtu: int = 0
    phase: ClassVar[Phase] = Phase.TRUNK

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        namespace.queue(kernel.messages.change(namespace.index(self.name), up=True, mtu=self.mtu), self)


@dataclass(frozen=True)
class Address(Worded):
    """An address with prefix length; IPv6 without duplicate address detection."""

    place: Place
    device: str
    address: str
    phase: ClassVar[Phase] = Phase.ADDRESS

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        message = kernel.messages.address(namespace.index(self.device), self.address, present=True)
        namespace.queue(message, self, EEXIST)


@dataclass(frozen=True)
class NoAddress(Worded):
    place: Place
    device: str
    address: str
    phase: ClassVar[Phase] = Phase.FORGET

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None and self.device in namespace.names:
            message = kernel.messages.address(namespace.index(self.device), self.address, present=False)
            namespace.queue(message, self, EADDRNOTAVAIL, ENODEV)


@dataclass(frozen=True)
class Neighbor(Worded):
    """A permanent neighbor entry; it replaces one that was learned."""

    place: Place
    device: str
    address: str
    mac: str
    phase: ClassVar[Phase] = Phase.ROUTE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        message = kernel.messages.neighbor(namespace.index(self.device), self.address, self.mac)
        namespace.queue(message, self)


@dataclass(frozen=True)
class NoNeighbor(Worded):
    place: Place
    device: str
    address: str
    phase: ClassVar[Phase] = Phase.FORGET

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None and self.device in namespace.names:
            message = kernel.messages.neighbor(namespace.index(self.device), self.address, None)
            namespace.queue(message, self, ENOENT, ESRCH)

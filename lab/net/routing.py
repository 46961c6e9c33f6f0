"""Steps that say which way packets go: static routes, addresses that a namespace answers for, allowed sources."""

from __future__ import annotations

from dataclasses import dataclass
from errno import EEXIST, ENOENT, ESRCH
from typing import TYPE_CHECKING, ClassVar

from lab.net.steps import Phase, Place, Worded

if TYPE_CHECKING:
    from lab.net.kernel import Kernel


@dataclass(frozen=True)
class StaticRoute(Worded):
    """A route over one or several (equal-cost) next hops; it replaces one of the same prefix."""

    place: Place
    prefix: str
    via: tuple[str, ...]
    phase: ClassVar[Phase] = Phase.ROUTE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        namespace.queue(kernel.messages.route(self.prefix, self.via), self)


@dataclass(frozen=True)
class LocalRoute(Worded):
    """All addresses of `prefix` are this namespace's, without being on a device."""

    place: Place
    prefix: str
    phase: ClassVar[Phase] = Phase.ROUTE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        loopback = namespace.index("lo")
        namespace.queue(kernel.messages.local_route(self.prefix, loopback, present=True), self)


@dataclass(frozen=True)
class NoLocalRoute(Worded):
    place: Place
    prefix: str
    phase: ClassVar[Phase] = Phase.FORGET

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None:
            loopback = namespace.index("lo")
            namespace.queue(kernel.messages.local_route(self.prefix, loopback, present=False), self, ESRCH, ENOENT)


@dataclass(frozen=True)
class NoRoute(Worded):
    place: Place
    prefix: str
    phase: ClassVar[Phase] = Phase.FORGET

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None:
            namespace.queue(kernel.messages.route(self.prefix, ()), self, ESRCH, ENOENT)


@dataclass(frozen=True)
class SourceRule(Worded):
    """Packets that arrive on `device` are routed on when they come from `source`; with none, the rest is dropped.

    What is for the namespace itself never comes to these rules. Both families have rules of their own, so `version` (4
    or 6) is of the family that is meant.
    """

    place: Place
    device: str
    version: int
    source: str
    phase: ClassVar[Phase] = Phase.ROUTE

    def run(self, kernel: Kernel) -> None:
        message = kernel.messages.source_rule(self.device, self.version, self.source, present=True)
        kernel.at(self.place).queue(message, self, EEXIST)


@dataclass(frozen=True)
class NoSourceRule(Worded):
    place: Place
    device: str
    version: int
    source: str
    phase: ClassVar[Phase] = Phase.FORGET

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None:
            message = kernel.messages.source_rule(self.device, self.version, self.source, present=False)
            namespace.queue(message, self, ENOENT, ESRCH)

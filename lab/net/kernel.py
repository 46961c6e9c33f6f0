"""Runs steps, phase by phase, in all the namespaces of a lab from one process.

The kernel's RTNL is one lock for the machine, so more processes would gain nothing.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import groupby
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from lab.errors import NotAsItShould
from lab.net import inside, messages, ns
from lab.net.namespace import Indexes, Namespace
from lab.net.steps import WORLD, Place, Step

NETNS = "/run/netns"


class Closable(Protocol):
    def close(self) -> None: ...


Kept = TypeVar("Kept", bound=Closable)


class Kernel:
    """The namespaces of the nodes `pids` (PID 1 of each, as /proc shows it). Open until `close`.

    `indexes` are those given before, where another came before: a device that is made where one just went must not get
    its index, or zebra (FRR 8.4) takes the new one's addresses for the old one's, and forgets them with it.
    """

    messages = messages

    def __init__(self, pids: Mapping[str, int], indexes: Indexes | None = None) -> None:
        self.pids = pids
        # A lab of 100 circuits has 700 namespaces, each with two descriptors here.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self._indexes = indexes or Indexes()
        self._namespaces: dict[Place, Namespace] = {WORLD: Namespace.here(self._indexes)}
        self._kept: dict[Hashable, Closable] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for thing in self._kept.values():
            thing.close()
        self.at(WORLD).enter()
        for namespace in self._namespaces.values():
            namespace.close()

    def run(self, steps: Iterable[Step], still_wanted: Callable[[], bool] = lambda: True) -> int:
        """Runs `steps`, which are sorted by phase; returns how many. Stops between phases when no longer wanted.

        Raises KernelRefused, HostCannot, Impossible or NotAsItShould; what was done until then stays.
        """
        count = 0
        for _, group in groupby(steps, key=lambda step: step.phase):
            if not still_wanted():
                break
            for step in group:
                step.run(self)
                count += 1
            self._flush()
        return count

    def _flush(self) -> None:
        for namespace in self._namespaces.values():
            namespace.flush()
        removed = [namespace.remove_doomed() for namespace in self._namespaces.values()]
        if any(removed):
            for namespace in self._namespaces.values():
                namespace.refresh()

    def find(self, place: Place) -> Namespace | None:
        """The namespace, or None when it is not there."""
        if place not in self._namespaces:
            pid = self.pids.get(place.node)
            if pid is None:
                return None
            try:
                fd = os.open(inside.path(pid, place.vrf), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            if place.vrf and not _is_namespace(fd):
                os.close(fd)
                return None
            self._namespaces[place] = Namespace(place, fd, self._indexes)
        return self._namespaces[place]

    def at(self, place: Place) -> Namespace:
        """The namespace. Raises NotAsItShould when it is not there."""
        found = self.find(place)
        if found is None:
            raise NotAsItShould(f"{place} has no network namespace; its node may have ended", next="mseelab up")
        return found

    def make_vrf(self, place: Place) -> None:
        """The namespace of a VRF exists and is mounted where the node's daemons look for it."""
        if self.find(place) is not None:
            return
        ns.unshare(("net",))
        fd = inside.own_network()
        tree = ns.open_tree("", directory=fd, flags=ns.OPEN_TREE_CLONE | ns.OPEN_TREE_CLOEXEC | ns.AT_EMPTY_PATH)
        try:
            self._show(place, tree)
        finally:
            os.close(tree)
        self._namespaces[place] = Namespace(place, fd, self._indexes)

    def _show(self, place: Place, tree: int) -> None:
        home = ns.own("mnt")
        there = os.open(f"/proc/{self.pids[place.node]}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        try:
            ns.setns(there, "mnt")
            try:
                os.makedirs(NETNS, exist_ok=True)
                os.close(os.open(f"{NETNS}/{place.vrf}", os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o444))
                ns.move_mount(tree, f"{NETNS}/{place.vrf}")
            finally:
                ns.setns(home, "mnt")
        finally:
            os.close(there)
            os.close(home)

    def keep(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What `make` returns, made once for each key and closed with this; for attachers."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast(Kept, self._kept[key])


def _is_namespace(fd: int) -> bool:
    """Whether a file under /run/netns has its namespace mounted: a run cut short leaves the bare file."""
    home = inside.own_network()
    try:
        return os.fstat(fd).st_dev == os.fstat(home).st_dev
    finally:
        os.close(home)

"""What every engine gives: nodes and links, and nothing else. A node is a pid.

Everything that happens inside a node (commands, files, namespaces, daemons, wiring) is built once on that pid, so an
engine stays small. Pids are valid in the engine's world, after `World.enter()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from lab.topology import Topology
from lab.wiring import Cable


@dataclass(frozen=True)
class Node:
    """A node that runs: `pid` is its PID 1 as seen from inside the world."""

    name: str
    pid: int

    @property
    def root(self) -> str:
        """The node's file system seen from the world."""
        return f"/proc/{self.pid}/root"


class World(Protocol):
    """Where the nodes live. With the netns engine a private machine, with containers the host itself."""

    @property
    def nodes(self) -> Mapping[str, Node]: ...

    def enter(self) -> None:
        """Moves this process, of one thread, into the world for good. Raises NotAsItShould when the world is gone."""

    def alive(self) -> bool: ...


class Building(Protocol):
    """A lab's nodes on their way. Until `commit` everything of it ends with this process, whatever ends it."""

    def deploy(self, lab: str, nodes: Iterable[str]) -> World:
        """Makes the nodes and returns the world they are in. Raises HostCannot."""

    def commit(self) -> None:
        """Lets the lab outlive this process. Record the world before: what is committed and not recorded is lost."""

    def abandon(self) -> None:
        """Removes everything that was built. Harmless when nothing was, and after `commit`."""


@dataclass(frozen=True)
class Gone:
    """What `destroy` took down: nodes, and processes of the lab on this host, the nodes' own included."""

    nodes: int
    processes: int


class Engine(Protocol):
    """Deploys and destroys the physical plane of one lab."""

    name: str

    def begin(self) -> Building:
        """Starts building before anybody knows what: files are read meanwhile."""

    def destroy(self, world: World) -> Gone:
        """Removes the nodes and returns once no process of them is left; nothing to do when they are gone already."""

    def cables(self, topology: Topology) -> tuple[Cable, ...]:
        """The cables that the wiring has to make because the engine does not."""

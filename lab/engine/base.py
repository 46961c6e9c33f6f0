"""What every engine gives: nodes and links, and nothing else. A node is a pid.

Everything that happens inside a node (commands, files, namespaces, daemons, wiring) is built once on that pid, so an
engine stays small. Pids are valid in the engine's world, after `World.enter()`. To add an engine, write a package
beside this file and name it in `lab.engine.registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lab.engine.need import Need
from lab.engine.processes import Process, processes
from lab.topology import Topology

# By node, the neighbors that its watcher takes into BGP once BFD with them is up, and their prefix limits:
# see `lab.engine.bfd`.
Orders = Mapping[str, Sequence[Mapping[str, object]]]

KEEPER = "/lab/engine/keeper.py"


def natural(value: object) -> int:
    """A number as records have them, of a process or a time. Raises ValueError for anything else."""
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is no natural number")
    return value


@dataclass(frozen=True)
class Node:
    """A node that runs: `pid` is its PID 1 as seen from inside the world.

    `cgroups` are files that a process writes `0` to in order to be counted as the node's, where nodes have such.
    """

    name: str
    pid: int
    cgroups: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The node's file system seen from the world."""
        return f"/proc/{self.pid}/root"


@dataclass(frozen=True)
class Minder:
    """A watcher of routers (`lab.engine.bfd`) and the supervisor that starts it again (`lab.engine.keeper`).

    `node` is whose routers it watches, empty for the whole lab's; `root` the file system whose /proc both are in,
    `socket` where the watcher tells that it is at work. `supervisor` is its pid where that is always the same one.
    """

    node: str
    root: str
    socket: str
    supervisor: int | None = None

    def processes(self) -> tuple[Process, ...]:
        """Of both, as many as there are; a watcher is a child of its supervisor."""
        return tuple(p for p in processes(self.root) if any(word.endswith(KEEPER) for word in p.argv))


@dataclass(frozen=True)
class Gone:
    """What `destroy` took down: nodes, and processes of the lab on this host, the nodes' own included."""

    nodes: int
    processes: int


@dataclass(frozen=True)
class Blueprint:
    """The physical plane of a lab that is to be made.

    `file` is where the topology was read; `images` name the image of nodes that need another than the file's;
    `folder` is the lab's, for files that outlive this process. `alone`: no other lab is made of the same file.
    `document` is what to make the lab of in the file's place, where the file itself is not to be run.
    """

    lab: str
    topology: Topology
    file: Path
    images: Mapping[str, str]
    folder: Path
    alone: bool = True
    document: Mapping[str, Any] | None = None


class World(Protocol):
    """Where the nodes live: with the netns engine a private machine, with containers the host itself. A value."""

    @property
    def nodes(self) -> Mapping[str, Node]: ...

    @property
    def lost(self) -> tuple[str, ...]:
        """Nodes whose recorded PID 1 has ended: they were stopped, or run again without anything of ours in them."""

    def to_record(self) -> dict[str, Any]:
        """What `Engine.world` makes the same world from, as JSON."""

    def enter(self) -> None:
        """Moves this process, of one thread, into the world for good. Raises NotAsItShould when the world is gone."""

    def alive(self) -> bool: ...

    def settle(self) -> None:
        """Returns when nothing that a killed command had started is at work on the lab any more."""

    def reap(self) -> None:
        """Takes away what a killed `up` has left of a lab that it had not let go; what it had let go may live on."""

    def revive(self) -> World:
        """The world with every lost node running again, still unwired. Raises NotAsItShould where that cannot be."""

    def accept(self, blueprint: Blueprint) -> None:
        """Raises Impossible when the world could not become one of `blueprint`, whatever its nodes are made of."""

    def reduce(self, names: Collection[str]) -> World:
        """The world with no nodes but `names`: others end, also those that a killed command had made and not recorded.

        Their cables are gone already. Returns once no process of them is left; this process is in the world.
        """

    def extend(self, blueprint: Blueprint, say: Callable[[str], None]) -> World:
        """The world with every node of `blueprint` that it lacked, without anything in it; a cable may be there.

        Nodes that were there may have been made anew as well. Until the result is recorded, `reduce` and `destroy` find
        what was made. `say` is that of `Building.reserve`. Raises HostCannot.
        """

    def watch(self, orders: Orders) -> None:
        """Hands its orders to the watcher, inside the world. They replace those before."""

    def minders(self) -> tuple[Minder, ...]:
        """The watchers that should run, inside the world."""

    def destroy(self) -> Gone:
        """Removes the nodes and returns once no process of them is left; nothing to do when they are gone already."""


class Building(Protocol):
    """A lab's nodes on their way. Until `commit` everything of it ends with this process, or is known to `reserve`."""

    def reserve(self, blueprint: Blueprint, say: Callable[[str], None]) -> World | None:
        """What to record before `deploy`, so that whatever a killed one leaves is found; None where nothing is left.

        `say` tells the user what takes long. Raises HostCannot, with nothing changed.
        """

    def deploy(self, blueprint: Blueprint) -> World:
        """Makes the nodes and returns the world they are in. Raises HostCannot."""

    def commit(self, *, tied: bool = False) -> None:
        """Lets the lab outlive this process. Record the world before: what is committed and not recorded is lost.

        A `tied` lab still ends with this process, by whatever death, where the engine can do that: whoever ties one
        takes it down all the same.
        """

    def abandon(self) -> None:
        """Removes everything that was built. Harmless when nothing was, and after `commit`."""


class Engine(Protocol):
    """Deploys the physical plane of labs.

    `own_files`: nodes have file systems of their own, so that a daemon is the node's and not this host's;
    `tags_on_wire`: a VLAN attacher that only models tags is no choice here; `runs_files`: the topology file is run as
    it is, with whatever it says beside nodes and links.
    """

    name: str
    own_files: bool
    tags_on_wire: bool
    runs_files: bool

    def begin(self) -> Building:
        """Starts building before anybody knows what: files are read meanwhile. Raises HostCannot."""

    def world(self, record: Mapping[str, Any], folder: Path) -> World:
        """The world that `World.to_record` described, recorded in `folder`. Nothing is believed of it but its form.

        Raises KeyError, TypeError or ValueError for anything else.
        """

    def running(self, home: Path) -> Iterable[tuple[str, World]]:
        """Every lab of this user that runs and was made with a record below `home`, by name: found by what it is
        itself, whether or not the record is still there. Of its world nothing is known but how to end it."""

    def needs(self) -> tuple[Need, ...]:
        """What this host has of what the engine needs, tried for real; without VLAN tags and TCP MD5, the kernel's."""

    def ours(self, image: str | None) -> bool:
        """Whether a node with this image is ours to configure; with an image of the user's it is the user's."""

    def images(self, kinds: Mapping[str, str], topology: Topology) -> dict[str, str]:
        """By node, the image that it needs for the router `kinds` names, where the topology's does not do."""

    def made_of(self, images: Mapping[str, str], topology: Topology) -> dict[str, str]:
        """What each node is made of and keeps for its life, in words, by node; nothing where that is nothing."""

    def describe(self) -> str:
        """In two words, for a headline: `netns, no root`."""

"""The containers of a lab. Its world is this host: a container's PID 1 is a process here."""

from __future__ import annotations

import fcntl
import os
import re
import select
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.engine.base import Blueprint, Gone, Minder, Node, Orders, natural
from lab.engine.containerlab import image, leftovers, ownership, rendered
from lab.engine.containerlab.binary import Binary, find, installed
from lab.engine.containerlab.watcher import minders, watch
from lab.errors import HostCannot, Impossible, NotAsItShould
from lab.net import ns

if TYPE_CHECKING:
    from lab.engine.containerlab.dock import Container, Docker

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""Of a lab in containerlab: it is a part of paths and of other names."""
LOCK = "deploy.lock"
SECONDS_TO_END = 60.0


@dataclass(frozen=True)
class Member:
    """A node's container and its PID 1: the pid as this host sees it, and when that started (ticks since boot)."""

    container: str
    pid: int
    start: int

    def alive(self) -> bool:
        """Whether that process runs, and is a container's: number 1 of a pid namespace."""
        try:
            return ns.runs(self.pid, self.start) and ns.is_first_below(self.pid)
        except (FileNotFoundError, ProcessLookupError):
            return False


@dataclass(frozen=True)
class ContainerlabWorld:
    """The lab that containerlab knows as `lab`, made from the topology `file`; `folder` is where both keep things.

    Without members it is a lab whose deployment has begun, and of which anything may be there.
    """

    lab: str
    file: str
    folder: str
    members: Mapping[str, Member] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        nodes = {name: [m.container, m.pid, m.start] for name, m in self.members.items()}
        return {"lab": self.lab, "file": self.file, "folder": self.folder, "nodes": nodes}

    @classmethod
    def from_record(cls, record: Mapping[str, Any], folder: Path) -> ContainerlabWorld:
        """Raises KeyError, TypeError or ValueError for what `to_record` never gave for a lab recorded in `folder`."""
        found = {str(name): (str(c), natural(p), natural(s)) for name, (c, p, s) in dict(record["nodes"]).items()}
        lab, file, kept = str(record["lab"]), str(record["file"]), str(record["folder"])
        if not NAME.fullmatch(lab):
            raise ValueError("its name may lead elsewhere")
        if not os.path.isabs(file) or "\0" in kept + file or os.path.realpath(kept) != os.path.realpath(folder):
            raise ValueError("it is kept elsewhere")
        return cls(lab, file, kept, {name: Member(*member) for name, member in found.items()})

    @classmethod
    def running(cls, home: Path) -> Iterator[tuple[str, ContainerlabWorld]]:
        """Labs of which containers are there, by where containerlab was told to keep what it knows of them."""
        from lab.engine.containerlab.dock import Docker

        if os.geteuid() != 0 or not installed():
            return
        found: dict[str, ContainerlabWorld] = {}
        try:
            with Docker() as docker:
                for container in docker.of_all_labs():
                    folder = Path(container.place).parents[1] if container.place.count("/") > 2 else None
                    if folder is None or folder.parent != home or not NAME.fullmatch(container.lab):
                        continue
                    known = found.get(folder.name, cls(container.lab, container.file, str(folder)))
                    found[folder.name] = known
                    with suppress(FileNotFoundError, ProcessLookupError):  # pid 0: it does not run
                        pid = docker.pid(container.id)
                        member = {container.node: Member(container.id, pid, ns.start_time(pid))}
                        found[folder.name] = replace(known, members={**known.members, **member})
        except HostCannot:
            return  # no docker, no containers
        yield from found.items()

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        return {name: Node(name, m.pid, _cgroups(m.pid)) for name, m in self.members.items()}

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(name for name, member in self.members.items() if not member.alive())

    def enter(self) -> None:
        """Nothing to do: the nodes' pids are this host's."""
        if not self.alive():
            raise NotAsItShould("the lab no longer runs", next="mseelab up, or mseelab down to forget it")

    def alive(self) -> bool:
        """Whether any node runs that was wired by us."""
        return any(member.alive() for member in self.members.values())

    def settle(self) -> None:
        """Waits for a containerlab whose command was killed: it makes, or removes, the lab to the end."""
        with deploying(self.folder):
            return

    def reap(self) -> None:
        """Takes a lab away whose `up` was killed: containers do not end with it."""
        self.destroy()

    def revive(self) -> ContainerlabWorld:
        """Every lost node runs again: one that was restarted is only found, one that was stopped is started, one that
        was removed is made by containerlab, which touches nothing that is there."""
        from lab.engine.containerlab.dock import Docker

        lost = self.lost
        if not lost:
            return self
        with Docker() as docker:
            there = {c.node: c for c in self._mine(docker)}
            for name in lost:
                if name in there and not there[name].running:
                    docker.start(there[name].id)
            if not there.keys() >= set(lost):
                self._complete()
            # containerlab may have made others anew as well, whose links were gone.
            return self.with_members(docker, tuple(self.members))

    def _complete(self) -> None:
        """Has containerlab make the containers that are gone. It refuses where a link of theirs was made by us."""
        with deploying(self.folder) as lock:
            try:
                Binary(find(), Path(self.folder)).deploy(Path(self.file), lock)
            except HostCannot as error:
                raise NotAsItShould(error.message, next="mseelab down, then mseelab up") from error

    def with_members(self, docker: Docker, names: tuple[str, ...]) -> ContainerlabWorld:
        """The world with the containers of `names` as they are now. Raises NotAsItShould where one does not run."""
        there = {c.node: c for c in self._mine(docker)}
        found = dict(self.members)
        for name in names:
            pid = docker.pid(there[name].id) if name in there else 0
            if not pid:
                raise NotAsItShould(f"node {name} does not run", next=f"docker logs clab-{self.lab}-{name}")
            found[name] = Member(there[name].id, pid, ns.start_time(pid))
        return replace(self, members=found)

    def accept(self, blueprint: Blueprint) -> None:
        from lab.engine.containerlab.dock import Docker

        again = f"mseelab down {blueprint.lab}, then mseelab up"
        name = rendered.name_of(blueprint)
        if name != self.lab:
            raise Impossible(f"containerlab has the lab as {self.lab}, and would have it as {name}", next=again)
        # By the files alone nothing need have changed, where an environment variable names the image.
        with Docker() as docker:
            there = {c.node: c.id for c in self._mine(docker)}
            for node in blueprint.topology.nodes:
                shall = blueprint.images.get(node.name) or node.image or image.FRR
                if node.name in there and image.plain(docker.image(there[node.name])) != image.plain(shall):
                    was = docker.image(there[node.name])
                    raise Impossible(f"{node.name} is of image {was} and would be of image {shall}", next=again)

    def reduce(self, names: Collection[str]) -> ContainerlabWorld:
        """By docker alone: containerlab takes a topology for all of its lab, and the user's file may be ahead of us."""
        from lab.engine.containerlab.dock import Docker

        going = {name: member for name, member in self.members.items() if name not in names}
        with Docker() as docker, deploying(self.folder):
            pidfds = [fd for member in going.values() if (fd := _pidfd(member)) is not None]
            found = [c for c in self._mine(docker) if c.node not in names]
            for container in found:
                docker.remove(container.id)
        _wait_for_the_end_of(pidfds)
        leftovers.remove_nodes(self.lab, Path(self.folder), {*going, *(c.node for c in found)})
        return replace(self, members={name: m for name, m in self.members.items() if name in names})

    def extend(self, blueprint: Blueprint, say: Callable[[str], None]) -> ContainerlabWorld:
        """By containerlab: from 0.77 on it makes what a running lab lacks of a topology, cables too, and no more.

        Each cable that we have made is first marked as one of its own, which it would not touch otherwise.
        """
        from lab.engine.containerlab.dock import Docker

        nodes = tuple(node.name for node in blueprint.topology.nodes)
        if self.members.keys() == set(nodes):
            return self
        with Docker() as docker:
            images = [blueprint.images.get(n.name) or n.image or image.FRR for n in blueprint.topology.nodes]
            image.provide(docker, images, say)
            file = rendered.given(blueprint, say)
            if str(file) not in self.files:
                file = rendered.render(file, blueprint.folder, self.lab, blueprint.images)
                say(f"topology for containerlab: {file}")
            ownership.claim({name: m.pid for name, m in self.members.items() if m.alive()}, blueprint.topology)
            with deploying(self.folder) as lock:
                Binary(find(), Path(self.folder)).deploy(file, lock)
            return self.with_members(docker, nodes)

    @property
    def files(self) -> tuple[str, str]:
        """The topologies that its containers were made from: the first, and the copy that later nodes may need."""
        return self.file, str(Path(self.folder) / rendered.COPY)

    def _mine(self, docker: Docker) -> list[Container]:
        """The containers of this lab, proven by their topology and by the folder that they were made for."""
        kept = f"{self.folder}/clab-{self.lab}/"
        return [c for c in docker.containers(self.lab) if c.file in self.files and c.place.startswith(kept)]

    def watch(self, orders: Orders) -> None:
        for name, node in self.nodes.items():
            watch(node, orders.get(name, ()))

    def minders(self) -> tuple[Minder, ...]:
        return minders(self.nodes.values())

    def destroy(self) -> Gone:
        """Removes everything that containerlab, docker and we have made of the lab, in whatever state that is.

        Raises HostCannot when docker or containerlab cannot be had, NotAsItShould when a process does not end.
        """
        from lab.engine.containerlab.dock import Docker

        folder = Path(self.folder)
        binary = Binary(find(), folder)
        with Docker() as docker, deploying(self.folder) as lock:
            mine = self._mine(docker)
            processes = sum(_processes(member.pid) for member in self.members.values() if member.alive())
            pidfds = [fd for member in self.members.values() if (fd := _pidfd(member)) is not None]
            # What it never took, what has changed or is gone it refuses: all of it is also done below, and proven.
            with suppress(HostCannot):
                binary.destroy(Path(self.file), lock)
            for container in self._mine(docker):
                docker.remove(container.id)
            docker.remove_idle_network()
        _wait_for_the_end_of(pidfds)
        left = binary.inspect(self.lab, self.files)
        if left:
            names = " ".join(left)
            raise NotAsItShould(f"containerlab still shows {names}", next=f"docker rm --force {names}")
        leftovers.remove(self.lab, folder, {c.node for c in mine} | set(self.members))
        return Gone(len(mine), processes)


@contextmanager
def deploying(folder: str) -> Iterator[int]:
    """Holds the lock that a running containerlab holds, also one whose caller was killed."""
    descriptor = os.open(f"{folder}/{LOCK}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _cgroups(pid: int) -> tuple[str, ...]:
    """The files by which a process joins the cgroups of `pid`: one a hierarchy with cgroup v1, one in all with v2."""
    try:
        with open(f"/proc/{pid}/cgroup") as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except (FileNotFoundError, ProcessLookupError):
        return ()
    found = []
    for _, controllers, path in lines:
        hierarchy = f"/{controllers.removeprefix('name=')}" if controllers else ""
        procs = f"/sys/fs/cgroup{hierarchy}{path}/cgroup.procs"
        if os.path.exists(procs):
            found.append(procs)
    return tuple(found)


def _processes(pid: int) -> int:
    """How many processes run in the container of a PID 1."""
    try:
        return sum(name.isdigit() for name in os.listdir(f"/proc/{pid}/root/proc"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _pidfd(member: Member) -> int | None:
    try:
        descriptor = os.pidfd_open(member.pid)
    except ProcessLookupError:
        return None
    if member.alive():
        return descriptor
    os.close(descriptor)
    return None


def _wait_for_the_end_of(pidfds: list[int]) -> None:
    """A container's PID 1 is the last of its processes to go."""
    poll = select.poll()
    try:
        for descriptor in pidfds:
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(SECONDS_TO_END * 1000):
                raise NotAsItShould(f"a container of the lab still runs after {SECONDS_TO_END:.0f} s", next="docker ps")
            poll.unregister(descriptor)
    finally:
        for descriptor in pidfds:
            os.close(descriptor)

"""What a live test has left on the host: processes, namespaces, links, mounts, files, containers and what containerlab
keeps outside its folder, as a difference of two looks.

A process is the tests' own when it, or one of its ancestors, is a child of this one or carries this run's token in its
environment. Where `CI` is set the machine is ours alone, and anything new in a foreign pid or network namespace, or in
a state folder, counts as well: that also finds an orphan which lost its environment.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from tests import own_host

TOKEN_NAME = "MSEELAB_TEST_RUN"
TOKEN = uuid.uuid4().hex
DOCKER = "/run/docker.sock"
BRIDGE_OF_DOCKER = re.compile(r"br-[0-9a-f]{12}")  # its network is counted by itself
THREAD_OF_THE_KERNEL = 0x00200000
"""PF_KTHREAD of linux/sched.h, in the ninth field of `stat`."""
STATE_FOLDERS = ("/tmp/mseelab-*", "/run/mseelab", "/run/mseelab/*", "/run/user/*/mseelab/*")


@dataclass(frozen=True)
class Process:
    """`identity` is pid and start time, so that a reused pid is another process."""

    identity: tuple[int, int]
    parent: int
    text: str
    foreign: bool
    marked: bool

    @property
    def pid(self) -> int:
        return self.identity[0]


@dataclass(frozen=True)
class Look:
    """What is on the host now, each kind as a set of lines; processes by identity, since `exec` changes the text."""

    processes: dict[tuple[int, int], str]
    namespaces: frozenset[str]
    links: frozenset[str]
    mounts: frozenset[str]
    files: frozenset[str]
    containers: frozenset[str] = frozenset()

    def since(self, before: Look) -> list[str]:
        """What is here and was not there `before`, one line each."""
        started = [text for identity, text in self.processes.items() if identity not in before.processes]
        return [f"processes: {line}" for line in sorted(started)] + [
            f"{kind}: {line}"
            for kind in ("namespaces", "links", "mounts", "files", "containers")
            for line in sorted(getattr(self, kind) - getattr(before, kind))
        ]


def look() -> Look:
    """Looks once; costs a few milliseconds."""
    alone = bool(os.environ.get("CI"))
    everything = _on_this_host({process.pid: process for process in _processes()})
    ours = [p for p in everything.values() if _is_ours(p, everything) or (alone and p.foreign)]
    pids = everything if alone else {process.pid: process for process in ours}
    return Look(
        processes={p.identity: f"pid {p.pid} started {p.identity[1]}: {p.text}" for p in ours},
        namespaces=frozenset(filter(None, (_link(f"/proc/{pid}/ns/net") for pid in pids))),
        links=frozenset(name for _, name in socket.if_nameindex() if not BRIDGE_OF_DOCKER.fullmatch(name)),
        mounts=frozenset(line for line in Path("/proc/self/mounts").read_text().splitlines() if not _dockers(line)),
        files=frozenset(path for pattern in STATE_FOLDERS for path in glob(pattern)) if alone else frozenset(),
        containers=frozenset(_containers()),
    )


def _dockers(mount: str) -> bool:
    """Whether a mount is of a container that docker knows: that is counted by itself."""
    return mount.split()[1].startswith(("/run/docker/", "/var/lib/docker/"))


def _containers() -> Iterator[str]:
    """Containers, docker's networks and containerlab's names for them; none where docker cannot be asked."""
    if not _docker_answers():
        return
    import docker

    with closing(docker.from_env().api) as api:
        yield from (f"container {c['Names'][0]}" for c in api.containers(all=True))
        yield from (f"network {n['Name']}" for n in api.networks())
    yield from glob("/run/netns/clab-*")
    yield from glob("/etc/ssh/ssh_config.d/clab-*")
    yield from (f"/etc/hosts: {line}" for line in Path("/etc/hosts").read_text().splitlines() if "CLAB-" in line)


@functools.cache
def _docker_answers() -> bool:
    """Asked once a run: a daemon that was stopped leaves its socket, but one that stops in the run is a failure."""
    if not os.access(DOCKER, os.W_OK):
        return False
    import docker

    try:
        docker.from_env().close()
    except docker.errors.DockerException:
        return False
    return True


def _on_this_host(everything: dict[int, Process]) -> dict[int, Process]:
    """Without those on the hosts that other processes of this run have, see `tests.parallel`."""

    def elsewhere(process: Process | None) -> bool:
        while process is not None and process.pid != 1:  # of such a host the first process is PID 1
            if own_host.__file__ in process.text:
                return True
            process = everything.get(process.parent)
        return False

    return {pid: process for pid, process in everything.items() if not elsewhere(process)}


def _is_ours(process: Process, everything: dict[int, Process]) -> bool:
    here: Process | None = process
    while here is not None and here.pid != os.getpid():
        if here.marked or here.parent == os.getpid():
            return True
        here = everything.get(here.parent)
    return False


def _processes() -> Iterator[Process]:
    mine = _link("/proc/self/ns/pid")
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            environment = _environment(name)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between the listing and the look
        # One that is between two programs has no command for a moment, as the threads of the kernel always.
        if stat[0] in "ZX" or int(stat[6]) & THREAD_OF_THE_KERNEL:
            continue
        yield Process(
            identity=(int(name), int(stat[19])),
            parent=int(stat[1]),
            text=command,
            foreign=_link(f"/proc/{name}/ns/pid") not in (mine, None),
            marked=f"{TOKEN_NAME}={TOKEN}".encode() in environment,
        )


def _environment(pid: str) -> list[bytes]:
    """Empty for a process of another user that this one may not read."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except PermissionError:
        return []


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None

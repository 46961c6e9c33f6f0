"""Whether this process may start what a lab is made of: a routing daemon that gets too little hangs, without a word."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress

from lab.errors import HostCannot, no_processes
from lab.net import ns

# The smallest lab runs with 48; each routing domain and each session takes some more.
FEWEST_FILES = 256
# A node's first process, its daemons and their threads, and what starts and watches them.
TASKS_A_NODE = 12
# A user with this limit has room for a hundred labs; nobody's tasks are counted then.
PLENTY = 8192


def refuse_too_little(nodes: int) -> None:
    """Raises HostCannot where a lab of so many nodes would not get the files and processes that it needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEWEST_FILES:
        raise HostCannot(
            f"a process may open {hard} files at most here; a router needs {FEWEST_FILES}",
            next="a higher hard limit: ulimit -Hn as root, LimitNOFILE of a service",
        )
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if soft == resource.RLIM_INFINITY or soft > PLENTY or os.geteuid() == 0:
        return
    if soft < sum(_tasks()) + nodes * TASKS_A_NODE:
        raise no_processes(f"this user may have {soft} processes and threads; a lab of {nodes} nodes does not fit")


def _tasks() -> Iterator[int]:
    """The threads of each of this user's processes."""
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with suppress(FileNotFoundError, ProcessLookupError):
            if ns.user_of(pid) == os.geteuid():
                yield ns.threads_of(pid)

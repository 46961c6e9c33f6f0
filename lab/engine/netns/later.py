"""Nodes that come to a running world, and go. The caller has entered it; a child does the work, born in its pids."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any

from lab.engine.netns import pid1
from lab.engine.netns.refusal import refused
from lab.errors import HostCannot, NotAsItShould
from lab.net import ns
from lab.net.child import fork

SECONDS_TO_END = 60.0


def start(names: Collection[str]) -> dict[str, int]:
    """Starts nodes, as PID 1 of the world does at its birth; their pids as the world sees them. Raises HostCannot."""
    made = _in_world(lambda: pid1.make_nodes(list(names)))
    return {name: int(pid) for name, pid in made["nodes"].items()}


def end_all_but(pids: Collection[int]) -> None:
    """Ends every node but those, whoever made it, and waits until no process of it is left. Raises NotAsItShould."""
    _in_world(lambda: _end(set(pids)))


def _end(staying: set[int]) -> dict[str, Any]:
    going = [os.pidfd_open(pid) for pid in _first_processes() if pid not in staying]
    for pidfd in going:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    poll = select.poll()
    for pidfd in going:
        # PID 1 of a node ends last: the kernel lets it go only when the rest of its pid namespace has been reaped.
        poll.register(pidfd, select.POLLIN)
        if not poll.poll(SECONDS_TO_END * 1000):
            return {"error": f"a node is still there {SECONDS_TO_END:.0f} s after it was killed"}
        poll.unregister(pidfd)
    return {}


def _first_processes() -> Iterator[int]:
    """The nodes' PID 1s, as this process sees them: number 1 of a pid namespace just below the world's."""
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with suppress(FileNotFoundError, ProcessLookupError):
            if ns.is_first_below(pid):
                yield pid


def _in_world(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a child in the world's pids returns. What it starts becomes the world's when it ends, and holds nothing of
    the caller's."""
    reader, writer = os.pipe()
    child = fork()
    if child == 0:
        _answer(work, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    if not data:
        raise HostCannot("a process that makes or ends nodes has ended early")
    answer: dict[str, Any] = json.loads(data)
    if "errno" in answer:
        raise refused(answer)
    if "error" in answer:
        raise NotAsItShould(str(answer["error"]), next="mseelab down")
    return answer


def _answer(work: Callable[[], dict[str, Any]], writer: int) -> None:
    try:
        try:
            pid1.detach(writer)
            told = work()
        except OSError as error:
            told = {"step": "nodes", "errno": error.errno or 0, "subject": str(error.filename or "")}
        except HostCannot as error:
            told = {"error": error.message}
        os.write(writer, json.dumps(told).encode())
    finally:
        os._exit(0)

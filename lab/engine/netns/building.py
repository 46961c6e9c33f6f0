"""A world on its way, seen from the command that builds it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable

from lab.engine.base import Blueprint
from lab.engine.netns import capabilities, mark, pid1, wire
from lab.engine.netns.refusal import frr_missing, refused
from lab.engine.netns.world import NetnsWorld
from lab.errors import HostCannot
from lab.net import ns
from lab.net.child import fork

PATIENCE = 60.0
FRR_FOLDER = "/etc/frr"
# The lifelines of worlds that end with this process.
_held: list[socket.socket] = []


class Building:
    """Begins at once, in a process of its own; the caller goes on. One thread only, in the caller too."""

    def __init__(self) -> None:
        self._world: NetnsWorld | None = None
        self._done = False
        self.lacking: tuple[str, ...] = ()
        self._end, theirs = wire.pair()
        self._end.settimeout(PATIENCE)
        self._helper = fork()
        if self._helper == 0:
            pid1.run(theirs, sys.executable)
        theirs.close()

    def reserve(self, blueprint: Blueprint, say: Callable[[str], None]) -> None:
        """Nothing is left of a world that was not committed."""

    def deploy(self, blueprint: Blueprint) -> NetnsWorld:
        """Makes the nodes, some 3 ms each, and waits for them; record the result before `commit`.

        `lacking` then has the optional settings (`net/ipv4/…`) that this kernel does not have. Raises HostCannot, with
        the line to type where there is one.
        """
        if not os.path.isdir(FRR_FOLDER):
            raise frr_missing(f"there is no {FRR_FOLDER}")
        return self.build(blueprint.lab, [node.name for node in blueprint.topology.nodes], str(blueprint.folder))

    def build(self, lab: str, nodes: Iterable[str], folder: str = "") -> NetnsWorld:
        """`deploy` on a host that may have no FRR: for trying out what the kernel allows. `folder` has the record."""
        capabilities.refuse_less()
        pid = int(self._answer()["pid"])
        marked = mark.new(lab, folder)
        self._send({"mark": mark.as_object(marked), "nodes": list(nodes)})
        made = self._answer()
        try:
            start = ns.start_time(pid)
        except (FileNotFoundError, ProcessLookupError) as error:
            raise _ended_early() from error
        self.lacking = tuple(made["lacking"])
        self._world = NetnsWorld(pid, start, marked.word, made["nodes"])
        return self._world

    def commit(self, *, tied: bool = False) -> None:
        """Lets the lab outlive this process. Write its record before: after a kill in between the record is stale, and
        the lab is gone; the other way round it would run on unknown. Raises HostCannot when the lab has ended.

        A `tied` lab ends when this process does: its keeper keeps the lifeline.
        """
        if self._world is None:
            raise HostCannot("nothing was built")
        self._send({"commit": True, "tied": tied})
        # PID 1 answers by becoming its keeper, which closes its end or says that it holds it; an error is a message.
        said = self._receive()
        if said is not None and "tied" not in said:
            raise refused(said)
        self._done = True
        if tied:
            _held.append(self._end)
            os.waitpid(self._helper, 0)
        else:
            self._finish()
        if not self._world.alive():
            raise _ended_early()

    def abandon(self) -> None:
        """Removes what was built and returns when it is gone. Harmless twice, and after `commit`."""
        if self._done:
            return
        self._done = True
        self._end.shutdown(socket.SHUT_WR)
        while self._receive() is not None:
            continue  # what it had said meanwhile; the end of it is the end of the world's first process
        if self._world is not None:
            self._world.wait_gone(PATIENCE)
        self._finish()

    def _finish(self) -> None:
        self._end.close()
        os.waitpid(self._helper, 0)

    def _answer(self) -> wire.Message:
        said = self._receive()
        if said is None:
            raise _ended_early()
        if "step" in said or "error" in said:
            raise refused(said)
        return said

    def _send(self, message: wire.Message) -> None:
        try:
            wire.send(self._end, message)
        except (BrokenPipeError, ConnectionResetError):
            return  # it has ended, and what it said before is still to be read

    def _receive(self) -> wire.Message | None:
        try:
            return wire.receive(self._end)
        except TimeoutError as error:
            raise HostCannot(f"the lab's first process did not answer for {PATIENCE:.0f} s") from error


def _ended_early() -> HostCannot:
    return HostCannot("the lab's first process ended while it was built")

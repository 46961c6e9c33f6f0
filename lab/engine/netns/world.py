"""A lab's private machine, found by the pid of its first process and the time at which that started."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from lab.engine.base import Blueprint, Gone, Minder, Node, Orders, natural
from lab.engine.netns import capabilities, mark
from lab.errors import NotAsItShould
from lab.net import ns

# The world that this process has entered, by pid and start of its first process: from then on /proc is that world's,
# and that process is number 1 there.
_inside: tuple[int, int] | None = None
# Children of a process that has entered a world are born in its pids, where its first process is number 1.
_born_inside = False
SECONDS_TO_END = 60.0
ENDING_SECONDS = 2.0
FOLDER = "/run/mseelab"
ORDERS = f"{FOLDER}/keeper.json"
WATCHER = f"{FOLDER}/watcher.sock"


@dataclass(frozen=True)
class NetnsWorld:
    """A world with its nodes. A value: it can be recorded and handed to other processes.

    `pid` is its PID 1 as this host sees it and `start` when that started (clock ticks since boot); `word` is in its
    mark too and proves that it is a world, and this one; `members` are the nodes' pids as seen from inside.
    """

    pid: int
    start: int
    word: str
    members: Mapping[str, int] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        return {"pid": self.pid, "start": self.start, "word": self.word, "nodes": dict(self.members)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> NetnsWorld:
        """Raises KeyError, TypeError or ValueError for what `to_record` never gave."""
        nodes = {str(name): natural(pid) for name, pid in dict(record["nodes"]).items()}
        return cls(natural(record["pid"]), natural(record["start"]), str(record["word"]), nodes)

    @classmethod
    def running(cls, home: str) -> Iterator[tuple[str, NetnsWorld]]:
        """Every world of this user that was made for a record below `home`, with its lab's name, by its mark alone."""
        for pid, found in mark.everywhere():
            if found.folder and os.path.dirname(found.folder) == home:
                with suppress(FileNotFoundError, ProcessLookupError):
                    yield found.lab, cls(pid, ns.start_time(pid), found.word)

    @property
    def nodes(self) -> dict[str, Node]:
        return {name: Node(name, pid) for name, pid in self.members.items()}

    def alive(self) -> bool:
        pidfd = self._pidfd()
        if pidfd is None:
            return False
        os.close(pidfd)
        return True

    def enter(self) -> None:
        """Moves this process into the world for good, 0.1 ms; entering again is nothing. One thread only.

        Afterwards /proc, /run and the network are the world's, and children are born in its pids. This process itself
        stays outside them: it is not in the /proc it sees (/proc/self dangles), and `os.kill` means the host's pids.
        Raises NotAsItShould when the world is gone.
        """
        global _inside
        pidfd = self._pidfd()
        if pidfd is None:
            raise _gone()
        try:
            if self._entered:
                return
            folder = _folder()
            kinds: tuple[ns.Kind, ...] = ns.INSIDE
            if not os.path.samefile("/proc/self/ns/user", f"/proc/{self.pid}/ns/user"):
                kinds = ("user", *kinds)
            ns.setns_process(pidfd, kinds)
        except (ProcessLookupError, FileNotFoundError) as error:
            raise _gone() from error
        except PermissionError as error:
            raise capabilities.not_let_in() from error
        finally:
            os.close(pidfd)
        _inside = (self.pid, self.start)
        if folder is not None and os.path.isdir(folder):
            os.chdir(folder)

    @property
    def lost(self) -> tuple[str, ...]:
        if not self.alive():
            return tuple(self.members)
        listing = self._listing()
        return tuple(name for name, pid in self.members.items() if not os.path.exists(f"{listing}/{pid}"))

    def revive(self) -> NetnsWorld:
        """Every lost node is started again, 30 ms."""
        return self._with(self.lost)

    def accept(self, blueprint: Blueprint) -> None:
        """Any node can come to a world."""

    def reduce(self, names: Collection[str]) -> NetnsWorld:
        from lab.engine.netns import later

        staying = {name: pid for name, pid in self.members.items() if name in names}
        self.enter()
        later.end_all_but(set(staying.values()))
        return replace(self, members=staying)

    def extend(self, blueprint: Blueprint, say: Callable[[str], None]) -> NetnsWorld:
        return self._with(node.name for node in blueprint.topology.nodes if node.name not in self.members)

    def _with(self, names: Iterable[str]) -> NetnsWorld:
        """With nodes of these names started now."""
        from lab.engine.netns import later

        wanted = list(names)
        if not wanted:
            return self
        self.enter()
        return replace(self, members={**self.members, **later.start(wanted)})

    @property
    def _entered(self) -> bool:
        return _inside == (self.pid, self.start)

    def settle(self) -> None:
        """Nothing outlives a killed command here but the lab itself."""

    def reap(self) -> None:
        """Waits for the end of a world whose command was killed. It ends with that command, unless it was let go."""
        try:
            self.wait_gone(ENDING_SECONDS)
        except NotAsItShould:
            return

    def watch(self, orders: Orders) -> None:
        """Replaces the orders of the keeper, inside the world; it reads them again when the file changes."""
        os.makedirs(FOLDER, mode=0o700, exist_ok=True)
        temporary = f"{ORDERS}.new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(orders, file)
        os.replace(temporary, ORDERS)

    def minders(self) -> tuple[Minder, ...]:
        return (Minder("", "", WATCHER, supervisor=1),)

    def destroy(self) -> Gone:
        """Kills the world's first process; the kernel does the rest. The namespaces are freed in the background.

        Raises NotAsItShould when processes are still there after a minute.
        """
        processes = self.processes()
        return Gone(len(self.members), processes) if self.kill(SECONDS_TO_END) else Gone(0, 0)

    def processes(self) -> int:
        """How many processes run in the world, its own and the nodes' first ones included; 0 when it is gone."""
        if not self.alive():
            return 0
        try:
            return sum(name.isdigit() for name in os.listdir(self._listing()))
        except (FileNotFoundError, ProcessLookupError):
            return 0

    def _listing(self) -> str:
        """The world's own /proc."""
        return "/proc" if self._entered else f"/proc/{self.pid}/root/proc"

    def kill(self, seconds: float) -> bool:
        """Ends every process of the world and waits until none is left; False when it was gone already.

        Raises NotAsItShould after `seconds`.
        """
        pidfd = self._pidfd()
        if pidfd is None:
            return False
        try:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            _wait_end(pidfd, seconds)
        except ProcessLookupError:
            return False
        finally:
            os.close(pidfd)
        return True

    def wait_gone(self, seconds: float) -> None:
        """Waits until no process of the world is left. Raises NotAsItShould after `seconds`."""
        pidfd = self._pidfd()
        if pidfd is not None:
            try:
                _wait_end(pidfd, seconds)
            finally:
                os.close(pidfd)

    def _pidfd(self) -> int | None:
        """A descriptor of the world's PID 1, proven to be that process; None when it has ended."""
        try:
            pidfd = os.pidfd_open(1 if self._entered and _born_inside else self.pid)
        except ProcessLookupError:
            return None
        try:
            # The start time is read after the open: a pid is not given to another while its descriptor is alive.
            same = self._entered_or_proven() and ns.start_time(1 if self._entered else self.pid) == self.start
        except (FileNotFoundError, ProcessLookupError):
            same = False
        if same and not _ended(pidfd, 0):
            return pidfd
        os.close(pidfd)
        return None

    def _entered_or_proven(self) -> bool:
        """What was entered was proven before; else the process has to look like this world itself."""
        if self._entered:
            return True
        found = mark.of(self.pid)
        return found.word == self.word if found is not None else mark.is_ending(self.pid)


def _note_birth() -> None:
    global _born_inside
    _born_inside = _inside is not None


os.register_at_fork(after_in_child=_note_birth)


def _folder() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None  # somebody removed it under us


def _gone() -> NotAsItShould:
    return NotAsItShould("the lab no longer runs", next="mseelab up, or mseelab down to forget it")


def _ended(pidfd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _wait_end(pidfd: int, seconds: float) -> None:
    # PID 1 ends last: the kernel lets it go only when every other process of its pid namespace has been reaped.
    if not _ended(pidfd, seconds):
        raise NotAsItShould(
            f"processes of the lab are still there {seconds:.0f} s after they were killed",
            next="look for processes in state D, or stop the programs that started commands in the lab",
        )

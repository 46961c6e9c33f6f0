"""Keeps the BFD watcher running, and reaps orphans where it is the first process of a world: then it is the lab's life.

Run by its path with `python -I -S`, so it is small and takes nothing from its caller's environment. Its arguments are
those of `lab.engine.bfd.watch`, and where the lab ends with another process the number of a socket whose other end that
process holds. In a world the lab ends with this process: what could fail is in the watcher, a child that is started
again.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys

ROOT = os.path.abspath(f"{os.path.dirname(__file__)}/../..")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
HELD = b'{"tied": true}'  # what the process at the other end is told, see `lab.engine.netns.building`


class Tie:
    """The socket by which this process ends with another. `SIGIO` comes when there is something to look at."""

    def __init__(self, number: int) -> None:
        self.number = number
        fcntl.fcntl(number, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
        os.write(number, HELD)

    def broken(self) -> bool:
        poll = select.poll()
        poll.register(self.number, 0)  # the other end's close comes unasked
        return bool(poll.poll(0))


def main() -> None:
    awaited = {signal.SIGCHLD, signal.SIGIO}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    tie = Tie(int(sys.argv.pop())) if len(sys.argv) > 3 else None
    pause = FIRST_PAUSE
    while True:
        watcher = _start_watcher()
        while watcher is not None and watcher not in _reaped():
            if tie is not None and tie.broken():
                return
            signal.sigwait(awaited)
        signal.sigtimedwait({signal.SIGIO}, pause)
        if tie is not None and tie.broken():
            return
        pause = min(2 * pause, LONGEST_PAUSE)


def _start_watcher() -> int | None:
    """The watcher's pid; None when the kernel has no process to give."""
    try:
        watcher = os.fork()
    except OSError as error:
        sys.stderr.write(f"no BFD watcher: {error}\n")
        return None
    if watcher == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGIO})
        sys.path.insert(0, ROOT)
        from lab.engine.bfd import watch
        from lab.engine.confined import only_read

        only_read(os.path.dirname(sys.argv[1]))
        watch(*sys.argv[1:])
        sys.exit()
    return watcher


def _reaped() -> set[int]:
    """Takes leave of every child that has ended."""
    ended: set[int] = set()
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.add(pid)


if __name__ == "__main__":
    main()

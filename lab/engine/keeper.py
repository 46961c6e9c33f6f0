"""Keeps the BFD watcher running, and reaps orphans where it is the first process of a world: then it is the lab's life.

Run by its path with `python -I -S`, so it is small and takes nothing from its caller's environment. Its arguments are
those of `lab.engine.bfd.watch`. In a world the lab ends with this process: what could fail is in the watcher, a child
that is started again.
"""

from __future__ import annotations

import os
import signal
import sys

ROOT = os.path.abspath(f"{os.path.dirname(__file__)}/../..")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


def main() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pause = FIRST_PAUSE
    while True:
        watcher = _start_watcher()
        while watcher is not None and watcher not in _reaped():
            signal.sigwait({signal.SIGCHLD})
        signal.sigtimedwait((), pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _start_watcher() -> int | None:
    """The watcher's pid; None when the kernel has no process to give."""
    try:
        watcher = os.fork()
    except OSError as error:
        sys.stderr.write(f"no BFD watcher: {error}\n")
        return None
    if watcher == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        sys.path.insert(0, ROOT)
        from lab.engine.bfd import watch

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

"""Runs a command on a host of its own: with processes, links, mounts, /run and /tmp that it shares with nobody.

Run by its path, as root: `own_host.py COMMAND [ARGUMENT…]`. When the command ends, all it has left ends too, and this
process exits as it did. Of /tmp it sees the repository alone, where that is below it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EMPTY = ("/run", "/tmp")


def main(command: list[str]) -> int:
    """The exit code of the command."""
    from lab.net import ns

    ns.unshare(ns.INSIDE)
    init = os.fork()
    if init == 0:
        ns.signal_when_parent_ends(signal.SIGKILL)
        _mounts()
        ns.loopback_up()
        return _run(command)
    return _code(os.waitpid(init, 0)[1])


def _mounts() -> None:
    from lab.net import ns

    here = os.getcwd()
    ns.mount("none", "/", flags=ns.MS_REC | ns.MS_PRIVATE)
    ns.mount("proc", "/proc", "proc", ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC)
    repository = ns.open_tree(str(ROOT))
    for folder in EMPTY:
        mode = os.stat(folder).st_mode & 0o7777
        ns.mount("tmpfs", folder, "tmpfs", ns.MS_NOSUID | ns.MS_NODEV, f"mode={mode:o}")
    if not ROOT.exists():
        ROOT.mkdir(parents=True)
        ns.move_mount(repository, str(ROOT))
    os.close(repository)
    os.chdir(here)


def _run(command: list[str]) -> int:
    """Starts the command and reaps whatever becomes an orphan until it ends."""
    child = os.fork()
    if child == 0:
        os.execvp(command[0], command)
    while True:
        pid, status = os.wait()
        if pid == child:
            return _code(status)


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))

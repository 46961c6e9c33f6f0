"""Which FRR daemons a node runs, and how each is started. Versions differ here only.

A node has its own mount namespace, so every path is FRR's default: `/etc/frr`, `/run/frr`. Daemons run in the
foreground as children of whoever starts them (with `-d` FRR 10 keeps its caller's pipes open).
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bgp.frr.config import DIRECTORIES, DIRECTORY_VARIABLE

Daemon = Literal["zebra", "mgmtd", "bgpd", "bfdd", "staticd"]
CONFIG_DIRECTORY = "/etc/frr"
RUN_DIRECTORY = "/run/frr"
BGP_PORT = 179
_PROBE_SECONDS = 10


class FrrMissing(Exception):
    """FRR is not where it should be, or does not run. `directory` is where it was looked for."""

    def __init__(self, directory: str, reason: str) -> None:
        self.directory = directory
        super().__init__(f"no usable FRR in {directory}: {reason}")


@dataclass(frozen=True)
class Frr:
    """The FRR of this host.

    `netns_option` makes netns-backed VRFs (`-n`, from 10.3 on `-w`); `global_netns_option` says that every daemon
    wants it. `has_mgmtd` is true from FRR 10 on. `user` is whom the daemons become, `owner` its numbers: the files that
    they read and the folder of their sockets are that user's.
    """

    directory: str
    netns_option: str
    global_netns_option: bool
    has_mgmtd: bool
    user: str = "root"
    owner: tuple[int, int] | None = None

    @property
    def daemons(self) -> tuple[Daemon, ...]:
        """The daemons of a node whose configuration is made by us."""
        return ("zebra", "mgmtd", "bgpd", "bfdd") if self.has_mgmtd else ("zebra", "bgpd", "bfdd")

    @property
    def own_daemons(self) -> tuple[Daemon, ...]:
        """The daemons of a node with a user's own file: static routes too."""
        return (*self.daemons, "staticd")

    def argv(self, daemon: Daemon, *, vrfs: bool = True) -> list[str]:
        """The command of `daemon` in the foreground, inside its node. `vrfs`: namespaces of the node become VRFs."""
        command = [f"{self.directory}/{daemon}", "-u", self.user, "-g", self.user, "-A", "127.0.0.1", "-P", "0"]
        command += ["--log", f"file:{log_file(daemon)}"]
        # With mgmtd, staticd has no file of its own either, and ends when it is given one (FRR 10.3).
        if daemon != "mgmtd" and not (daemon == "staticd" and self.has_mgmtd):
            command += ["-f", config_file(daemon)]
        if daemon == "bgpd":
            command += ["-p", str(BGP_PORT)]
        if vrfs and (daemon == "zebra" or self.global_netns_option):
            command.append(self.netns_option)
        return command


class Place(Protocol):
    """Where an FRR is: a file system with programs in it."""

    def has(self, program: str) -> bool: ...

    def output(self, argv: Sequence[str]) -> str:
        """What a program writes, to stdout and stderr. Raises OSError or TimeoutExpired."""


# No process can be started at all, whatever FRR there is.
_OF_THIS_HOST = (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM)


class Host:
    """This host's own file system."""

    def has(self, program: str) -> bool:
        return os.access(program, os.X_OK)

    def output(self, argv: Sequence[str]) -> str:
        found = subprocess.run(argv, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
        return found.stdout + found.stderr


HOST = Host()


def find_frr(environment: Mapping[str, str] = os.environ, place: Place = HOST) -> Frr:
    """The FRR in `MSEELAB_FRR_DIR`, or where distributions put it, probed (3 ms). Raises FrrMissing."""
    there = (folder for folder in DIRECTORIES if place.has(f"{folder}/zebra"))
    directory = environment.get(DIRECTORY_VARIABLE) or next(there, DIRECTORIES[0])
    options = _output(directory, "zebra", "--help", place)
    for daemon in ("bgpd", "bfdd"):
        if not place.has(f"{directory}/{daemon}"):
            raise FrrMissing(directory, f"{daemon} is not there")
    new = "-w, --vrfwnetns" in options
    if not new and "-n, --vrfwnetns" not in options:
        raise FrrMissing(directory, "zebra has no option for VRFs in network namespaces")
    return Frr(directory, "-w" if new else "-n", new, place.has(f"{directory}/mgmtd"))


def frr_version(directory: str) -> tuple[int, ...]:
    """The version of the FRR in `directory` as numbers, `(8, 4, 4)`. Raises FrrMissing."""
    words = _output(directory, "zebra", "--version").split()
    text = words[words.index("version") + 1] if "version" in words else ""
    numbers = []
    for part in text.split("-")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    if not numbers:
        raise FrrMissing(directory, "zebra --version says no version")
    return tuple(numbers)


def config_file(daemon: Daemon) -> str:
    return f"{CONFIG_DIRECTORY}/{daemon}.conf"


def log_file(daemon: Daemon) -> str:
    return f"{RUN_DIRECTORY}/{daemon}.log"


def vty_socket(daemon: Daemon) -> str:
    return f"{RUN_DIRECTORY}/{daemon}.vty"


def ready_socket(daemon: Daemon) -> str:
    """The socket whose appearance says that `daemon` serves: zebra's is the one the other daemons connect to.

    A daemon that is started before zebra's socket exists tries again after ten seconds.
    """
    return f"{RUN_DIRECTORY}/zserv.api" if daemon == "zebra" else vty_socket(daemon)


def stale_files(daemon: Daemon) -> tuple[str, ...]:
    """What a killed `daemon` leaves behind and a new start must not take for ready."""
    return (vty_socket(daemon), ready_socket(daemon), f"{RUN_DIRECTORY}/{daemon}.pid")


def daemon_environment() -> dict[str, str]:
    """The whole environment of a daemon.

    bgpd asks for some 0.7 MiB of buffers a neighbor. glibc raises its threshold for memory that is mapped when it is
    first given back, and then clears every later buffer by hand, in its heap. With fixed limits the buffers stay
    mapped and cost what is used of them: a third less memory and time with 1,600 neighbors, nothing with a few.
    """
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C",
        "MALLOC_MMAP_THRESHOLD_": "131072",
        "MALLOC_MMAP_MAX_": "1000000",
    }


def _output(directory: str, daemon: str, option: str, place: Place = HOST) -> str:
    try:
        return place.output([f"{directory}/{daemon}", option])
    except (OSError, subprocess.TimeoutExpired) as error:
        if isinstance(error, OSError) and error.errno in _OF_THIS_HOST:
            raise
        raise FrrMissing(directory, f"{daemon} {option}: {error}") from error

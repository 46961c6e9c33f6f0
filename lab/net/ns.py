"""Namespaces and mounts by the kernel's own calls, which Python 3.11 lacks. Everything here raises OSError.

All of it acts on the calling thread: a process that changes its mount or user namespace must have one thread only.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal

Kind = Literal["user", "mnt", "net", "uts", "ipc", "pid"]
# include/uapi/linux/sched.h
CLONE: dict[Kind, int] = {
    "user": 0x10000000, "mnt": 0x00020000, "net": 0x40000000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000,
}
INSIDE: tuple[Kind, ...] = ("mnt", "net", "uts", "ipc", "pid")

# include/uapi/linux/mount.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MS_SLAVE = 0x1000, 0x4000, 0x40000, 0x80000
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4
MNT_DETACH = 2
OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH = 0x04, 0x40
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
# The numbers below are the same on every architecture: calls added since Linux 5.1 share one table.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _SYS_OPENAT2, _SYS_MOUNT_SETATTR = 428, 429, 437, 442
_RESOLVE_IN_ROOT = 0x10
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PR_SET_PDEATHSIG = 1
_STATE, _START_TIME = 0, 19  # of /proc/PID/stat, counted after the command's name

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def unshare(kinds: Iterable[Kind]) -> None:
    """Leaves the namespaces of `kinds` for new ones; of `pid` only the children do."""
    _check(_libc.unshare(ctypes.c_int(_flags(kinds))), "unshare")


def setns(descriptor: int, kind: Kind) -> None:
    """Enters the namespace of `descriptor`; `mnt` also takes the root and the working directory to its root."""
    _check(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(CLONE[kind])), f"setns {kind}")


def setns_process(pidfd: int, kinds: Iterable[Kind]) -> None:
    """Enters several namespaces of the process of `pidfd` at once (Linux 5.8): all of them or, on an error, none."""
    _check(_libc.setns(ctypes.c_int(pidfd), ctypes.c_int(_flags(kinds))), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    _check(
        _libc.mount(
            source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data.encode() or None
        ),
        target,
    )


def bind(source: str, target: str) -> None:
    mount(source, target, flags=MS_BIND)


def umount(target: str, flags: int = 0) -> None:
    _check(_libc.umount2(target.encode(), ctypes.c_int(flags)), target)


def open_tree(path: str, *, directory: int = AT_FDCWD, flags: int = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) -> int:
    """A descriptor of the mount at `path`; with OPEN_TREE_CLONE of a detached copy of it."""
    call = (_SYS_OPEN_TREE, ctypes.c_int(directory), path.encode(), ctypes.c_uint(flags))
    return _check(_libc.syscall(*call), path)


def move_mount(tree: int, path: str, *, directory: int = AT_FDCWD) -> None:
    """Attaches the mount of `tree` (from `open_tree`) at `path`, which exists; its namespace may be another."""
    call = (_SYS_MOVE_MOUNT, ctypes.c_int(tree), b"", ctypes.c_int(directory), path.encode())
    _check(_libc.syscall(*call, ctypes.c_uint(MOVE_MOUNT_F_EMPTY_PATH)), path)


def set_mount(path: str, attributes: int, *, recursive: bool = False) -> None:
    """Gives the mount at `path` the MOUNT_ATTR_… of `attributes`, beside those it has (mount_setattr, Linux 5.12)."""
    change = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = ctypes.c_uint(AT_RECURSIVE if recursive else 0)
    call = (_SYS_MOUNT_SETATTR, ctypes.c_int(AT_FDCWD), path.encode(), flags, change, ctypes.c_size_t(len(change)))
    _check(_libc.syscall(*call), path)


def open_in_root(root: int, path: str, flags: int, mode: int = 0) -> int:
    """Opens `path` with the directory `root` as `/`: absolute symbolic links stay inside (openat2, Linux 5.6)."""
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, mode, _RESOLVE_IN_ROOT)
    call = (_SYS_OPENAT2, ctypes.c_int(root), path.encode(), how, ctypes.c_size_t(len(how)))
    return _check(_libc.syscall(*call), path)


def loopback_up() -> None:
    """Sets `lo` of the current network namespace up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("16xh", fcntl.ioctl(control, _SIOCGIFFLAGS, request))
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def signal_when_parent_ends(number: int) -> None:
    """Asks the kernel for signal `number` at the end of the thread that forked this process."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0), "prctl")


def start_time(pid: int) -> int:
    """When a process started, in clock ticks since boot: with the pid it names the process for good.

    Raises FileNotFoundError or ProcessLookupError when there is no such process.
    """
    return int(_stat(f"/proc/{pid}")[_START_TIME])


def runs(pid: int, start: int) -> bool:
    """Whether a process that started at `start` still runs. One that has ended does not, also while nobody reaps it."""
    try:
        return start_time(pid) == start and not has_ended(f"/proc/{pid}")
    except (FileNotFoundError, ProcessLookupError):
        return False


def has_ended(process: str) -> bool:
    """Whether of a process, by its folder in a /proc, only the exit code is left, which nobody has taken yet.

    Raises FileNotFoundError or ProcessLookupError when not even that is there.
    """
    return _stat(process)[_STATE] in (b"Z", b"X")


def is_first_below(pid: int) -> bool:
    """Whether a process is number 1 of a pid namespace just below the one whose /proc this is.

    Raises FileNotFoundError or ProcessLookupError when there is no such process.
    """
    numbers = _status(pid, "NSpid")
    return len(numbers) == 2 and numbers[1] == "1"


def user_of(pid: int) -> int:
    """Whose a process is: its effective uid. /proc/PID itself may have another owner, see proc(5). Raises as above."""
    return int(_status(pid, "Uid")[1])


def threads_of(pid: int) -> int:
    """How many threads a process has. Raises as above."""
    return int(_status(pid, "Threads")[0])


def _status(pid: int, field: str) -> list[str]:
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as status:
        return next((line.split()[1:] for line in status if line.startswith(f"{field}:")), [])


def _stat(process: str) -> list[bytes]:
    """Fields 3 and following of its `stat`; the second, the name, may contain anything."""
    with open(f"{process}/stat", "rb") as stat:
        return stat.read().rpartition(b")")[2].split()


def own(kind: Kind) -> int:
    """A descriptor of this process's own namespace.

    A process that has entered another machine's mounts, but not its pids, is not in the /proc it sees; it shares its
    namespaces with that machine's PID 1 then.
    """
    try:
        return os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return os.open(f"/proc/1/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def visiting(pid: int, kinds: Iterable[Kind] = INSIDE) -> Iterator[None]:
    """Inside, this process is in the namespaces `kinds` of the process `pid`, and children are born in its pids.

    Afterwards it is back in its own, working directory included. `pid` is as /proc shows it. Raises FileNotFoundError
    when there is no such process.
    """
    with ExitStack() as opened:

        def descriptor(number: int) -> int:
            opened.callback(os.close, number)
            return number

        kinds = tuple(kinds)
        folder = descriptor(os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        home = [(kind, descriptor(own(kind))) for kind in kinds]
        there = [(kind, descriptor(os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC))) for kind in kinds]
        try:
            for kind, number in there:
                setns(number, kind)
            yield
        finally:
            for kind, number in home:
                setns(number, kind)
            os.fchdir(folder)


def _flags(kinds: Iterable[Kind]) -> int:
    flags = 0
    for kind in kinds:
        flags |= CLONE[kind]
    return flags


def _check(result: int, subject: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), subject)
    return result

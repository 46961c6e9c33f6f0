"""Runs a program of this host that can change nothing here, whatever it is fed: for parsers with side effects.

Landlock (Linux 5.13, see landlock(7)) takes every right to write, make or remove from the process, with or without
root, and forbids it the network; a kernel without Landlock leaves the limits: no byte into any file, little time and
memory, nothing of the caller's environment, descriptors or folder.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
MOST_OUTPUT = 1 << 20
MOST_MEMORY = 1 << 30
# The numbers are the same on every architecture.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION = 1
_SET_NO_NEW_PRIVS = 38
# include/uapi/linux/landlock.h: rights by the version that brought them. Reading, listing and execution stay.
_WRITES = {1: 0b1_1111_1111_0010, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NETWORK_SINCE, _NETWORK = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11  # sockets without a file and signals, to processes outside
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


@dataclass(frozen=True)
class Done:
    """How it ended: `code` is its exit code, minus the signal that ended it, or None when it was late or said too much.

    `output` is what it wrote to stdout and stderr, at most 1 MB.
    """

    code: int | None
    output: str


def run(argv: Sequence[str], text: str, *, seconds: float) -> Done:
    """Runs `argv`, a path first, with `text` as a file on its stdin."""
    import subprocess

    given = os.memfd_create("input", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(given), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.lseek(given, 0, os.SEEK_SET)
        process = subprocess.Popen(
            argv,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            preexec_fn=lambda: _renounce(int(seconds) + 1),
        )
    finally:
        os.close(given)
    assert process.stdout is not None
    with process:
        try:
            output, ended = _read(process.stdout.fileno(), time.monotonic() + seconds)
            code = process.wait(seconds) if ended else None
        except subprocess.TimeoutExpired:
            code = None  # it has closed its output and goes on
        finally:
            process.kill()  # nothing happens to one that has ended
    return Done(code, output.decode(errors="replace"))


def landlock_version() -> int:
    """Of this kernel; 0 where it has none, or a filter hides it."""
    return max(int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))), 0)


def _read(descriptor: int, deadline: float) -> tuple[bytes, bool]:
    """What was written until the end of it, and whether that came: before `deadline` and within the bound."""
    data = b""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while len(data) < MOST_OUTPUT and poll.poll(max(deadline - time.monotonic(), 0) * 1000):
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            return data, True
        data += chunk
    return data, False


def _renounce(seconds: int) -> None:
    """In the child, before the program: whatever fails here ends it."""
    for limit, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MOST_MEMORY),
    ):
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    _libc.prctl(_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    version = landlock_version()
    if version:
        _close_in(version)


def _close_in(version: int) -> None:
    writes = sum(rights for since, rights in _WRITES.items() if version >= since)
    network = _NETWORK if version >= _NETWORK_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    # A ruleset without a rule allows nothing of what it handles. An older kernel takes zeroes for what it has not.
    rules = struct.pack("=QQQ", writes, network, scopes)
    made = _libc.syscall(_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint(0))
    if made < 0 or _libc.syscall(_RESTRICT_SELF, ctypes.c_int(made), ctypes.c_uint(0)) < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(made)

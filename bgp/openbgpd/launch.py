"""Starts a daemon that insists on dropping groups, where the kernel lets nobody do that.

Run alone, as a script with the daemon's command, so it imports nothing but the standard library. In an ordinary user's
namespace only one group exists and setgroups(2) is denied (user_namespaces(7)): nothing is there to be dropped, and
OpenBGPD takes the refusal for fatal. There a seccomp(2) filter lets the call succeed and do nothing. Elsewhere the
daemon is started as it is.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

SETGROUPS = "/proc/self/setgroups"
# linux/audit.h's name of the machine, and its number of setgroups(2).
MACHINES = {"x86_64": (0xC000003E, 116), "aarch64": (0xC00000B7, 159)}
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
OFFSET_NUMBER, OFFSET_MACHINE = 0, 4
SUCCEED_WITHOUT, ALLOW = 0x00050000, 0x7FFF0000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def denied(path: str = SETGROUPS) -> bool:
    """Whether nobody in this user namespace may set groups."""
    with open(path) as file:
        return file.read().strip() == "deny"


def instructions(machine: int, number: int) -> bytes:
    """Classic BPF: call `number` of `machine` ends with 0 at once, every other one is made."""
    steps = (
        (LOAD, 0, 0, OFFSET_MACHINE),
        (JUMP_IF_EQUAL, 0, 3, machine),
        (LOAD, 0, 0, OFFSET_NUMBER),
        (JUMP_IF_EQUAL, 0, 1, number),
        (RETURN, 0, 0, SUCCEED_WITHOUT),
        (RETURN, 0, 0, ALLOW),
    )
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def groups_stay() -> None:
    """From now on setgroups(2) does nothing, here and in what is started here. Raises OSError."""
    machine = platform.machine()
    if machine not in MACHINES:
        raise OSError(f"setgroups(2) is denied here, and its number on {machine} is not known")
    code = instructions(*MACHINES[machine])
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_ = _Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"no seccomp filter: {os.strerror(number)}")


if __name__ == "__main__":
    if denied():
        groups_stay()
    os.execv(sys.argv[1], sys.argv[1:])

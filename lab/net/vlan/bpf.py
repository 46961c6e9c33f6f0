"""The bpf(2) system call, as much of it as the tag programs need: maps, programs, and finding both again.

Numbers are those of the kernel's `include/uapi/linux/bpf.h`; they are part of its stable interface.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from typing import Final

SYSCALL: Final = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361, "armv7l": 386}
MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, MAP_DELETE, PROG_LOAD = 0, 1, 2, 3, 5
PROG_FD_BY_ID, MAP_FD_BY_ID, OBJECT_INFO = 13, 14, 15
MAP_TYPE_HASH, MAP_NO_PREALLOC, PROG_TYPE_SCHED_CLS = 1, 1, 3
ENTRIES = 65536
# struct bpf_prog_info: type, id, tag[8], two lengths, two pointers, load_time, uid, then nr_map_ids and map_ids.
PROG_INFO_MAPS, PROG_INFO_SIZE = 52, 128
LICENSE = b"Dual MIT/GPL"

_libc = ctypes.CDLL(None, use_errno=True)


def call(command: int, attributes: bytes) -> int:
    """One bpf(2) command. Raises OSError."""
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    number = SYSCALL.get(platform.machine())
    if number is None:
        raise OSError(38, f"no bpf(2) number known for {platform.machine()}")
    result: int = _libc.syscall(number, command, buffer, len(buffer))
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))
    return result


def map_ids(program: int) -> list[int]:
    """The ids of the maps that a program (descriptor) names, in the order of its instructions."""
    ids = (ctypes.c_uint32 * 8)()
    info = bytearray(PROG_INFO_SIZE)
    struct.pack_into("=IQ", info, PROG_INFO_MAPS, len(ids), ctypes.addressof(ids))
    buffer = (ctypes.c_char * len(info)).from_buffer(info)
    call(OBJECT_INFO, struct.pack("=IIQ", program, len(info), ctypes.addressof(buffer)))
    (count,) = struct.unpack_from("=I", buffer.raw, PROG_INFO_MAPS)
    return list(ids[:count])


def program_by_id(number: int) -> int:
    """A descriptor. Raises FileNotFoundError, or PermissionError without CAP_SYS_ADMIN."""
    return call(PROG_FD_BY_ID, struct.pack("=III", number, 0, 0))


def map_by_id(number: int) -> int:
    return call(MAP_FD_BY_ID, struct.pack("=III", number, 0, 0))


def create_map(name: str, key: int, value: int) -> int:
    """A hash map; `key` and `value` in octets. Its descriptor."""
    head = struct.pack("=IIIII", MAP_TYPE_HASH, key, value, ENTRIES, MAP_NO_PREALLOC)
    return call(MAP_CREATE, head + bytes(8) + name.encode()[:15].ljust(16, b"\0"))


def _element(command: int, map_fd: int, key: bytes, value: ctypes.Array[ctypes.c_char] | None) -> None:
    key_buffer = ctypes.create_string_buffer(key, len(key))
    pointer = ctypes.addressof(value) if value is not None else 0
    call(command, struct.pack("=IxxxxQQQ", map_fd, ctypes.addressof(key_buffer), pointer, 0))


def update(map_fd: int, key: bytes, value: bytes) -> None:
    _element(MAP_UPDATE, map_fd, key, ctypes.create_string_buffer(value, len(value)))


def look_up(map_fd: int, key: bytes, length: int) -> bytes | None:
    value = ctypes.create_string_buffer(length)
    try:
        _element(MAP_LOOKUP, map_fd, key, value)
    except FileNotFoundError:
        return None
    return value.raw


def delete(map_fd: int, key: bytes) -> None:
    """Nothing happens when the key is not there."""
    try:
        _element(MAP_DELETE, map_fd, key, None)
    except FileNotFoundError:
        return


def load(name: str, instructions: bytes) -> int:
    """Loads a program for tc. Its descriptor. Raises OSError, with the verifier's last line where it has one."""
    code = ctypes.create_string_buffer(instructions, len(instructions))
    license_text = ctypes.create_string_buffer(LICENSE)
    log = ctypes.create_string_buffer(65536)
    for level, size, pointer in ((0, 0, 0), (1, len(log), ctypes.addressof(log))):
        head = struct.pack(
            "=IIQQIIQ",
            PROG_TYPE_SCHED_CLS,
            len(instructions) // 8,
            ctypes.addressof(code),
            ctypes.addressof(license_text),
            level,
            size,
            pointer,
        )
        try:
            return call(PROG_LOAD, head + bytes(8) + name.encode()[:15].ljust(16, b"\0"))
        except OSError as refused:
            if level or refused.errno == 1:
                lines = log.value.decode(errors="replace").strip().splitlines()
                raise OSError(refused.errno, lines[-1] if lines else refused.strerror) from refused
    raise AssertionError("unreachable")

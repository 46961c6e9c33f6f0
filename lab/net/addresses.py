"""Which device has an address, read by the C library (pyroute2 would cost 0.1 s to import)."""

from __future__ import annotations

import ctypes
import ipaddress
import os
import socket
from collections.abc import Iterator

_HOST_OFFSET = {int(socket.AF_INET): 4, int(socket.AF_INET6): 8}
_HOST_LENGTH = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}


class _Entry(ctypes.Structure):
    """`struct ifaddrs` of <ifaddrs.h>, as far as it is read here."""


_Pointer = ctypes.POINTER(_Entry)
_Entry._fields_ = [
    ("next", _Pointer),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]
_libc = ctypes.CDLL(None, use_errno=True)
_libc.getifaddrs.argtypes = [ctypes.POINTER(_Pointer)]
_libc.freeifaddrs.argtypes = [_Pointer]


def devices_by_address() -> dict[str, str]:
    """The device of each address of the network namespace this thread is in, addresses in their canonical form."""
    first = _Pointer()
    if _libc.getifaddrs(ctypes.byref(first)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "getifaddrs")
    try:
        return dict(_hosts(first))
    finally:
        _libc.freeifaddrs(first)


def _hosts(entry: ctypes._Pointer[_Entry]) -> Iterator[tuple[str, str]]:
    while entry:
        found = entry.contents
        if found.address:
            family = ctypes.c_uint16.from_address(found.address).value
            if family in _HOST_OFFSET:
                raw = ctypes.string_at(found.address + _HOST_OFFSET[family], _HOST_LENGTH[family])
                yield str(ipaddress.ip_address(raw)), found.name.decode()
        entry = found.next

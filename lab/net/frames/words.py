"""Numbers and addresses out of octets."""

from __future__ import annotations

import socket


def number(data: bytes, at: int, size: int) -> int:
    """The unsigned number of `size` octets at `at`, the most significant first; what is missing counts as 0."""
    return int.from_bytes(data[at : at + size].ljust(size, b"\0"))


def mac(data: bytes) -> str:
    return data.hex(":")


def address(data: bytes) -> str:
    """An address of 4 or of 16 octets as text."""
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)

"""The data of a NOTIFICATION in words, where a standard says what it means."""

from __future__ import annotations

from bgp.notification import words
from bgp.wire.families import family_name

BAD_PEER_AS, UNSUPPORTED_VERSION = (2, 2), (2, 1)
PREFIX_LIMIT = (6, 1)
HARD_RESET = (6, 9)
SHUTDOWNS = ((6, 2), (6, 4))


def detail(code: int, subcode: int, data: bytes) -> str:
    """Empty where nothing is known; never more than a line."""
    which = (code, subcode)
    if which == BAD_PEER_AS and len(data) in (2, 4):
        return f"AS {int.from_bytes(data)}"
    if which == UNSUPPORTED_VERSION and len(data) == 2:
        return f"version {int.from_bytes(data)} at most"
    if which == PREFIX_LIMIT and len(data) == 7:  # RFC 4486 section 4
        return f"{family_name(int.from_bytes(data[:2]), data[2])}, {int.from_bytes(data[3:])} allowed"
    if which == HARD_RESET and len(data) >= 2:  # RFC 8538 section 3.1
        inner = detail(data[0], data[1], data[2:])
        return f"{words(data[0], data[1])}{f', {inner}' if inner else ''}"
    if which in SHUTDOWNS and data and len(data) > data[0]:  # RFC 9003
        said = data[1 : 1 + data[0]].decode(errors="replace")
        return " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return ""

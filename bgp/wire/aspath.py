"""AS paths (RFC 4271 section 4.3, RFC 5065, RFC 6793)."""

from __future__ import annotations

from bgp.wire.reader import Broken, Reader

SET, SEQUENCE, CONFEDERATION_SEQUENCE, CONFEDERATION_SET = 1, 2, 3, 4
FRAMES = {SET: ("{", ",", "}"), CONFEDERATION_SEQUENCE: ("(", " ", ")"), CONFEDERATION_SET: ("[", ",", "]")}


def as_path(value: bytes, four_octet: bool | None) -> str:
    """The path as a router prints it. Raises Broken.

    Where it is not known how many octets a number has, that size is taken which the segments fit; four if both do.
    """
    if four_octet is not None:
        return _read(value, 4 if four_octet else 2)
    try:
        return _read(value, 4)
    except Broken:
        return _read(value, 2)


def _read(value: bytes, size: int) -> str:
    reader, words = Reader(value), []
    while reader.left:
        kind, count = reader.number(1), reader.number(1)
        if kind not in (SET, SEQUENCE, CONFEDERATION_SEQUENCE, CONFEDERATION_SET) or not count:
            raise Broken(f"an AS_PATH segment of type {kind} with {count} numbers")
        numbers = [str(reader.number(size)) for _ in range(count)]
        before, between, after = FRAMES.get(kind, ("", " ", ""))
        words.append(f"{before}{between.join(numbers)}{after}")
    return " ".join(words)

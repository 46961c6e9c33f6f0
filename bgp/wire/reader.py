"""Taking octets one after the other, none twice."""

from __future__ import annotations


class Broken(ValueError):
    """Octets that are no message; the text says what is wrong."""


class Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """Raises Broken when there are not that many."""
        if count > self.left:
            raise Broken(f"{count} octets announced, {self.left} there")
        found = self._data[self._at : self._at + count]
        self._at += count
        return found

    def number(self, octets: int) -> int:
        return int.from_bytes(self.take(octets))

    def part(self, count: int) -> Reader:
        return Reader(self.take(count))

    def rest(self) -> bytes:
        return self.take(self.left)

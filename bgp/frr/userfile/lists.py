"""Prefix lists, access lists and AS path lists of an FRR file: what one says of a prefix or path, and where.

As FRR has it: a prefix list that is not there denies, an empty one permits, and what no entry matches is denied.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import Literal

from bgp.frr.userfile.reader import Command, Network, UserFile, as_network
from bgp.session import Family

Kind = Literal["prefix-list", "access-list", "as-path access-list"]
SEPARATOR = r"(?:^|[,{}() ]|$)"
"""What `_` means in an AS path's expression."""


@dataclass(frozen=True)
class Answer:
    """What a list says: `permits`, or None where that cannot be known from here. `entry` is what decided, if any."""

    permits: bool | None
    entry: Entry | None = None


@dataclass(frozen=True)
class Entry:
    line: int
    seq: int
    permit: bool
    rest: tuple[str, ...]


@dataclass(frozen=True)
class List:
    """A list of the file with its entries by sequence number; none: the file does not have it."""

    kind: Kind
    name: str
    family: Family
    entries: tuple[Entry, ...]

    @property
    def known(self) -> bool:
        return bool(self.entries)

    @property
    def last_line(self) -> int:
        return max((entry.line for entry in self.entries), default=0)

    def command(self, prefix: Network, *, before: Entry | None = None) -> str | None:
        """What to type to permit `prefix`: at the end, or just before an entry. None where there is no room."""
        family = "ip" if self.family == "ipv4" else "ipv6"
        if self.kind != "prefix-list":
            return None
        if before is None:
            last = max((entry.seq for entry in self.entries), default=0)
            return f"{family} prefix-list {self.name} seq {last + (5 if last % 10 else 10)} permit {prefix}"
        room = max((entry.seq for entry in self.entries if entry.seq < before.seq), default=0)
        seq = before.seq - 5 if before.seq - 5 > room else (room + before.seq) // 2
        return f"{family} prefix-list {self.name} seq {seq} permit {prefix}" if seq > room else None

    def of_prefix(self, prefix: Network) -> Answer:
        if self.kind == "as-path access-list":
            return Answer(None)
        if not self.entries:
            return Answer(False)
        for entry in self.entries:
            matches = _prefix_list(entry, prefix) if self.kind == "prefix-list" else _access_list(entry, prefix)
            if matches is None:
                return Answer(None)
            if matches:
                return Answer(entry.permit, entry)
        return Answer(False)

    def of_path(self, path: tuple[int, ...]) -> Answer:
        """What an AS path list says of `path`."""
        text = " ".join(map(str, path))
        for entry in self.entries:
            try:
                found = re.search(" ".join(entry.rest).replace("_", SEPARATOR), text)
            except re.error:
                return Answer(None)
            if found:
                return Answer(entry.permit, entry)
        return Answer(False)


def prefix_list(file: UserFile, name: str, family: Family) -> List:
    words = ("ip" if family == "ipv4" else "ipv6", "prefix-list", name)
    return List("prefix-list", name, family, _entries(file, words))


def access_list(file: UserFile, name: str, family: Family) -> List:
    words = ("access-list", name) if family == "ipv4" else ("ipv6", "access-list", name)
    return List("access-list", name, family, _entries(file, words))


def as_path_list(file: UserFile, name: str) -> List:
    return List("as-path access-list", name, "ipv4", _entries(file, ("bgp", "as-path", "access-list", name)))


def _entries(file: UserFile, words: tuple[str, ...]) -> tuple[Entry, ...]:
    """By sequence number; one without has the next multiple of five, as FRR gives it. `no` takes one away."""
    found: dict[int, Entry] = {}
    order: list[int] = []
    for command in file.of(*words):
        entry = _entry(command, len(words), order[-1] if order else 0)
        if entry is None:
            continue
        if command.negated:
            if found.pop(entry.seq, None):
                del order[bisect_left(order, entry.seq)]
            continue
        if entry.seq not in found:
            insort(order, entry.seq)
        found[entry.seq] = entry
    return tuple(found[seq] for seq in order)


def _entry(command: Command, at: int, last: int) -> Entry | None:
    """`last` is the highest sequence number so far."""
    rest = command.words[at:]
    seq = (last // 5 + 1) * 5
    if rest[:1] == ("seq",) and rest[1:2] and rest[1].isdigit():
        seq, rest = int(rest[1]), rest[2:]
    if rest[:1] not in (("permit",), ("deny",)):
        return None
    return Entry(command.line, seq, rest[0] == "permit", rest[1:])


def _prefix_list(entry: Entry, prefix: Network) -> bool | None:
    if entry.rest == ("any",):
        return True
    network = as_network(entry.rest[0]) if entry.rest else None
    limits = dict(zip(entry.rest[1::2], entry.rest[2::2], strict=False))
    if network is None or not all(value.isdigit() for value in limits.values()) or set(limits) - {"ge", "le"}:
        return None
    low = int(limits.get("ge", network.prefixlen))
    high = int(limits.get("le", prefix.max_prefixlen if "ge" in limits else network.prefixlen))
    return covers(network, prefix) and low <= prefix.prefixlen <= high


def _access_list(entry: Entry, prefix: Network) -> bool | None:
    if entry.rest == ("any",):
        return True
    network = as_network(entry.rest[0]) if len(entry.rest) == 1 or entry.rest[1:] == ("exact-match",) else None
    if network is None or "/" not in entry.rest[0]:
        return None
    return network == prefix if entry.rest[1:] else covers(network, prefix)


def covers(outer: Network, inner: Network) -> bool:
    """Whether all of `inner` is in `outer`; never across families."""
    return outer.version == inner.version and outer.prefixlen <= inner.prefixlen and (
        int(inner.network_address) >> (outer.max_prefixlen - outer.prefixlen)
        == int(outer.network_address) >> (outer.max_prefixlen - outer.prefixlen)
    )

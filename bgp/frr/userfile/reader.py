"""The commands of an FRR file with their lines and where they stand; one that is not known here has no effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from bgp.session import Family

Network = IPv4Network | IPv6Network
Words = tuple[str, ...]
TOP = ("interface", "router", "route-map", "vrf", "key", "bfd", "line")
"""What opens a context of its own, wherever it stands."""
IN_ROUTE_MAP = ("match", "set", "call", "continue", "on-match", "description")
NOT_IN_INTERFACE = ("prefix-list", "route", "access-list", "as-path", "forwarding")


@dataclass(frozen=True)
class Context:
    """Where a command stands: `words` opened it (`interface eth1.100`); `family` is the address family, if any."""

    words: Words = ()
    line: int = 0
    family: Family | Literal["other"] | None = None
    family_line: int = 0


@dataclass(frozen=True)
class Command:
    """One command: its line, whether `no` came before it, its words, and where it stands."""

    line: int
    negated: bool
    words: Words
    context: Context

    def starts(self, *words: str) -> bool:
        return self.words[: len(words)] == words


@dataclass(frozen=True)
class UserFile:
    """All commands of a file, in order; comments and `exit` are gone."""

    commands: tuple[Command, ...]

    def of(self, *words: str) -> Iterator[Command]:
        """Every command that starts with `words`, negated ones too."""
        return (command for command in self._by_word.get(words[0], ()) if command.starts(*words))

    def inside(self, line: int) -> tuple[Command, ...]:
        """What stands in the context that the command in `line` opened."""
        return tuple(self._by_context.get(line, ()))

    @cached_property
    def _by_word(self) -> dict[str, list[Command]]:
        found: dict[str, list[Command]] = {}
        for command in self.commands:
            found.setdefault(command.words[0], []).append(command)
        return found

    @cached_property
    def _by_context(self) -> dict[int, list[Command]]:
        found: dict[int, list[Command]] = {}
        for command in self.commands:
            found.setdefault(command.context.line, []).append(command)
        return found

    def interface(self, name: str) -> tuple[Command, ...] | None:
        """The commands of an interface, the opening one first; None where the file does not have it."""
        opened = [command for command in self.of("interface", name) if not command.negated]
        if not opened:
            return None
        inside = (c for c in self.commands if c.context.words[:2] == ("interface", name))
        return (*opened, *inside)

    def interfaces(self) -> tuple[Command, ...]:
        return tuple(command for command in self.of("interface") if len(command.words) > 1)

    def neighbor(self, peer: str, *words: str, family: Family | None = None, way: str = "") -> Command | None:
        """What holds of `neighbor PEER WORDS…`: its own last one, else that of its peer group, or of the group whose
        `bgp listen range` it is in; None without, or after `no`.

        With `family` that of the address family: outside of any it is IPv4's. `way` is the direction of a policy.
        """
        found = self._own(peer, words, family, way)
        if found is not None:
            return None if found.negated else found
        group = self._group(peer)
        inherited = self._own(group, words, family, way) if group else None
        return None if inherited is None or inherited.negated else inherited

    def _group(self, peer: str) -> str | None:
        own = self._own(peer, ("peer-group",))
        if own is not None:
            return None if own.negated or len(own.words) < 4 else own.words[3]
        found, address = None, _address(peer)
        for command in self.of("bgp", "listen", "range"):
            network = as_network(command.words[3]) if len(command.words) > 5 else None
            if network is not None and address is not None and address in network:
                found = None if command.negated else command.words[5]
        return found

    def _own(self, peer: str, words: Words, family: Family | None = None, way: str = "") -> Command | None:
        found = None
        for command in self.of("neighbor"):
            if command.words[2 : 2 + len(words)] != words or not same_peer(command.words[1], peer):
                continue
            if way and command.words[4:5] != (way,):
                continue
            if family is None or (command.context.family or "ipv4") == family:
                found = command
        return found

    def router(self, peer: str) -> Command | None:
        """The `router bgp` that has the neighbor, else the first of the default VRF."""
        for command in self.of("neighbor"):
            inside = len(command.words) > 1 and command.context.words[:2] == ("router", "bgp")
            if inside and same_peer(command.words[1], peer):
                return next(c for c in self.of("router") if c.line == command.context.line)
        return next((c for c in self.of("router", "bgp") if len(c.words) == 3), None)

    def address_family(self, family: Family) -> int:
        """The line of `address-family FAMILY unicast`; 0 where there is none."""
        return next((c.context.family_line for c in self.commands if c.context.family == family), 0)


def read(text: str) -> UserFile:
    """The file's commands. `${NAME}` stays as it is; what would move a cursor is another character.

    A line ends where FRR ends it: a form feed, or another end of a line of Unicode's, is in the middle of one.
    """
    return UserFile(tuple(_commands(enumerate(map(_shown, text.split("\n")), 1))))


def _shown(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() or c in "\t\r" else "\ufffd" for c in line)


def _commands(lines: Iterable[tuple[int, str]]) -> Iterator[Command]:
    context = Context()
    for number, text in lines:
        words = tuple(text.split())
        if not words or words[0][0] in "!#":
            continue
        negated = words[0] == "no"
        words = words[1:] if negated else words
        if not words:
            continue
        if words[0] in ("exit", "end", "exit-address-family", "exit-vrf"):
            context = _left(context, words[0])
        elif words[0] == "address-family":
            context = Context(context.words, context.line, _family(words), number)
            yield Command(number, negated, words, context)
        else:
            if words[0] in TOP or not _fits(words, context):
                context = Context()
            yield Command(number, negated, words, context)
            if words[0] in TOP and not negated:
                context = Context(words, number)


def _left(context: Context, word: str) -> Context:
    """The context after an `exit`: out of an address family first, then out of everything."""
    if word != "end" and context.family_line:
        return Context(context.words, context.line)
    return Context()


def _fits(words: Words, context: Context) -> bool:
    """Whether a command can stand where it does: one that cannot is one of the top level, as FRR takes it."""
    opener = context.words[:1]
    if opener == ("route-map",):
        return words[0] in IN_ROUTE_MAP
    if opener == ("interface",):
        return not set(words[:2]) & set(NOT_IN_INTERFACE)
    return words[0] not in ("ip", "ipv6", "access-list") and words[:2] != ("bgp", "as-path")


def _family(words: Words) -> Family | Literal["other"]:
    if words[1:2] == ("ipv4",) and words[2:3] in ((), ("unicast",)):
        return "ipv4"
    return "ipv6" if words[1:2] == ("ipv6",) and words[2:3] in ((), ("unicast",)) else "other"


def same_peer(one: str, other: str) -> bool:
    """Whether two names are one neighbor, an address however it is spelled."""
    return one == other or (_address(one) is not None and _address(one) == _address(other))


@lru_cache(maxsize=1 << 16)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def as_network(text: str, mask: str = "") -> Network | None:
    """A prefix as a value, None where it is none."""
    try:
        return ip_network(f"{text}/{mask}" if mask else text, strict=False)
    except ValueError:
        return None

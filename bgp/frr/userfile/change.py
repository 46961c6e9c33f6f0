"""What differs between two texts of one FRR file, by meaning: comments, order and spacing are nothing.

Where every line that differs is one that FRR takes without a session going down (policy, lists, static routes, what is
announced), there are commands that make the running router what the new file says, as `frr-reload.py` would. Where one
is not, there are none: then the router is started anew with the whole file. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from bgp.frr.userfile.reader import Command, UserFile, Words, read
from bgp.session import Family

_SECRET = re.compile(
    r"(\b(?:password|key-string|authentication-key|message-digest-key \d+ md5|enable secret)\s+)(?!\$\{)\S.*"
    r"|(\bauthentication (?:text|string) )\S.*"
)
_LISTS = (
    ("ip", "prefix-list"), ("ipv6", "prefix-list"), ("ip", "access-list"), ("ipv6", "access-list"), ("access-list",),
    ("bgp", "as-path", "access-list"), ("bgp", "community-list"), ("bgp", "large-community-list"),
    ("bgp", "extcommunity-list"),
)
_STATIC = (("ip", "route"), ("ipv6", "route"))
_ANNOUNCED = ("network", "redistribute", "aggregate-address")
_WITH_DIRECTION = ("route-map", "prefix-list", "filter-list", "distribute-list")
_REPLACED = [(word,) for word in _WITH_DIRECTION]
_QUIET = ("description", "next-hop-self", "send-community", "default-originate", "weight", "unsuppress-map")
"""Of a neighbor: FRR sends again what it announces, asks for a refresh, or does nothing (`peer_flag_modify`)."""


@dataclass(frozen=True)
class Line:
    """A line that is in one of the two files alone. `context` are the words that open where it stands."""

    added: bool
    context: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        """`+ route-map OUT permit 10: set metric 50`; a key that stands in the line is not shown."""
        where = " ".join(self.context)
        line = _SECRET.sub("\\1…", f"{where}: {self.text}" if where else self.text)
        return f"{'+' if self.added else '-'} {line}"


def lines(old: str, new: str) -> tuple[Line, ...]:
    """The lines that differ: what goes, in the order of the old file, then what comes, in that of the new one."""
    gone, come = _differing(read(old), read(new))
    return (*(_line(command, added=False) for command in gone), *(_line(command, added=True) for command in come))


def commands(old: str, new: str) -> tuple[str, ...] | None:
    """Lines for `vtysh -f` that make a router with the file `old` one with `new`, no session going down.

    None where that cannot be, or is not known. Nothing is the answer where nothing differs.
    """
    before, after = read(old), read(new)
    gone, come = _differing(before, after)
    if not all(map(_is_quiet, (*gone, *come))) or _ordered(before) != _ordered(after):
        return None
    maps = {_entry(command) for command in (*gone, *come)} - {None}
    done: list[str] = []
    coming = {slot for command in come if (slot := _slot(command))}
    again = {slot for command in gone if (slot := _slot(command)) and slot in coming and not _overwrites(command)}
    rest_gone = [c for c in gone if _entry(c) is None]
    rest_come = [c for c in come if _entry(c) is None]
    done += _typed((c for c in rest_gone if _slot(c) in again), "no ")
    done += _lists(c for c in rest_come if not c.context.words)
    done += [line for name in sorted(maps, key=str) if name for line in _map(name, after)]
    done += _typed((c for c in rest_come if c.context.words), "")
    done += _typed((c for c in rest_gone if _slot(c) not in coming), "no ")
    return tuple(done)


def _differing(before: UserFile, after: UserFile) -> tuple[list[Command], list[Command]]:
    had, has = ({_meaning(command) for command in file.commands} for file in (before, after))
    gone = [command for command in before.commands if _meaning(command) not in has]
    come = [command for command in after.commands if _meaning(command) not in had]
    return gone, come


def _meaning(command: Command) -> tuple[object, ...]:
    family = _family(command)
    return command.context.words, family, command.negated, command.words


def _family(command: Command) -> Family | str | None:
    """The address family that a line of `router bgp` is about: outside of any it is IPv4's."""
    context = command.context
    if context.words[:2] == ("router", "bgp") and _of_family(command.words):
        return context.family or "ipv4"
    return context.family


def _of_family(words: Words) -> bool:
    return words[0] in _ANNOUNCED or (words[0] == "neighbor" and words[2:3] != ("description",))


def _line(command: Command, *, added: bool) -> Line:
    family = (f"{command.context.family} unicast",) if command.context.family in ("ipv4", "ipv6") else ()
    return Line(added, (*command.context.words, *family), _text(command))


def _text(command: Command) -> str:
    return ("no " if command.negated else "") + " ".join(command.words)


def _is_quiet(command: Command) -> bool:
    """Whether FRR takes or drops this line while every session stands."""
    words, context = command.words, command.context.words
    if command.negated or command.context.family == "other":
        return False
    if not context:
        return words[:2] in _STATIC or words[0] == "route-map" or _numbered(words)
    if context[0] == "route-map":
        return True
    if context == ("interface", "lo"):
        return words[:2] in (("ip", "address"), ("ipv6", "address")) or words[0] == "description"
    if context[:2] != ("router", "bgp"):
        return False
    if words[0] == "neighbor":
        return words[2:3] != () and (words[2] in _QUIET or (words[2] in _WITH_DIRECTION and len(words) == 5))
    return words[0] in _ANNOUNCED or words[0] == "address-family"


def _list_of(words: Words) -> Words | None:
    """`ip prefix-list NAME` of a line of that list."""
    for kind in _LISTS:
        if words[: len(kind)] == kind:
            length = len(kind) + (2 if words[len(kind) : len(kind) + 1] in (("standard",), ("expanded",)) else 1)
            return words[:length]
    return None


def _numbered(words: Words) -> bool:
    name = _list_of(words)
    return name is not None and words[len(name) : len(name) + 1] == ("seq",) and len(words) > len(name) + 2


def _ordered(file: UserFile) -> dict[object, list[tuple[bool, Words]]]:
    """Lines whose order is their meaning: of lists without numbers, and those that undo or replace one another."""
    found: dict[object, list[tuple[bool, Words]]] = {}
    for command in file.commands:
        name = None if command.context.words else _list_of(command.words)
        if name is not None and not _numbered(command.words):
            found.setdefault(name, []).append((command.negated, command.words))
            continue
        place = (command.context.words, _family(command))
        key = (_slot(command) if not command.negated else None) or (*place, command.words)
        found.setdefault(key, []).append((command.negated, command.words))
    return {key: lines for key, lines in found.items() if _is_list(key) or len(set(lines)) > 1}


def _is_list(key: object) -> bool:
    return isinstance(key, tuple) and all(isinstance(word, str) for word in key)


def _slot(command: Command) -> tuple[object, ...] | None:
    """What another line of the same kind would set too; None where lines of a kind stand side by side."""
    words, where = command.words, (command.context.words, _family(command))
    name = _list_of(words)
    if name is not None and not command.context.words:
        return (*where, words[: len(name) + 2])
    if words[0] == "neighbor" and words[2:3] and words[2] in _WITH_DIRECTION:
        return (*where, words[:3], words[4:5])
    if words[0] == "neighbor":
        return (*where, words[:3])
    return (*where, words[:2]) if words[0] in _ANNOUNCED else None


def _overwrites(command: Command) -> bool:
    """Whether a new line takes the place of this one by itself; another has to go first."""
    return not command.context.words or (command.words[0] == "neighbor" and command.words[2:3] in _REPLACED)


def _entry(command: Command) -> Words | None:
    """The entry of a route-map that a line opens or stands in: `route-map NAME permit 10`."""
    for words in (command.context.words, () if command.context.words else command.words):
        if words[:1] == ("route-map",):
            return words
    return None


def _map(name: Words, after: UserFile) -> Iterator[str]:
    """An entry made anew: which of its lines take another's place differs from word to word."""
    inside = [c for c in after.commands if c.context.words == name]
    is_there = any(c.words == name and not c.context.words for c in after.commands)
    # Of an entry that is not there yet vtysh refuses the `no`: it is made first.
    yield from (" ".join(name), "exit", f"no {' '.join(name)}")
    if is_there:
        yield from (" ".join(name), *(f" {_text(c)}" for c in inside), "exit")


def _lists(found: Iterable[Command]) -> list[str]:
    return [_text(command) for command in found]


def _typed(found: Iterable[Command], no: str) -> list[str]:
    """Commands where they belong: their contexts are opened and left."""
    done: list[str] = []
    key = _opened
    for (words, family), group in groupby(sorted(found, key=lambda c: str(key(c))), key=key):
        typed = [f"{no}{_text(c)}" for c in group if c.words[0] != "address-family"]
        if not typed:
            continue
        inside = [f"address-family {family} unicast", *typed, "exit-address-family"] if family else typed
        done += [" ".join(words), *inside, "exit"] if words else inside
    return done


def _opened(command: Command) -> tuple[Words, str]:
    family = _family(command) if command.context.words[:2] == ("router", "bgp") else None
    return command.context.words, str(family or "")

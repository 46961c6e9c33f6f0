"""What an FRR file's policy towards a neighbor, or from it, does to a prefix: the line that denies it, if one does.

In FRR's order: distribute list, prefix list, filter list, route map. None is an answer: it passes, or that depends on
what the file does not say (a community that a route may carry, a route map that goes on elsewhere).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bgp.frr.userfile.lists import List, access_list, as_path_list, prefix_list
from bgp.frr.userfile.reader import Command, Network, UserFile
from bgp.session import Family

Direction = Literal["in", "out"]
POLICIES = ("distribute-list", "prefix-list", "filter-list", "route-map")
JUMPS = ("call", "continue", "on-match")


@dataclass(frozen=True)
class Blame:
    """A line and what is wrong there: `subject` stands there, `why` is the rest of the sentence, `next` the cure:
    lines to type, `; ` between them."""

    line: int
    subject: str
    why: str
    next: str | None = None

    def sentence(self, file: str) -> str:
        """`prefix-list ONPREM (ce2.conf:14) lacks it`."""
        return f"{self.subject} ({file}:{self.line}) {self.why}"


@dataclass(frozen=True)
class Asked:
    """One question: a prefix on its way to or from a neighbor. `path` is its AS path before the policy."""

    peer: str
    family: Family
    direction: Direction
    prefix: Network
    path: tuple[int, ...] = ()


def denied(file: UserFile, asked: Asked) -> Blame | None:
    """The line that keeps the prefix from passing."""
    statements = list(_statements(file, asked))
    if not statements:
        return _without_policy(file, asked)
    for statement in statements:
        kind, name = statement.words[2], statement.words[3]
        if kind == "route-map":
            found = _route_map(file, name, statement, asked)
        else:
            found = _listed(_list(file, kind, name, asked.family), statement, asked)
        if found is not None:
            return found
    return None


def _statements(file: UserFile, asked: Asked) -> Iterator[Command]:
    for kind in POLICIES:
        command = file.neighbor(asked.peer, kind, family=asked.family, way=asked.direction)
        if command is not None:
            yield command


def _without_policy(file: UserFile, asked: Asked) -> Blame | None:
    """FRR exchanges nothing with an external neighbor that has no policy, unless it is told to."""
    free = [command for command in file.of("bgp", "ebgp-requires-policy") if command.negated]
    neighbor = file.neighbor(asked.peer, "remote-as")
    if free or neighbor is None:
        return None
    verb = "sends" if asked.direction == "out" else "takes"
    why = f"has no policy {asked.direction}: FRR {verb} nothing without one"
    # Of what is there already nothing goes out, or comes in, before somebody asks for it again.
    cure = "no bgp ebgp-requires-policy; clear bgp * soft"
    return Blame(neighbor.line, f"neighbor {asked.peer}", why, cure)


def _list(file: UserFile, kind: str, name: str, family: Family) -> List:
    if kind == "filter-list":
        return as_path_list(file, name)
    return prefix_list(file, name, family) if kind == "prefix-list" else access_list(file, name, family)


def _listed(found: List, statement: Command, asked: Asked) -> Blame | None:
    """What a list that is applied directly denies."""
    if not found.known:
        return Blame(statement.line, f"{found.kind} {found.name}", "is not there, which denies everything")
    answer = found.of_path(asked.path) if found.kind == "as-path access-list" else found.of_prefix(asked.prefix)
    if answer.permits is not False:
        return None
    return _lacks(found, asked.prefix) if answer.entry is None else Blame(
        answer.entry.line, f"{found.kind} {found.name} seq {answer.entry.seq}", "denies it",
        found.command(asked.prefix, before=answer.entry),
    )


def _lacks(found: List, prefix: Network) -> Blame:
    return Blame(found.last_line, f"{found.kind} {found.name}", "lacks it", found.command(prefix))


@dataclass(frozen=True)
class Clause:
    """One `route-map NAME permit|deny SEQ` with its commands."""

    line: int
    permit: bool
    seq: int
    commands: tuple[Command, ...]

    def matches(self) -> tuple[Command, ...]:
        """What it asks for: of each kind of `match` one, the last."""
        found: dict[tuple[str, ...], Command] = {}
        for command in self.commands:
            if command.starts("match"):
                kind = _kind(command.words)
                found.pop(kind, None)
                if not command.negated:
                    found[kind] = command
        return tuple(found.values())


def _kind(words: tuple[str, ...]) -> tuple[str, ...]:
    """What of a `match` is its kind: `ip address`, `ip address prefix-list`, `as-path`."""
    if words[1:2] not in (("ip",), ("ipv6",)):
        return words[1:2]
    return words[1:4] if words[3:4] == ("prefix-list",) else words[1:3]


def _clauses(file: UserFile, name: str) -> list[Clause]:
    found: dict[int, Clause] = {}
    for command in file.of("route-map", name):
        if len(command.words) < 4 or not command.words[3].isdigit():
            continue
        seq = int(command.words[3])
        if command.negated:
            found.pop(seq, None)
            continue
        inside = file.inside(command.line)
        before = found[seq].commands if seq in found else ()
        found[seq] = Clause(command.line, command.words[2] == "permit", seq, (*before, *inside))
    return [found[seq] for seq in sorted(found)]


def _route_map(file: UserFile, name: str, statement: Command, asked: Asked) -> Blame | None:
    clauses = _clauses(file, name)
    if not clauses:
        return Blame(statement.line, f"route-map {name}", "is not there, which denies everything")
    for clause in clauses:
        matched = _matched(file, clause, asked)
        if matched is None:
            return None
        if matched and not clause.permit:
            return Blame(clause.line, f"route-map {name} deny {clause.seq}", "denies it")
        if matched:
            return None
    return _nothing_matched(file, name, clauses, asked)


def passes(file: UserFile, name: str, asked: Asked) -> bool | None:
    """Whether a route map permits the prefix; None where the file alone does not tell."""
    for clause in _clauses(file, name):
        matched = _matched(file, clause, asked)
        if matched is None:
            return None
        if matched:
            return clause.permit
    return False


def _matched(file: UserFile, clause: Clause, asked: Asked) -> bool | None:
    """Whether a clause takes the prefix; None where the file alone does not tell."""
    answers = [_match(file, command, asked) for command in clause.matches()]
    if False in answers:
        return False
    jumps = clause.permit and any(c.words[0] in JUMPS for c in clause.commands)
    return None if None in answers or jumps else True


def _match(file: UserFile, command: Command, asked: Asked) -> bool | None:
    found = _match_list(file, command)
    if found is None:
        return None
    if found.kind == "as-path access-list":
        return found.of_path(asked.path).permits if found.known else False
    # A list of the other family, and one that is not there, match nothing.
    return found.of_prefix(asked.prefix).permits if found.known and found.family == asked.family else False


def _match_list(file: UserFile, command: Command) -> List | None:
    """The list that a `match` asks, None for what else there is to match."""
    words = command.words
    family: Family = "ipv4" if words[1:2] == ("ip",) else "ipv6"
    if words[1:3] in (("ip", "address"), ("ipv6", "address")):
        if words[3:4] == ("prefix-list",) and len(words) == 5:
            return prefix_list(file, words[4], family)
        return access_list(file, words[3], family) if len(words) == 4 else None
    return as_path_list(file, words[2]) if words[1:2] == ("as-path",) and len(words) == 3 else None


def _nothing_matched(file: UserFile, name: str, clauses: list[Clause], asked: Asked) -> Blame:
    """The one list that would have to have it, where there is only one; else the end of the route map."""
    commands = [command for clause in clauses if clause.permit for command in clause.matches()]
    asks = [(command, _match_list(file, command)) for command in commands]
    lists = [(command, found) for command, found in asks if found is not None and found.family == asked.family]
    if len(asks) == 1 and len(lists) == 1 and lists[0][1].kind != "as-path access-list":
        command, found = lists[0]
        if not found.known:
            return Blame(command.line, f"{found.kind} {found.name}", "is not there, and matches nothing")
        answer = found.of_prefix(asked.prefix)
        if answer.entry is not None:
            return Blame(
                answer.entry.line, f"{found.kind} {found.name} seq {answer.entry.seq}", "denies it",
                found.command(asked.prefix, before=answer.entry),
            )
        return _lacks(found, asked.prefix)
    return Blame(clauses[-1].line, f"route-map {name}", "has no clause that permits it")

"""A running configuration as FRR prints it, as values; and what to type to make one of another.

This is for configurations that nobody holds as values: a router that somebody typed at, put back as it was. It does not
know what lines mean. A line that replaces another (`neighbor X remote-as`) is typed first and what it has replaced is
then gone; so a caller types, reads again, and types what still differs, until nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Line = tuple[str, ...]
"""A line below the lines of its contexts: `("router bgp 65010", "address-family ipv4 unicast", "network …")`."""

_ENDS = ("exit", "exit-address-family", "exit-vrf", "exit-vnc", "end")
_NOISE = ("Building configuration", "Current configuration", "frr version", "frr defaults", "hostname", "username")
_POLICY = ("route-map", "ip prefix-list", "ipv6 prefix-list", "bgp community-list", "bgp as-path", "bgp large-")


def lines(text: str) -> tuple[Line, ...]:
    """The lines of a `show running-config`, each with its contexts, in their order."""
    found: dict[Line, None] = {}
    context: list[tuple[int, str]] = []
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("!") or line in _ENDS or line.startswith(_NOISE):
            continue
        depth = len(raw) - len(raw.lstrip())
        while context and context[-1][0] >= depth:
            context.pop()
        context.append((depth, line))
        found[tuple(word for _, word in context)] = None
    return tuple(found)


def typed(have: Iterable[Line], want: Iterable[Line]) -> tuple[Line, ...]:
    """What to type, one run of lines from the configuration's root each, to make `want` of `have`; empty when they are
    the same. Whole contexts go first, then what lacks comes, in the order of `want`, then single lines go."""
    having, wanted = tuple(have), tuple(want)
    surplus, lacking = set(having) - set(wanted), set(wanted) - set(having)
    opened = {line[:-1] for line in having}
    contexts = [line for line in having if line in surplus and line in opened and line[:-1] not in surplus]
    leaves = [line for line in having if line in surplus and line not in opened and line[:-1] not in surplus]
    replacing = {_subject(line) for line in lacking}
    return (
        *(_without(line) for line in contexts),
        *(line for line in wanted if line in lacking),
        *(_without(line) for line in reversed(leaves) if _subject(line) not in replacing),
    )


def policy(runs: Iterable[Line]) -> bool:
    """Whether lines change policy, which takes effect by `clear … soft` alone where the delay timer is off."""
    return any(word.removeprefix("no ").startswith(_POLICY) for run in runs for word in run[:1])


def _subject(line: Line) -> Line:
    """What a line is about, without its value: three words of a neighbor's line, two of another."""
    words = line[-1].split()
    return *line[:-1], " ".join(words[: 3 if words[0] == "neighbor" else 2])


def _without(line: Line) -> Line:
    last = line[-1]
    return *line[:-1], last.removeprefix("no ") if last.startswith("no ") else f"no {last}"


def unwatched(found: Iterable[Line]) -> Iterator[Line]:
    """Without the lines that take BFD into BGP: where a watcher has them they come and go with BFD itself."""
    for line in found:
        words = line[-1].split()
        if not (words[0] == "neighbor" and len(words) > 2 and words[2] == "bfd"):
            yield line

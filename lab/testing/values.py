"""What a lab answers, as values. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from bgp.session import ESTABLISHED

Side = Literal["from-ce", "to-ce"]
Identity = tuple[str, str, str, str]
"""A session by circuit, peering, path and family."""


class Prefixes(Set[str]):
    """Prefixes as text (`10.10.0.0/16`), equal to any set that has the same, however each is written.

    `as_paths` has the AS path of each as the MSEE has it; `side` says whether they come from the CE or go to it, and
    `session` which session carries them: a failed comparison explains itself by these.
    """

    def __init__(
        self,
        prefixes: Iterable[str] = (),
        as_paths: Mapping[str, tuple[int, ...]] | None = None,
        side: Side = "from-ce",
        session: Identity = ("", "", "", ""),
    ) -> None:
        self._prefixes = frozenset(map(str, canonical(prefixes)))
        self.as_paths = dict(as_paths or {})
        self.side, self.session = side, session

    def __iter__(self) -> Iterator[str]:
        return iter(ordered(self._prefixes))

    def __len__(self) -> int:
        return len(self._prefixes)

    def __contains__(self, prefix: object) -> bool:
        return _written(prefix) in self._prefixes

    def __eq__(self, other: object) -> bool:
        return canonical(other) == self._prefixes if isinstance(other, Set) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._prefixes)

    def __repr__(self) -> str:
        return f"{{{', '.join(map(repr, self))}}}" if self else "no prefixes"


def canonical(prefixes: Iterable[object]) -> frozenset[object]:
    """The same prefixes, each written as FRR writes it; what is no prefix stays as it is."""
    return frozenset(map(_written, prefixes))


def _written(prefix: object) -> object:
    try:
        return str(ip_network(str(prefix)))
    except ValueError:
        return prefix


def ordered(prefixes: Iterable[object]) -> list[str]:
    """IPv4 first, then by number; what is no prefix last."""
    return sorted(map(str, prefixes), key=_key)


def _key(prefix: str) -> tuple[int, int, int, str]:
    try:
        network = ip_network(prefix)
    except ValueError:
        return 9, 0, 0, prefix
    return network.version, int(network.network_address), network.prefixlen, prefix


@dataclass(frozen=True)
class Session:
    """A BGP session as its MSEE sees it at one moment.

    `state` is FRR's word (`Established`, `Connect`, `Idle (Admin)`, …), `uptime` in seconds or None while it is down,
    `losses` how often it has been lost so far. `md5` is `yes`, `-` (no key) or `bad` (refused); `bfd` is `up`, `down`
    or `-` (the CE has not armed it). `from_ce` are the prefixes accepted, `to_ce` those advertised; none while it is
    down.
    """

    circuit: str
    peering: str
    path: str
    family: str
    ce: str
    ce_address: str
    msee: str
    msee_address: str
    state: str
    uptime: float | None
    losses: int
    md5: str
    bfd: str
    last_error: str | None
    from_ce: Prefixes
    to_ce: Prefixes

    @property
    def established(self) -> bool:
        return self.state == ESTABLISHED

    def __str__(self) -> str:
        return f"{self.peering} {self.path} {self.family}"


@dataclass(frozen=True)
class Ping:
    """Echoes to one target: `sent`, `lost`, and the round trip of each that was answered, in seconds."""

    node: str
    target: str
    sent: int
    round_trips: tuple[float, ...]
    reason: str = ""

    @property
    def lost(self) -> int:
        return self.sent - len(self.round_trips)

    @property
    def rtt(self) -> float | None:
        """The mean round trip in seconds; None when nothing was answered."""
        return sum(self.round_trips) / len(self.round_trips) if self.round_trips else None

    def __repr__(self) -> str:
        took = f", {1000 * self.rtt:.1f} ms" if self.rtt is not None else ""
        why = f", {self.reason}" if self.reason and self.lost else ""
        return f"<ping {self.node} → {self.target}: {self.sent} sent, {self.lost} lost{took}{why}>"


@dataclass(frozen=True)
class Output:
    """A command that has ended in a node: its exit code and what it wrote, keys masked."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    def __str__(self) -> str:
        return self.out


@dataclass(frozen=True)
class Planned:
    """What an apply would change, one line a change, and the sessions that would reset, end and begin."""

    changes: tuple[str, ...]
    resets: tuple[str, ...]
    ends: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied(Planned):
    """What an apply has changed. `missing` says what is not as the new files want it; `moved` are sessions that went
    down although the plan did not say so."""

    missing: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Reset:
    """What a reset had to put back, one line a thing; nothing where the lab was as it had been."""

    put_back: tuple[str, ...]
    seconds: float

"""A way through the lab as values: hops, the sessions that are crossed, and whether it ends where it should. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from lab.circuit.models import Session

Place = tuple[str, str]
"""(node, routing domain); the node's own domain is empty."""


@dataclass(frozen=True)
class Next:
    """One of a hop's equal next hops: its address (None: the target is on the link), where that is, and the session
    over whose link it leads, where it does."""

    gateway: str | None
    device: str
    place: Place | None
    session: Session | None = None


@dataclass(frozen=True)
class Hop:
    """A router on the way, and the route that decides there. `kind` is `local` where the target is the router's own,
    `blackhole`, `unreachable`, `prohibit` or `none` where the way ends."""

    place: Place
    kind: str
    prefix: str = ""
    protocol: str = ""
    nexts: tuple[Next, ...] = ()


@dataclass(frozen=True)
class Way:
    """Every hop that equal routes may lead to, in the order in which they are reached."""

    target: str
    hops: tuple[Hop, ...]

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Those whose links carry it."""
        found = (step.session for hop in self.hops for step in hop.nexts)
        return tuple(dict.fromkeys(session for session in found if session is not None))

    @property
    def arrives(self) -> bool:
        """Whether every branch ends at the target."""
        ends = [hop for hop in self.hops if not hop.nexts]
        known = all(step.place is not None for hop in self.hops for step in hop.nexts)
        return known and bool(ends) and all(hop.kind == "local" for hop in ends)


@dataclass(frozen=True)
class Trace:
    """A flow from a CE's `source` to `target`: there, and back."""

    ce: str
    source: str
    target: str
    there: Way
    back: Way

    @property
    def paths(self) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
        """(circuit, path) of the sessions there and back."""
        there, back = (frozenset((s.circuit, s.path) for s in way.sessions) for way in (self.there, self.back))
        return there, back

    @property
    def symmetric(self) -> bool:
        """Whether the way back may use the same paths as the way there, and no other."""
        there, back = self.paths
        return there == back

    @property
    def apart(self) -> bool:
        """Whether there and back have no path in common: a firewall on one sees half of every connection."""
        there, back = self.paths
        return bool(there) and bool(back) and not there & back


def named(paths: frozenset[tuple[str, str]]) -> str:
    """`primary`, or with the circuits where there are several: `er-a primary and er-b primary`."""
    circuits = {circuit for circuit, _ in paths}
    words = (f"{circuit} {path}" if len(circuits) > 1 else path for circuit, path in sorted(paths))
    return " and ".join(words) or "no session"

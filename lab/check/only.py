"""Which checks are wanted: by id, kind, or a pattern of ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lab.errors import Impossible, meant


@dataclass(frozen=True)
class Only:
    """Everything without `patterns`, else what one of them is the id or the kind of, or matches as `*/primary/*`."""

    patterns: tuple[str, ...] = ()

    def wants(self, id_: str, kind: str) -> bool:
        return not self.patterns or any(pattern == kind or fnmatchcase(id_, pattern) for pattern in self.patterns)

    def refuse_unknown(self, known: Sequence[tuple[str, str]]) -> None:
        """Raises Impossible where a pattern means none of `known`, (id, kind) pairs."""
        for pattern in self.patterns:
            if not any(Only((pattern,)).wants(*pair) for pair in known):
                raise Impossible(f"no check is called {pattern}{_meant(pattern, known)}", next="mseelab check --list")


def _meant(pattern: str, known: Iterable[tuple[str, str]]) -> str:
    words = {word for pair in known for word in pair}
    close = meant(pattern, sorted(words))
    return f"; did you mean {close}?" if close else ""

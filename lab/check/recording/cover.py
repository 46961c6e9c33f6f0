"""Few selectors for many alike: how a person would say "these sessions". Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, TypeVar

Facts = TypeVar("Facts")
Selector = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Subject(Generic[Facts]):
    """Something that a check can select by `keys` (`path`: `primary`), and what is to be said of it.

    Without facts it only has to be left out.
    """

    keys: Mapping[str, str]
    facts: Facts | None


def covered(subjects: Sequence[Subject[Facts]]) -> list[tuple[Selector, Facts]]:
    """Selectors with what holds for all that each selects; together they select every subject with facts.

    The widest first choice wins, then the one with the fewest keys, in the order in which subjects name them.
    """
    chosen: dict[Selector, set[int]] = {}
    for number, subject in enumerate(subjects):
        for selector in _selectors(subject.keys):
            chosen.setdefault(selector, set()).add(number)
    said: set[int] = set()
    found: list[tuple[Selector, Facts]] = []
    for number, subject in enumerate(subjects):
        if subject.facts is None or number in said:
            continue
        fitting = [s for s in _selectors(subject.keys) if all(subjects[n].facts == subject.facts for n in chosen[s])]
        best = max(fitting, key=lambda s: (len(chosen[s] - said), -len(s)), default=None)
        if best is None:
            best = _selectors(subject.keys)[-1]
        said |= chosen[best]
        found.append((best, subject.facts))
    return found


def _selectors(keys: Mapping[str, str]) -> list[Selector]:
    """Every choice of keys, the shortest first."""
    items = tuple(keys.items())
    return [choice for length in range(len(items) + 1) for choice in combinations(items, length)]

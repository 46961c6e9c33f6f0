"""The only place where anything waits: look first, then sleep, and say what was seen last."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
LONGEST = 0.1
GROWTH = 1.3


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """`ok` is whether it came true within the deadline, `last` what the last look returned, `elapsed` in seconds."""

    label: str
    elapsed: float
    last: T
    ok: bool


def wait(
    predicate: Callable[[], T],
    *,
    deadline: float,
    label: str,
    every: float = 0.01,
    longest: float = LONGEST,
    until: Callable[[T], bool] = bool,
    told: Callable[[T], None] | None = None,
    hopeless: Callable[[T], bool] | None = None,
) -> Outcome[T]:
    """Calls `predicate` until `until` of its result holds, or `deadline` seconds have passed.

    The first look comes before any sleep, and one more after the deadline, so that a slow machine is judged by what is
    and not by when it was asked. Sleeps grow from `every` to `longest` seconds. `told` hears every result that was not
    enough yet; where `hopeless` says so of one the rest of the time is not waited for.
    """
    start = time.monotonic()
    pause = every
    while True:
        late = time.monotonic() - start >= deadline
        last = predicate()
        if until(last):
            return Outcome(label, time.monotonic() - start, last, True)
        if told is not None:
            told(last)
        if not late and hopeless is not None and hopeless(last):
            return Outcome(label, time.monotonic() - start, last, False)
        left = deadline - (time.monotonic() - start)
        if late:
            return Outcome(label, time.monotonic() - start, last, False)
        select.select((), (), (), max(0.0, min(pause, left)))
        pause = min(pause * GROWTH, longest)


def pass_time(seconds: float) -> float:
    """Lets `seconds` pass, for an observation that is a difference over time. Returns what really passed."""
    start = time.monotonic()
    return wait(lambda: time.monotonic() - start >= seconds, deadline=seconds, label="time", every=seconds).elapsed

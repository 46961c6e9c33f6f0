"""Amounts as people write them: `1s`, `300ms`, `0.5%`, `1..4`, `<= 30`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.asked.shapes import NotAllowed, Scalar, Shape

_NUMBER = r"[0-9]+(\.[0-9]+)?"
_DURATION = rf"^({_NUMBER})(ms|s|m)$"
_SHARE = rf"^({_NUMBER})%$"
_RANGE = r"^(([0-9]+)\.\.([0-9]+)|(<=|>=|<|>) *([0-9]+)|([0-9]+))$"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
MOST_SECONDS = 3600.0
RANGE_ALLOWED = 'a number, 1..4, "<= 30", ">= 2"'
DURATION_ALLOWED = "a time such as 1s or 300ms"


@dataclass(frozen=True)
class Range:
    """Whole numbers from `low` to `high`, both included; without `high` there is no upper end."""

    low: int
    high: int | None

    def holds(self, number: float) -> bool:
        return self.low <= number and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        return self.of("")

    def of(self, unit: str) -> str:
        """In words: `30 s or less`."""
        unit = f" {unit}" if unit else ""
        if self.high is None:
            return f"{self.low}{unit} or more"
        if self.low == self.high:
            return f"{self.low}{unit}"
        return f"{self.high}{unit} or less" if self.low == 0 else f"{self.low} to {self.high}{unit}"


@dataclass(frozen=True)
class Budget:
    """What may be lost: `packets`, or `seconds` of them all together."""

    packets: int | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        if self.packets is not None:
            return f"{self.packets} packet{'' if self.packets == 1 else 's'}"
        return seconds_text(self.seconds or 0.0)


def seconds_text(seconds: float) -> str:
    """`300 ms` below a second, else `1.2 s`."""
    if 0 < seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f}".removesuffix(".0") + " s"


def measured(seconds: float) -> str:
    """A time that was measured: `0.8 s`, and `1.04 s` where the hundredth may decide."""
    return f"{seconds:.1f} s" if seconds < 0.95 else f"{seconds:.2f} s"


def read_range(found: str | int) -> Range:
    match = re.match(_RANGE, str(found).strip())
    if match is None:
        raise NotAllowed(RANGE_ALLOWED)
    first, last, sign, bound, alone = match.group(2, 3, 4, 5, 6)
    if alone is not None:
        return Range(int(alone), int(alone))
    if sign is None:
        if int(first) > int(last):
            raise NotAllowed(RANGE_ALLOWED, hint=f"the smaller one first: {last}..{first}")
        return Range(int(first), int(last))
    number = int(bound)
    if sign == "<" and number == 0:
        raise NotAllowed(RANGE_ALLOWED, hint="nothing is less than 0")
    return {
        "<=": Range(0, number), "<": Range(0, number - 1), ">=": Range(number, None), ">": Range(number + 1, None)
    }[sign]


def read_seconds(found: str) -> float:
    match = re.match(_DURATION, found)
    seconds = float(match.group(1)) * _UNITS[match.group(3)] if match else 0.0
    if match is None:
        raise NotAllowed(DURATION_ALLOWED)
    if not 0 < seconds <= MOST_SECONDS:
        raise NotAllowed("a time above 0, an hour at most")
    return seconds


def read_share(found: str) -> float:
    """A share as a fraction."""
    match = re.match(_SHARE, found)
    if match is None or float(match.group(1)) >= 100:
        raise NotAllowed("a share below 100%, such as 0.5%")
    return float(match.group(1)) / 100


def read_budget(found: str | int) -> Budget:
    if isinstance(found, int):
        if found < 0:
            raise NotAllowed("a number of packets, or a time such as 300ms")
        return Budget(packets=found)
    return Budget(seconds=read_seconds(found))


def bounded(low: int, high: int) -> Callable[[int], int]:
    """Reads a whole number from `low` to `high`."""

    def read(found: int) -> int:
        if not low <= found <= high:
            raise NotAllowed(f"{low}-{high}")
        return found

    return read


_AMOUNT = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _RANGE}]}
RANGE = Shape(Scalar(read_range, (int, str), RANGE_ALLOWED, _AMOUNT))
DURATION = Shape(Scalar(read_seconds, (str,), DURATION_ALLOWED, {"type": "string", "pattern": _DURATION}))
SHARE = Shape(Scalar(read_share, (str,), "a share such as 0.5%", {"type": "string", "pattern": _SHARE}))
BUDGET = Shape(
    Scalar(
        read_budget, (int, str), "a number of packets, or a time such as 300ms",
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _DURATION}]},
    )
)

"""`converge`: something happens on purpose, and how long until everybody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.asked.amounts import DURATION, seconds_text
from lab.asked.base import SELECTORS, Kind, Problem, Selection, prefixed
from lab.asked.shapes import Key
from lab.asked.words import PREFIX, choice
from lab.circuit.models import Network

EVENTS = ("clear", "withdraw", "announce")


@dataclass(frozen=True, kw_only=True)
class Converge(Selection):
    """`clear` ends sessions, `withdraw` and `announce` are a CE's, of `prefix` (None: its first); within `within`
    seconds the lab is as the event asks, at both MSEEs and at the gateways."""

    event: str = "clear"
    within: float = 1.0
    prefix: Network | None = None


def _problems(value: Converge) -> Iterator[Problem]:
    if value.prefix is not None and value.event == "clear":
        yield Problem("prefix", "ER926", "goes with withdraw and announce, not with clear")


def _asks(value: Converge) -> str:
    prefix = f" {value.prefix}" if value.prefix else ""
    return prefixed(f"{value.event}{prefix}: everybody knows within {seconds_text(value.within)}", value)


KIND = Kind(
    "converge",
    "an event, and how soon everybody knows",
    (
        Key("event", choice(*EVENTS), "`clear`: the sessions start anew; `withdraw`, `announce`: of a CE's prefix",
            required=True),
        Key("within", DURATION, "until MSEEs and gateways have, or no longer have, what the event is about",
            required=True),
        Key("prefix", PREFIX, "the prefix; the first that the CE announces where left out"),
        *SELECTORS,
    ),
    Converge,
    _asks,
    _problems,
)

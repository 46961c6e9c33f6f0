"""`failover`: one path fails, and how long nothing gets through."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.asked.amounts import BUDGET, DURATION, Budget, seconds_text
from lab.asked.base import CIRCUIT, FAMILY, PATH, PEERING, Kind, Selection, prefixed, sentence
from lab.asked.shapes import Key
from lab.asked.words import NAME, choice

SILENT_DROP = "silent-drop"


@dataclass(frozen=True, kw_only=True)
class Failover(Selection):
    """`fault` on `path`, at `side`: until `within` seconds later everything has to get through again, over the other
    path. `loss` is what may be lost altogether, `back` the seconds until all is as before once the fault is lifted."""

    fault: str = SILENT_DROP
    side: str | None = None
    within: float = 1.0
    loss: Budget | None = None
    back: float | None = None


def _asks(value: Failover) -> str:
    loss = f"{value.loss} lost at most" if value.loss else ""
    back = f"back {seconds_text(value.back)} after it ends" if value.back else ""
    what = f"{value.fault} on {value.path}: carried again within {seconds_text(value.within)}"
    return prefixed(sentence(what, loss, back), replace(value, path=None))


KIND = Kind(
    "failover",
    "a path fails, the other one carries",
    (
        replace(PATH, required=True, about="the path that fails"),
        Key("fault", NAME, "what happens to it, `silent-drop` where left out; docs/checks.md names the others"),
        Key("side", choice("ce", "msee"), "at which end; where the fault can be at both, the CE's"),
        Key("within", DURATION, "how long nothing may get through", required=True),
        Key("loss", BUDGET, "how much one flow may lose until all is as before: packets (100 a second) or time"),
        Key("back", DURATION, "how soon the path is back once the fault has gone"),
        CIRCUIT, PEERING, FAMILY,
    ),
    Failover,
    _asks,
)

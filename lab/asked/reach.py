"""`reach`: whether packets get through, how many are lost, how large they may be."""

from __future__ import annotations

from dataclasses import dataclass

from lab.asked.amounts import SHARE, bounded
from lab.asked.base import CIRCUIT, FAMILY, PATH, PEERING, Kind, Selection, prefixed, sentence
from lab.asked.shapes import Key, Scalar, Shape
from lab.asked.words import PLACE, YES_NO

LEAST_MTU, MOST_MTU = 68, 65535


@dataclass(frozen=True, kw_only=True)
class Reach(Selection):
    """From a CE or an address of one (None: every CE) to a VNet or an address (None: all there are), over each path.

    `symmetric`: whether answers come back over the paths that packets go by. `loss` is the most that may be lost, as a
    fraction; `mtu` the size in bytes of an IP packet that has to get through whole.
    """

    from_: str | None = None
    to: str | None = None
    loss: float | None = None
    mtu: int | None = None
    symmetric: bool | None = None


def _asks(value: Reach) -> str:
    loss = "" if value.loss is None else f"{value.loss * 100:g}% lost at most"
    ways = {None: "", True: "the same paths there and back", False: "other paths back than there"}[value.symmetric]
    ends = f"{value.from_ or 'every CE'} reaches {value.to or 'everything behind the circuit'}"
    return prefixed(sentence(ends, loss, f"MTU {value.mtu}" if value.mtu else "", ways), value)


_MTU = Scalar(
    bounded(LEAST_MTU, MOST_MTU), (int,), "a number of bytes",
    {"type": "integer", "minimum": LEAST_MTU, "maximum": MOST_MTU},
)
KIND = Kind(
    "reach",
    "whether packets get through",
    (
        Key("from", PLACE, "a CE, or an address of one; every CE where left out"),
        Key("to", PLACE, "a VNet, `MicrosoftPeering` or an address; all there are where left out"),
        CIRCUIT, PEERING, PATH, FAMILY,
        Key("loss", SHARE, "how many of at least 100 packets may be lost"),
        Key("mtu", Shape(_MTU), "an IP packet of so many bytes gets through in one piece"),
        Key("symmetric", YES_NO, "true: the same paths there and back; false: others"),
    ),
    Reach,
    _asks,
)

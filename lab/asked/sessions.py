"""`sessions`: the state of BGP sessions, their hold time, MD5 and BFD."""

from __future__ import annotations

from dataclasses import dataclass

from bgp.session import STATES
from lab.asked.amounts import RANGE, Range
from lab.asked.base import SELECTORS, Kind, Selection, prefixed, sentence
from lab.asked.shapes import Key
from lab.asked.words import YES_NO, choice

DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Sessions(Selection):
    """`state` is Established, `down` (anything else) or one of BGP's own words. `hold_time` is the negotiated one in
    seconds; `bfd` as `status` shows it, `none` where the CE has not armed it."""

    state: str = "Established"
    hold_time: Range | None = None
    md5: bool | None = None
    bfd: str | None = None


def _asks(value: Sessions) -> str:
    hold = f"hold time {value.hold_time.of('s')}" if value.hold_time else ""
    md5 = "" if value.md5 is None else "MD5" if value.md5 else "no MD5"
    return prefixed(sentence(value.state, hold, md5, f"BFD {value.bfd}" if value.bfd else ""), value)


KIND = Kind(
    "sessions",
    "the state of sessions",
    (
        *SELECTORS,
        Key("state", choice("Established", DOWN, *(s for s in STATES if s != "Established")),
            "Established where left out; `down`: not Established"),
        Key("holdTime", RANGE, "the negotiated hold time, in seconds"),
        Key("md5", YES_NO, "true: signed, with the key on the listener and on the connection; false: no key"),
        Key("bfd", choice("up", DOWN, "none"), "`none`: the CE has not armed it"),
    ),
    Sessions,
    _asks,
)

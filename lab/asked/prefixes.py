"""`prefixes`: what is sent on sessions, at either end of them, and with which attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.asked.amounts import RANGE, Range
from lab.asked.base import SELECTORS, Kind, Problem, Selection, prefixed, sentence
from lab.asked.shapes import Key
from lab.asked.words import (
    ADDRESS,
    AS_PATH,
    COMMUNITIES,
    NAME,
    PATTERNS,
    PREFIXES,
    YES_NO,
    AsPath,
    Communities,
    Pattern,
    choice,
)
from lab.circuit.models import FAMILIES, Family, Network, family_of

SIDES = ("ce", "gateway", "msee")
SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Prefixes(Selection):
    """Exactly one of `from_` and `to` is set. `ce` and `gateway` are looked at on the MSEE, `msee` on the CE.

    `vnet` narrows gateways. Attributes hold for the prefixes that `exactly` or `contains` name, else for all there are.
    `count` counts the prefixes of each session, or of all gateways of a VNet.
    """

    from_: str | None = None
    to: str | None = None
    vnet: str | None = None
    exactly: tuple[Network, ...] | None = None
    contains: tuple[Network, ...] | None = None
    absent: tuple[Pattern, ...] | None = None
    count: Range | None = None
    as_path: AsPath | None = None
    as_path_length: Range | None = None
    communities: Communities | None = None
    next_hop: str | None = None
    best: bool | None = None

    @property
    def side(self) -> str:
        return self.from_ or self.to or ""

    @property
    def direction(self) -> str:
        return f"from {self.from_}" if self.from_ else f"to {self.to}"

    @property
    def negative(self) -> bool:
        """Whether something must not be there, which is true too early as well."""
        bounded = self.count is not None and self.count.high is not None
        return self.exactly is not None or self.absent is not None or bounded

    @property
    def attributes(self) -> bool:
        wanted = (self.as_path, self.as_path_length, self.communities, self.next_hop, self.best)
        return any(attribute is not None for attribute in wanted)

    @property
    def names_something(self) -> bool:
        return bool(self._named)

    @property
    def _named(self) -> set[Family]:
        networks = [*(self.exactly or ()), *(self.contains or ()), *(p.prefix for p in self.absent or ())]
        hop: list[Family] = [] if self.next_hop is None else ["ipv6" if ":" in self.next_hop else "ipv4"]
        return {*map(family_of, networks), *hop}

    @property
    def families(self) -> tuple[Family, ...]:
        """The families it is about: of what it names; both when it names nothing."""
        return tuple(f for f in FAMILIES if not self._named or f in self._named)


def _problems(value: Prefixes) -> Iterator[Problem]:
    if (value.from_ is None) == (value.to is None):
        yield Problem("from", "ER925", "needs one of from and to")
    if value.vnet is not None and value.side and value.side != "gateway":
        yield Problem("vnet", "ER925", f"goes with from: gateway or to: gateway, not with {value.direction}")
    asked = (value.exactly, value.contains, value.absent, value.count)
    if all(part is None for part in asked) and not value.attributes:
        yield Problem("prefixes", "ER925", "asks for nothing", "one of exactly, contains, absent, count, asPath, …")
    if value.exactly is not None and value.contains is not None:
        yield Problem("contains", "ER925", "exactly says it already")
    if value.exactly is not None and value.absent is not None:
        yield Problem("absent", "ER925", "exactly says it already")
    named = value.exactly if value.exactly is not None else value.contains
    if value.attributes and value.absent is not None and named is None:
        yield Problem("absent", "ER925", "attributes of what is absent", "make two checks of it")
    if value.contains is not None and not value.contains:
        yield Problem("contains", "ER925", "an empty list asks for nothing", "exactly: [] means none at all")
    if value.absent is not None and not value.absent:
        yield Problem("absent", "ER925", "an empty list asks for nothing")
    for prefix in value.contains or ():
        if any(pattern.matches(prefix) for pattern in value.absent or ()):
            yield Problem("contains", "ER925", f"{prefix} is in absent, too")
    foreign = [f for f in value.families if value.family not in (None, f)]
    if foreign and value.names_something:
        yield Problem("family", "ER925", f"is {value.family}, and it names {foreign[0]}, too")


def _asks(value: Prefixes) -> str:
    parts = [
        f"exactly {_some(value.exactly)}" if value.exactly is not None else "",
        f"contains {_some(value.contains)}" if value.contains else "",
        f"{_some(value.absent)} absent" if value.absent else "",
        f"count {value.count}" if value.count else "",
        f"AS path {value.as_path}" if value.as_path else "",
        f"AS path length {value.as_path_length}" if value.as_path_length else "",
        f"communities {value.communities}" if value.communities else "",
        f"next hop {value.next_hop}" if value.next_hop else "",
        "" if value.best is None else "best" if value.best else "not best",
    ]
    return prefixed(f"{value.direction}: {sentence(*parts)}", value)


def _some(items: tuple[Network, ...] | tuple[Pattern, ...]) -> str:
    if not items:
        return "none"
    more = f" … ({len(items):,} in all)" if len(items) > SHOWN else ""
    return f"{', '.join(map(str, items[:SHOWN]))}{more}"


KIND = Kind(
    "prefixes",
    "what is sent on sessions",
    (
        Key("from", choice(*SIDES), "accepted from the CE or the gateways by the MSEE; from the MSEE by the CE"),
        Key("to", choice(*SIDES), "sent to the CE or the gateways by the MSEE; to the MSEE by the CE"),
        *SELECTORS,
        Key("vnet", NAME, "of this VNet's gateways only"),
        Key("exactly", PREFIXES, "these and no others, `{first: 10.64.0.0/24, count: 4000}` among them; `[]`: none"),
        Key("contains", PREFIXES, "these, beside others"),
        Key("absent", PATTERNS, 'none of these; `"10.0.0.0/8 ge 25"` is what is longer inside it'),
        Key("count", RANGE, "how many, on each session"),
        Key("asPath", AS_PATH, "exactly these AS numbers; a text is a regular expression"),
        Key("asPathLength", RANGE, "how many AS numbers the path has"),
        Key("communities", COMMUNITIES, "exactly these; or `{contains: […], absent: […]}`"),
        Key("nextHop", ADDRESS, "the next hop"),
        Key("best", YES_NO, "whether it is in use there"),
    ),
    Prefixes,
    _asks,
    _problems,
)

"""Names, addresses, prefixes and AS numbers in a check."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.asked.amounts import bounded
from lab.asked.shapes import Key, NotAllowed, Scalar, Shape
from lab.circuit.models import Network, PrefixRange, ip_network, within

_PREFIX = r"^[0-9a-fA-F.:]+/[0-9]+$"
_PATTERN = r"^[0-9a-fA-F.:]+/[0-9]+( ge [0-9]+)?( le [0-9]+)?$"
_COMMUNITY = r"^[0-9]{1,10}:[0-9]{1,10}(:[0-9]{1,10})?$"
_NAME = r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$"
_MOST_ASN = 4294967295
MOST_PREFIXES = 100_000
PREFIX_ALLOWED = "a prefix such as 10.10.0.0/16 or fd00:10::/48"
PATTERN_ALLOWED = 'a prefix, or "10.0.0.0/8 ge 25"'


@dataclass(frozen=True)
class Pattern:
    """A prefix-list's line: `prefix` itself, or what is in it with a length from `least` to `most`."""

    prefix: Network
    least: int
    most: int

    def matches(self, network: Network) -> bool:
        return self.least <= network.prefixlen <= self.most and within(network, self.prefix)

    def __str__(self) -> str:
        length = self.prefix.prefixlen
        if self.least == self.most == length:
            return str(self.prefix)
        lower = f" ge {self.least}" if self.least > length else ""
        upper = f" le {self.most}" if self.most < self.prefix.max_prefixlen or self.least == length else ""
        return f"{self.prefix}{lower}{upper}"


@dataclass(frozen=True)
class AsPath:
    """An AS path: exactly `numbers`, or whatever `regex` finds in it as text (`12076 65515`)."""

    numbers: tuple[int, ...] | None = None
    regex: str | None = None

    def holds(self, path: tuple[int, ...]) -> bool:
        if self.regex is not None:
            return re.search(self.regex, " ".join(map(str, path))) is not None
        return path == self.numbers

    def __str__(self) -> str:
        return f"/{self.regex}/" if self.regex is not None else " ".join(map(str, self.numbers or ())) or "empty"


@dataclass(frozen=True)
class Communities:
    """What a route carries: exactly these (any order), or all of `contains` and none of `absent`."""

    exactly: tuple[str, ...] | None = None
    contains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def holds(self, found: tuple[str, ...]) -> bool:
        if self.exactly is not None:
            return set(found) == set(self.exactly)
        return set(self.contains) <= set(found) and not set(self.absent) & set(found)

    def __str__(self) -> str:
        if self.exactly is not None:
            return " ".join(self.exactly) or "none"
        parts = [" ".join(self.contains)] if self.contains else []
        return "; ".join([*parts, *([f"without {' '.join(self.absent)}"] if self.absent else [])])


def read_prefix(found: str) -> Network:
    if not re.match(_PREFIX, found):
        raise NotAllowed(PREFIX_ALLOWED)
    try:
        return ip_network(found)
    except ValueError:
        try:
            meant = str(ip_network(found, strict=False))
        except ValueError:
            raise NotAllowed(PREFIX_ALLOWED) from None
        raise NotAllowed("a prefix without host bits", hint=f"the network is {meant}") from None


def flattened(found: tuple[Network | PrefixRange, ...]) -> tuple[Network, ...]:
    """Every prefix of a list that may have ranges in it. Raises NotAllowed for a range that leaves its family."""
    networks: list[Network] = []
    for item in found:
        if isinstance(item, PrefixRange):
            try:
                networks += item.networks()
            except ValueError:
                raise NotAllowed(f"as many as there are /{item.first.prefixlen} from {item.first} on") from None
        else:
            networks.append(item)
    return tuple(networks)


def read_pattern(found: str) -> Pattern:
    words = found.split()
    if not re.match(_PATTERN, found):
        raise NotAllowed(PATTERN_ALLOWED)
    prefix = read_prefix(words[0])
    bounds = {word: int(number) for word, number in zip(words[1::2], words[2::2], strict=True)}
    least = bounds.get("ge", prefix.prefixlen)
    most = bounds.get("le", prefix.max_prefixlen if "ge" in bounds else prefix.prefixlen)
    if not prefix.prefixlen <= least <= most <= prefix.max_prefixlen:
        raise NotAllowed(f"lengths {prefix.prefixlen}-{prefix.max_prefixlen}, ge not above le")
    return Pattern(prefix, least, most)


def read_address(found: str) -> str:
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        raise NotAllowed("an address such as 10.100.0.36 or fd00:100::24") from None


def read_name(found: str) -> str:
    if not re.match(_NAME, found):
        raise NotAllowed("a name: letters, digits, - _ and .")
    return found


def read_place(found: str) -> str:
    """A name, or an address in its canonical form."""
    if ":" in found or re.match(r"^[0-9.]+$", found):
        return read_address(found)
    return read_name(found)


def read_community(found: str) -> str:
    if not re.match(_COMMUNITY, found):
        raise NotAllowed('a community such as "12076:52002"')
    return found


def read_asn(found: int) -> int:
    if not 1 <= found <= _MOST_ASN:
        raise NotAllowed(f"1-{_MOST_ASN}")
    return found


def read_regex(found: str) -> AsPath:
    try:
        re.compile(found)
    except re.error as error:
        raise NotAllowed("a regular expression", hint=str(error)) from None
    return AsPath(regex=found)


def choice(*words: str) -> Shape:
    """One of `words`."""

    def read(found: str) -> str:
        if found not in words:
            raise NotAllowed(", ".join(words))
        return found

    return Shape(Scalar(read, (str,), ", ".join(words), {"enum": list(words)}), rule="ER913")


def _text(read: Callable[[str], object], allowed: str, pattern: str = "") -> Scalar:
    return Scalar(read, (str,), allowed, {"type": "string", **({"pattern": pattern} if pattern else {})})


def _as_is(found: bool) -> bool:
    return found


_COUNT = Scalar(bounded(1, MOST_PREFIXES), (int,), f"1-{MOST_PREFIXES}",
                {"type": "integer", "minimum": 1, "maximum": MOST_PREFIXES})
_COMMUNITIES = Shape(_text(read_community, 'communities such as "12076:52002"', _COMMUNITY))
YES_NO = Shape(Scalar(_as_is, (bool,), "true, false", {"type": "boolean"}))
TEXT = Shape(Scalar(str, (str,), "text", {"type": "string"}))
NAME = Shape(_text(read_name, "a name", _NAME))
PLACE = Shape(_text(read_place, "a name or an address"))
ADDRESS = Shape(_text(read_address, "an address"))
PREFIX = Shape(_text(read_prefix, "a prefix", _PREFIX))
PREFIXES = Shape(
    items=Shape(
        _text(read_prefix, "prefixes", _PREFIX),
        keys=(
            Key("first", PREFIX, "the first of consecutive prefixes", required=True),
            Key("count", Shape(_COUNT), "how many", required=True),
        ),
        build=PrefixRange,
    ),
    collect=flattened,
)
PATTERNS = Shape(items=Shape(_text(read_pattern, "prefixes", _PATTERN)))
COMMUNITIES = Shape(
    items=_COMMUNITIES,
    collect=Communities,
    keys=(
        Key("contains", Shape(items=_COMMUNITIES), "communities that a route carries, beside others"),
        Key("absent", Shape(items=_COMMUNITIES), "communities that it does not carry"),
    ),
    build=Communities,
)
AS_PATH = Shape(
    _text(read_regex, "a regular expression"),
    Shape(Scalar(read_asn, (int,), "AS numbers", {"type": "integer", "minimum": 1, "maximum": _MOST_ASN})),
    collect=AsPath,
)

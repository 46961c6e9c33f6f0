"""Who owns a prefix that a customer declares on Microsoft peering: decided from a routing registry, offline. Pure.

A registry is what `whois` prints of route objects (RPSL, RFC 2622 and RFC 4012): `route` or `route6`, `origin`,
`source`. Azure looks for the origin of each prefix in the registry that the peering names, and asks a person where the
registry cannot tell (expressroute-routing, ER303 and ER305).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from lab.circuit.models import MicrosoftConfig, Network, PublicPrefix, ValidationState, within
from lab.harmless import clip

NO_REGISTRY = "NONE"
# Names as `--routing-registry-name` takes them; the `source` that the objects of each carry.
SOURCES = {
    "AFRINIC": "AFRINIC",
    "ALTDB": "ALTDB",
    "APNIC": "APNIC",
    "ARIN": "ARIN",
    "LACNIC": "LACNIC",
    "LEVEL3": "LEVEL3",
    "RADB": "RADB",
    "RIPENCC": "RIPE",
}
REGISTRIES = (*SOURCES, NO_REGISTRY)
_PRIVATE_ASNS = (range(64512, 65535), range(4200000000, 4294967295))
# Reserved in 16 bits for documents, and refused in an AS path on Microsoft peering (expressroute-routing).
DOCUMENTATION_ASNS = range(64496, 64512)


@dataclass(frozen=True)
class RouteObject:
    """That AS `origin` may originate `network`, as the registry `source` says (`RIPE`, `ARIN`, …)."""

    network: Network
    origin: int
    source: str


@dataclass(frozen=True)
class Registry:
    """Route objects of all registries that the lab knows."""

    objects: tuple[RouteObject, ...] = ()
    _by_source: dict[str, list[RouteObject]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.objects:
            self._by_source.setdefault(item.source, []).append(item)

    def origins(self, network: Network, registry: str) -> frozenset[int]:
        """The ASes of the nearest objects that hold `network` in `registry`; empty where it knows none."""
        source = SOURCES.get(registry.upper())
        holding = [item for item in self._by_source.get(source or "", ()) if within(network, item.network)]
        longest = max((item.network.prefixlen for item in holding), default=0)
        return frozenset(item.origin for item in holding if item.network.prefixlen == longest)


def is_private(asn: int) -> bool:
    """Whether `asn` is one of RFC 6996, which stand in no registry and are taken out of AS paths."""
    return any(asn in private for private in _PRIVATE_ASNS)


def validate_prefixes(config: MicrosoftConfig, peer_asn: int, registry: Registry) -> MicrosoftConfig:
    """`config` with the validation of each prefix decided anew; states that it had are forgotten.

    The owner is `customer_asn`, else `peer_asn`. Configured where the registry that the peering names has it as the
    origin, AsnValidationFailed where another AS is, ManualValidationNeeded where nothing is known, no registry is named
    or the owner is a private AS.
    """
    owner = config.customer_asn or peer_asn
    prefixes = (replace(p, state=_state(p, owner, config.registry, registry)) for p in config.prefixes)
    return replace(config, prefixes=tuple(prefixes))


def _state(prefix: PublicPrefix, owner: int, name: str, registry: Registry) -> ValidationState:
    if is_private(owner):
        return "ManualValidationNeeded"
    origins = registry.origins(prefix.network, name)
    if not origins:
        return "ManualValidationNeeded"
    return "Configured" if owner in origins else "AsnValidationFailed"


def parse_registry(text: str) -> tuple[list[RouteObject], list[tuple[int, str]]]:
    """The route objects of RPSL `text`, and its mistakes as (line, sentence). Other classes of object are passed over.

    Comments (`%`, `#`) and attributes that say nothing about the origin are skipped; objects end at an empty line.
    """
    objects: list[RouteObject] = []
    mistakes: list[tuple[int, str]] = []
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if line.strip():
            name, colon, value = line.partition(":")
            if colon and line[0] not in "%# \t+":
                found.setdefault(name.strip().lower(), (number, value.partition("#")[0].strip()))
            continue
        if "route" in found or "route6" in found:
            item = _object(found, mistakes)
            objects += [item] if item else []
        found = {}
    return objects, mistakes


def _object(found: dict[str, tuple[int, str]], mistakes: list[tuple[int, str]]) -> RouteObject | None:
    kind = "route" if "route" in found else "route6"
    line, prefix = found[kind]
    try:
        network = ip_network(prefix)
    except ValueError:
        mistakes.append((line, f"{kind}: found {clip(prefix)}; allowed a prefix such as 198.51.100.0/24"))
        return None
    number, origin = found.get("origin", (line, ""))
    digits = origin.upper().removeprefix("AS")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        mistakes.append((number, f"origin: found {clip(origin) or 'nothing'}; allowed an AS such as AS65550"))
        return None
    number, source = found.get("source", (line, ""))
    if source.upper() not in SOURCES.values():
        allowed = ", ".join(SOURCES.values())
        mistakes.append((number, f"source: found {clip(source) or 'nothing'}; allowed one of {allowed}"))
        return None
    return RouteObject(network, int(digits), source.upper())

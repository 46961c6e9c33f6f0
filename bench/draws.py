"""What `make bench-diagnose` draws: faults, and the verdicts that are right for each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from lab.circuit.models import FAMILIES, MICROSOFT, PATHS, PRIVATE, Family, Path, PeeringType
from lab.fault.base import Side
from lab.fault.registry import kind as kind_named

Plant = Literal["dual-path", "qinq", "both-peerings"]
ENGINES = ("netns", "containerlab")
# Of one path that carries nothing a filter that is found at the CE is the better word; both are true.
RIGHT: dict[tuple[str, Side], tuple[str, ...]] = {
    ("link-down", "ce"): ("LINK-DOWN",),
    ("link-down", "msee"): ("LINK-DOWN",),
    ("no-interface", "ce"): ("NO-CE-INTERFACE",),
    ("no-interface", "msee"): ("NO-MSEE-INTERFACE",),
    ("wrong-vlan", "ce"): ("VLAN-MISMATCH",),
    ("wrong-vlan", "msee"): ("VLAN-MISMATCH",),
    ("stag-lost", "ce"): ("STAG-LOST",),
    ("stag-lost", "msee"): ("STAG-LOST",),
    ("wrong-address", "ce"): ("ADDRESS-MISMATCH",),
    ("wrong-address", "msee"): ("ADDRESS-MISMATCH",),
    ("wrong-mask", "ce"): ("MASK-MISMATCH",),
    ("wrong-mask", "msee"): ("MASK-MISMATCH",),
    ("neighbor-silent", "ce"): ("ARP-UNANSWERED", "ND-UNANSWERED"),
    ("neighbor-silent", "msee"): ("ARP-UNANSWERED", "ND-UNANSWERED"),
    ("tcp-refused", "ce"): ("TCP-REFUSED",),
    ("tcp-refused", "msee"): ("TCP-REFUSED",),
    ("tcp-filtered", "ce"): ("TCP-FILTERED",),
    ("tcp-filtered", "msee"): ("TCP-FILTERED",),
    ("md5-different", "ce"): ("MD5-DIFFERENT",),
    ("md5-different", "msee"): ("MD5-DIFFERENT",),
    ("md5-missing", "ce"): ("MD5-MISSING-AT-CE",),
    ("md5-missing", "msee"): ("MD5-MISSING-AT-MSEE",),
    ("ttl", "ce"): ("TTL",),
    ("ttl", "msee"): ("TTL",),
    ("peer-asn", "ce"): ("PEER-ASN",),
    ("peer-asn", "msee"): ("PEER-ASN",),
    ("remote-asn", "ce"): ("REMOTE-ASN",),
    ("hold-time", "ce"): ("HOLD-TIME",),
    ("hold-time", "msee"): ("HOLD-TIME",),
    ("family-missing", "ce"): ("FAMILY-MISSING",),
    ("family-missing", "msee"): ("FAMILY-MISSING",),
    ("shutdown", "ce"): ("ADMIN-DOWN",),
    ("shutdown", "msee"): ("ADMIN-DOWN",),
    ("prefix-limit", "ce"): ("PREFIX-LIMIT",),
    ("prefix-limit", "msee"): ("PREFIX-LIMIT",),
    ("deny-all", "ce"): ("POLICY-DENIES-ALL",),
    ("deny-all", "msee"): ("POLICY-DENIES-ALL",),
    ("next-hop-unreachable", "ce"): ("NEXT-HOP-UNREACHABLE",),
    ("one-path", "ce"): ("ONE-PATH", "POLICY-DENIES-ALL"),
    ("bfd-down", "ce"): ("BFD-DOWN",),
    ("mtu", "ce"): ("MTU",),
    ("silent-drop", "ce"): ("PATH-SILENT",),
    ("not-provisioned", "msee"): ("NOT-PROVISIONED",),
    ("peering-disabled", "msee"): ("PEERING-DISABLED",),
    ("validation-needed", "msee"): ("VALIDATION-NEEDED",),
    ("no-connection", "msee"): ("NO-CONNECTION",),
    ("no-route-filter", "msee"): ("NO-ROUTE-FILTER",),
}
# The lab in which a fault can be made; most can in the plain one.
PLANTS: dict[str, Plant] = {
    "stag-lost": "qinq", "validation-needed": "both-peerings", "no-route-filter": "both-peerings",
}
PUBLIC = ("validation-needed", "no-route-filter")


@dataclass(frozen=True)
class Case:
    """One draw. `family` None is both, `path` None the whole peering. `number` is its place in the run."""

    number: int
    engine: str
    plant: Plant
    kind: str
    side: Side
    path: Path | None
    family: Family | None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def peering(self) -> PeeringType:
        return MICROSOFT if self.kind in PUBLIC else PRIVATE

    @property
    def row(self) -> tuple[str, Side]:
        return self.kind, self.side

    def right(self, family: Family) -> tuple[str, ...]:
        """The codes that are right for a session of that family."""
        codes = RIGHT[self.row]
        if self.kind == "neighbor-silent":
            return codes[:1] if family == "ipv4" else codes[1:]
        return codes

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.path or "whole", self.family or "both", *(v for _, v in self.options))))
        return f"{self.kind} at {self.side}, {where}, {self.plant} on {self.engine}"


def draw(seed: int, count: int, engines: Sequence[str], rows: Sequence[tuple[str, Side]] = tuple(RIGHT)) -> list[Case]:
    """`count` cases: every fault and side comes equally often on every engine, paths and families by chance."""
    chance = random.Random(seed)
    turns = islice(_turns(chance, engines, rows), count)
    return [_case(chance, number, engine, row) for number, (engine, row) in enumerate(turns)]


def _turns(
    chance: random.Random, engines: Sequence[str], rows: Sequence[tuple[str, Side]]
) -> Iterator[tuple[str, tuple[str, Side]]]:
    while True:
        every = [(engine, row) for engine in engines for row in rows]
        chance.shuffle(every)
        yield from every


def _case(chance: random.Random, number: int, engine: str, row: tuple[str, Side]) -> Case:
    name, side = row
    kind = kind_named(name)
    path = None if kind.paths == "whole" else chance.choice(PATHS)
    family = chance.choice(FAMILIES) if kind.per_family else None
    way = chance.choice(("in", "out"))
    options = (("direction", way),) if name == "deny-all" else ()
    return Case(number, engine, PLANTS.get(name, "dual-path"), name, side, path, family, options)

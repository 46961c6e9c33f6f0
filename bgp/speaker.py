"""A customer edge that is no FRR router, as values: the same inputs whichever daemon speaks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bird", "gobgp", "openbgpd"]
Family = Literal["ipv4", "ipv6"]
FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")
HOLD_SECONDS = 180
KEEPALIVE_SECONDS = 60
CONNECT_RETRY_SECONDS = 1
# Kinds that put what they learn into the node's kernel; with the others the node needs static routes.
INSTALL_ROUTES: frozenset[Kind] = frozenset({"bird"})
# Kinds that arm BFD.
WITH_BFD: frozenset[Kind] = frozenset({"bird"})


@dataclass(frozen=True)
class SpeakerSession:
    """One session, of one family, over its own addresses. `key` is a name in the caller's keyring."""

    address: str
    local_address: str
    remote_as: int
    key: str | None = None

    @property
    def family(self) -> Family:
        return family_of(self.address)


@dataclass(frozen=True)
class SpeakerConfig:
    """All a speaker shall have: it takes every prefix it is sent, and sends its own `prefixes` and no others."""

    kind: Kind
    local_as: int
    router_id: str
    sessions: tuple[SpeakerSession, ...] = ()
    prefixes: tuple[str, ...] = ()

    def originated(self, family: Family) -> tuple[str, ...]:
        return tuple(prefix for prefix in self.prefixes if family_of(prefix) == family)


def family_of(address: str) -> Family:
    """The family of an address or a prefix."""
    return "ipv6" if ":" in address else "ipv4"

"""ExaBGP configuration as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Speaker:
    """One session of an ExaBGP speaker. `key` is a name in the caller's keyring."""

    address: str
    local_address: str
    local_as: int
    remote_as: int
    router_id: str
    key: str | None = None


@dataclass(frozen=True)
class ExaBgpConfig:
    """A node's speakers, and the prefixes each family announces to all of them."""

    speakers: tuple[Speaker, ...]
    prefixes: tuple[str, ...] = ()

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
class Announcement:
    """Prefixes that share their `communities` and go to the speakers with the addresses `to`, empty: to all.

    Each prefix goes to the sessions of its own family only.
    """

    prefixes: tuple[str, ...]
    communities: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExaBgpConfig:
    """A node's speakers and what they announce."""

    speakers: tuple[Speaker, ...]
    announcements: tuple[Announcement, ...] = ()

    @property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(prefix for item in self.announcements for prefix in item.prefixes))

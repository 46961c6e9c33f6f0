"""Shared keys: resolved from their references, held in one place, never printed.

A key is known by name (`er-ams/AzurePrivatePeering`; a reference `${NAME}` of a CE's own file is `env:NAME`). Values
and configuration carry the name; the keyring turns it into the key at the moment a daemon is told.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping


class Keyring(Mapping[str, str]):
    """Keys by name. Its repr shows names only."""

    def __init__(self, keys: Mapping[str, str] | None = None) -> None:
        self._keys = dict(keys or {})

    def __getitem__(self, name: str) -> str:
        return self._keys[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"Keyring({sorted(self._keys)})"

    def digests(self, salt: str) -> dict[str, str]:
        """A keyed digest of each key, to see later whether it changed; `salt` is the lab's own random text."""
        return {
            name: hmac.new(salt.encode(), key.encode(), hashlib.sha256).hexdigest() for name, key in self._keys.items()
        }


def new_salt() -> str:
    return secrets.token_hex(16)


def key_name(circuit: str, peering: str) -> str:
    return f"{circuit}/{peering}"

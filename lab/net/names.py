"""Device names that the wiring gives to the far ends nobody configures. The kernel allows 15 characters."""

from __future__ import annotations

import base64
import hashlib

LONGEST = 15


def digest(text: str, length: int) -> str:
    """`length` letters and digits that stand for `text`, the same in every run."""
    return base64.b32encode(hashlib.blake2b(text.encode(), digest_size=10).digest()).decode().lower()[:length]


def short(text: str) -> str:
    """`text` itself where the kernel allows it as a device name, else its start and a digest."""
    return text if len(text) <= LONGEST else f"{text[:8]}~{digest(text, 6)}"


def far_end(port: str, vlan: int, stag: int | None) -> str:
    """The end of a tagged sub-interface that stays beside the port: `eth1.100~`, `eth1.8.100~`."""
    return short(f"{port}.{vlan}~" if stag is None else f"{port}.{stag}.{vlan}~")


def bridge_end(vrf: str, name: str) -> str:
    """The end of a bridged interface that is a port of the bridge: `v1g0~gw`."""
    return short(f"{vrf}~{name}")

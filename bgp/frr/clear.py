"""Ending a session from this end: FRR starts it again by itself."""

from __future__ import annotations


def clear(vrf: str, address: str) -> str:
    """The command for the neighbor `address`; `vrf` is empty for the default one."""
    return f"clear bgp {f'vrf {vrf} ' if vrf else ''}{address}"

"""Differences of policy: blocks of lists and route-maps, by name and in order."""

from __future__ import annotations

from collections.abc import Sequence

from bgp.frr.config import Block
from bgp.frr.render import block_lines


def policy_lines(old: Sequence[Block], new: Sequence[Block]) -> tuple[list[str], list[str]]:
    """The lines that take away what is gone or differs, and those that write what is new or differs."""
    removed = [f"no {block.header}" for block in reversed(old) if block not in new]
    added = [line for block in new if block not in old for line in block_lines(block)]
    return removed, added


def touched_names(old: Sequence[Block], new: Sequence[Block]) -> frozenset[str]:
    """The lists and route-maps whose meaning differs, by their own entries or by a list that they name."""
    differing = [block for block in (*old, *new) if (block in old) != (block in new)]
    names = {block_name(block.header) for block in differing}
    users = {
        block_name(block.header)
        for block in (*old, *new)
        if block.header.startswith("route-map ") and any(names & set(line.split()) for line in block.lines)
    }
    return frozenset(names | users)


def block_name(header: str) -> str:
    """`FROM-GW` of `bgp as-path access-list FROM-GW seq 5 permit ^65515`: the word before `seq`, `permit` or `deny`."""
    words = header.split()
    end = next((i for i, word in enumerate(words) if word in ("seq", "permit", "deny")), len(words))
    return words[end - 1]

"""BFD in one word: the MSEE's end is always armed, so `down` needs a path that was good before."""

from __future__ import annotations

from typing import Any

import pytest

from bgp.session import BfdPeer
from lab.control.observe import bfd_word


@pytest.mark.parametrize(
    ("status", "diagnostic", "word"),
    [
        ("up", "ok", "up"),
        ("up", "control detection time expired", "up"),
        ("down", "ok", "-"),
        ("down", "neighbor signaled session down", "-"),
        ("down", "control detection time expired", "down"),
        ("init", "ok", "down"),
    ],
)
def test_bfd_word(status: Any, diagnostic: str, word: str) -> None:
    assert bfd_word(BfdPeer("er1p", "192.168.100.129", None, status, 300, 300, 3, True, diagnostic)) == word

"""Masking: what may leave this package as text never holds a shared key."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(\b(?:password|md5-password)\s+(?:=\s*)?)(?:\d\s+)?[^\s;]+")
MASK = "***"


def masked(text: str) -> str:
    """`text` with the word after every `password` and `md5-password` replaced, an equals sign between them or not."""
    return _PASSWORD.sub(rf"\g<1>{MASK}", text)

"""Whether a file asks for another lab than before: a digest that its checks are no part of."""

from __future__ import annotations

import hashlib
import re

# The block of a file in YAML, up to the next key at the margin. In JSON checks count like everything else.
_CHECKS = re.compile(
    rb"^checks:(?:[^\n]*\n|[^\n]*\Z)(?:(?:[ \t\-#][^\n]*)?(?:\n|\Z))*?(?=^[^ \t\-#\n]|\Z)", re.MULTILINE
)


def digest(data: bytes) -> str:
    """SHA-256 of a file's bytes without its `checks:`, which change nothing in a lab, in hexadecimal."""
    return hashlib.sha256(_CHECKS.sub(b"", data) if b"checks:" in data else data).hexdigest()

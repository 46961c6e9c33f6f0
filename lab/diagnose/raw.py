"""Evidence as JSON, for reports. No key is in it, and no digest of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lab.diagnose.evidence import Evidence
from lab.diagnose.rules.words import dotted


def raw(evidence: Evidence) -> dict[str, Any]:
    """Everything that the verdict was judged by; a session's key goes by its name."""
    found: dict[str, Any] = _plain(asdict(evidence))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {dotted(key) if isinstance(key, tuple) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value

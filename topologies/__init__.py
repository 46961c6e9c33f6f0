"""The labs that ship: folders of data, each with a circuit file, a topology and a few lines about it."""

from __future__ import annotations

from pathlib import Path


def names() -> list[str]:
    """The shipped labs, in order."""
    return sorted(entry.name for entry in _root().iterdir() if (entry / f"{entry.name}.clab.yml").is_file())


def folder(name: str) -> Path:
    """The folder of a shipped lab. Raises KeyError when there is none of that name."""
    if name not in names():
        raise KeyError(name)
    return _root() / name


def _root() -> Path:
    return Path(__file__).parent

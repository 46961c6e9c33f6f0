"""The engines by name. Importing this is cheap; an engine is imported when it is asked for."""

from __future__ import annotations

import os

from lab.engine.base import Engine
from lab.errors import Impossible

NAMES = ("netns", "containerlab")
VARIABLE = "MSEELAB_ENGINE"


def engine(name: str) -> Engine:
    """Raises Impossible for a name that no engine has."""
    if name == "netns":
        from lab.engine.netns.engine import NetnsEngine

        return NetnsEngine()
    if name == "containerlab":
        from lab.engine.containerlab.engine import ContainerlabEngine

        return ContainerlabEngine()
    raise Impossible(f"no engine {name}", next=f"one of: {' '.join(NAMES)}")


def chosen(given: str | None) -> Engine:
    """The engine for a lab that does not run yet: as given, else `MSEELAB_ENGINE`, else netns."""
    return engine(given or os.environ.get(VARIABLE) or NAMES[0])

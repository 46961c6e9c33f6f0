"""The exporters by name. Importing this is cheap; an exporter is imported when it is asked for."""

from __future__ import annotations

from lab.errors import Impossible
from lab.export.base import Exporter

NAMES = ("containerlab",)


def exporter(name: str) -> Exporter:
    """Raises Impossible for a name that no exporter has."""
    if name == "containerlab":
        from lab.export.containerlab.exporter import ContainerlabExporter

        return ContainerlabExporter()
    raise Impossible(f"no export to {name}", next=f"one of: {' '.join(NAMES)}")

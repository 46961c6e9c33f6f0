"""The containerlab engine: nodes are containers, made from the user's own topology file by the containerlab binary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.engine.containerlab.building import Building
from lab.engine.containerlab.world import ContainerlabWorld


class ContainerlabEngine:
    """Needs root, docker and containerlab."""

    name = "containerlab"
    own_files = True
    tags_on_wire = True

    def begin(self) -> Building:
        return Building()

    def world(self, record: Mapping[str, Any]) -> ContainerlabWorld:
        return ContainerlabWorld.from_record(record)

    def describe(self) -> str:
        return "containerlab, root"

"""The netns engine: nodes are namespaces of this host, in a private machine that ends with one process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.engine.need import Need
from lab.engine.netns.world import NetnsWorld
from lab.topology import Topology

if TYPE_CHECKING:
    from lab.engine.netns.building import Building


class NetnsEngine:
    """Needs Linux and FRR from the distribution; no root, no docker."""

    name = "netns"
    own_files = False
    tags_on_wire = False
    runs_files = False

    def begin(self) -> Building:
        """Forks a process that starts building while the caller reads its files. Raises OSError when it cannot fork."""
        from lab.engine.netns.building import Building  # whoever looks at a lab needs none of it

        return Building()

    def world(self, record: Mapping[str, Any], folder: Path) -> NetnsWorld:
        return NetnsWorld.from_record(record)

    def running(self, home: Path) -> Iterator[tuple[str, NetnsWorld]]:
        return NetnsWorld.running(str(home))

    def needs(self) -> tuple[Need, ...]:
        from lab.engine.netns.probe import needs

        return needs()

    def ours(self, image: str | None) -> bool:
        """Always: images say nothing about namespaces."""
        return True

    def images(self, kinds: Mapping[str, str], topology: Topology) -> dict[str, str]:
        return {}

    def made_of(self, images: Mapping[str, str], topology: Topology) -> dict[str, str]:
        return {}

    def describe(self) -> str:
        return f"netns, {'root' if os.geteuid() == 0 else 'no root'}"

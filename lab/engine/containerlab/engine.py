"""The containerlab engine: nodes are containers, made from the user's own topology file by the containerlab binary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.engine.containerlab.building import Building
from lab.engine.containerlab.image import FRR, SPEAKERS, chosen_frr, ours
from lab.engine.containerlab.world import ContainerlabWorld
from lab.engine.need import Need
from lab.topology import Topology

IN_FRR = ("frr", "external")


class ContainerlabEngine:
    """Needs root, docker and containerlab."""

    name = "containerlab"
    own_files = True
    tags_on_wire = True
    runs_files = True

    def begin(self) -> Building:
        return Building()

    def world(self, record: Mapping[str, Any], folder: Path) -> ContainerlabWorld:
        return ContainerlabWorld.from_record(record, folder)

    def running(self, home: Path) -> Iterator[tuple[str, ContainerlabWorld]]:
        return ContainerlabWorld.running(home)

    def needs(self) -> tuple[Need, ...]:
        from lab.engine.containerlab.probe import needs

        return needs()

    def ours(self, image: str | None) -> bool:
        return ours(image)

    def images(self, kinds: Mapping[str, str], topology: Topology) -> dict[str, str]:
        """Other routers than FRR are in an image of their own; our FRR without a version may be meant to be another."""
        chosen = chosen_frr()
        found = {node.name: chosen for node in topology.nodes if chosen != FRR and node.image in (None, FRR)}
        return found | {
            name: SPEAKERS for name, kind in kinds.items() if kind not in IN_FRR and ours(topology.node(name).image)
        }

    def made_of(self, images: Mapping[str, str], topology: Topology) -> dict[str, str]:
        """Its containerlab kind and its image."""
        found = {}
        for node in topology.nodes:
            image = images.get(node.name) or node.image or FRR
            found[node.name] = f"of image {image}" + ("" if node.kind == "linux" else f", kind {node.kind}")
        return found

    def describe(self) -> str:
        return "containerlab, root"

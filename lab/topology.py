"""The physical plane as values: nodes and links of a `NAME.clab.yml`, without any knowledge of circuits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["ce", "msee", "azure"]
Path = Literal["primary", "secondary"]
PATHS: tuple[Path, ...] = ("primary", "secondary")


@dataclass(frozen=True)
class TopologyNode:
    """A node of the file. `path` is set on MSEEs only."""

    name: str
    role: Role
    path: Path | None = None
    kind: str = "linux"
    image: str | None = None


@dataclass(frozen=True)
class Endpoint:
    node: str
    interface: str

    def __str__(self) -> str:
        return f"{self.node}:{self.interface}"


@dataclass(frozen=True)
class Link:
    a: Endpoint
    b: Endpoint
    mtu: int = 1500


@dataclass(frozen=True)
class Topology:
    """A containerlab file. `file` is its path, for messages."""

    name: str
    file: str
    nodes: tuple[TopologyNode, ...]
    links: tuple[Link, ...]

    def node(self, name: str) -> TopologyNode:
        return next(node for node in self.nodes if node.name == name)

    def with_role(self, role: Role) -> tuple[TopologyNode, ...]:
        return tuple(node for node in self.nodes if node.role == role)

    def msee(self, path: Path) -> TopologyNode:
        return next(node for node in self.with_role("msee") if node.path == path)

    @property
    def azure(self) -> TopologyNode:
        return self.with_role("azure")[0]

    def links_between(self, node: str, other: str) -> tuple[tuple[Endpoint, Endpoint], ...]:
        """The links of two nodes as (end at `node`, end at `other`)."""
        found = []
        for link in self.links:
            for near, far in ((link.a, link.b), (link.b, link.a)):
                if near.node == node and far.node == other:
                    found.append((near, far))
        return tuple(found)

    def ce_port(self, ce: str, path: Path) -> tuple[Endpoint, Endpoint] | None:
        """The CE's cable to the MSEE of `path` as (CE end, MSEE end); None without one."""
        links = self.links_between(ce, self.msee(path).name)
        return links[0] if links else None

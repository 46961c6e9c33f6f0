"""ExpressRoute Direct as values: a port pair, its links and what the CE sees of the tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.topology import PATHS, Path

Encapsulation = Literal["Dot1Q", "QinQ"]
Handoff = Literal["dot1q", "qinq"]
LinkName = Literal["link1", "link2"]
LINKS: tuple[LinkName, ...] = ("link1", "link2")


@dataclass(frozen=True)
class PortPair:
    """An ExpressRoute Direct port pair: the cables of one CE to both MSEEs, ordered as ports.

    `links_enabled` are link1's and link2's adminState, primary and secondary path. `bandwidth_gbps` is a port's own.
    """

    name: str
    ce: str
    location: str
    bandwidth_gbps: int
    encapsulation: Encapsulation
    links_enabled: tuple[bool, bool] = (False, False)

    @property
    def handoff(self) -> Handoff:
        """What the CE sees of the tags (expressroute-erdirect-about, ER704)."""
        return "qinq" if self.encapsulation == "QinQ" else "dot1q"

    def link_enabled(self, path: Path) -> bool:
        return self.links_enabled[PATHS.index(path)]

"""The netns engine: nodes are namespaces of this host, in a private machine that ends with one process."""

from __future__ import annotations

from lab.engine.base import Gone
from lab.engine.netns.building import Building
from lab.engine.netns.world import NetnsWorld
from lab.topology import Topology
from lab.wiring import Cable, Port

__all__ = ["Building", "NetnsEngine", "NetnsWorld"]

SECONDS_TO_END = 60.0


class NetnsEngine:
    """Needs Linux and FRR from the distribution; no root, no docker."""

    name = "netns"

    def begin(self) -> Building:
        """Forks a process that starts building while the caller reads its files. Raises OSError when it cannot fork."""
        return Building()

    def destroy(self, world: NetnsWorld) -> Gone:
        """Kills the world's first process; the kernel does the rest. The namespaces are freed in the background.

        Raises NotAsItShould when processes are still there after a minute.
        """
        gone = Gone(nodes=len(world.members), processes=world.processes())
        world.kill(SECONDS_TO_END)
        return gone

    def cables(self, topology: Topology) -> tuple[Cable, ...]:
        """All links: this engine makes none itself."""
        return tuple(
            Cable(Port(link.a.node, link.a.interface), Port(link.b.node, link.b.interface), link.mtu)
            for link in topology.links
        )

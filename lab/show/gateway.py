"""One instance of a VNet's gateway, asked for what it knows. Enters the lab's world."""

from __future__ import annotations

from types import TracebackType

from bgp.frr import show
from bgp.route import Route
from bgp.session import Family, PeerSummary
from lab.control.observe import Daemons
from lab.control.record import from_document
from lab.control.running import Running
from lab.errors import Impossible, NotAsItShould
from lab.role.gateways import Gateway, gateways


class GatewayView:
    """A context manager: inside, questions are answered from the routing domain of one gateway instance."""

    def __init__(self, running: Running, vnet: str | None, instance: int) -> None:
        """Raises Impossible when it is not clear, or not possible, which VNet is meant."""
        self.gateway = _chosen(running, vnet, instance)
        running.enter()
        self.daemons = Daemons(running.world.nodes)
        if not self.daemons.runs(self.gateway.node):
            raise NotAsItShould(f"bgpd of {self.gateway.node} does not run", next="mseelab up")

    def __enter__(self) -> GatewayView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.daemons.close()

    def peers(self) -> list[PeerSummary]:
        found = show.summaries(self.daemons.vty(self.gateway.node))
        return [peer for peer in found if peer.vrf == self.gateway.vrf]

    def routes(self) -> list[Route]:
        """Every path in the table, of both families."""
        bgpd = self.daemons.vty(self.gateway.node)
        return [route for family in self.gateway.addresses for route in show.rib(bgpd, self.gateway.vrf, family)]

    def advertised(self, peer: str) -> list[tuple[Family, Route]]:
        """What is sent to the MSEE with that address; nothing where the gateway has no such MSEE."""
        msee = self.gateway.msee(peer)
        bgpd = self.daemons.vty(self.gateway.node)
        return [
            (family, route)
            for family, address in (msee.addresses if msee else {}).items()
            for route in show.advertised_routes(bgpd, self.gateway.vrf, family, address)
        ]


def _chosen(running: Running, vnet: str | None, instance: int) -> Gateway:
    value = from_document(running.document).applied
    names = [known.name for known in value.spec.virtual_networks]
    if not names:
        raise Impossible(f"{running.lab} has no virtual network", next="mseelab connection create")
    if vnet is not None and vnet not in names:
        raise Impossible(f"no virtual network named {vnet}", next=f"one of: {' '.join(names)}")
    if vnet is None and len(names) > 1:
        raise Impossible(f"{len(names)} virtual networks; which one?", next=f"--vnet NAME, one of: {' '.join(names)}")
    return gateways(value.spec, value.topology, value.slots, value.spec.vnet(vnet or names[0]))[instance]

"""Whether what an MSEE took from its CE has arrived at the gateways behind it, and which of it they refuse.

The gateways' summary is one question for all of them; a table is read only where a count is not as it should be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bgp.frr import show
from bgp.session import Family, PeerSummary
from lab.circuit.models import GATEWAY_ASN
from lab.control.observe import Daemons
from lab.role.gateways import Behind


@dataclass(frozen=True)
class Lacking:
    """A prefix that a gateway does not have from the MSEE. `as_path` is that with which it was received,
    None where it has not been received."""

    gateway: str
    prefix: str
    as_path: tuple[int, ...] | None

    @property
    def refused(self) -> bool:
        """Whether it will never have it: what it has received and not taken for another reason may be on its way."""
        return self.as_path is not None and GATEWAY_ASN in self.as_path

    @property
    def why(self) -> str:
        """`gateway 10.100.0.12 of hub refuses 10.30.0.0/16: AS path 12076 65010 65515 holds 65515, its own`."""
        if self.as_path is None:
            return f"{self.gateway} has not received {self.prefix}"
        path = " ".join(map(str, self.as_path))
        if self.refused:
            return f"{self.gateway} refuses {self.prefix}: AS path {path} holds {GATEWAY_ASN}, its own"
        return f"{self.gateway} has not taken {self.prefix}, which it has received: AS path {path}"


Counts = Mapping[tuple[str, str, str], PeerSummary]
"""By routing domain, family and neighbor."""


def counts(peers: Iterable[PeerSummary]) -> Counts:
    return {(peer.vrf, peer.family, peer.address): peer for peer in peers}


def complete(known: Counts, behind: Behind, family: Family, number: int) -> bool:
    """Whether the gateway has as many prefixes from the MSEE as that took from its CE."""
    peer = known.get((behind.vrf, family, behind.msee_address))
    return peer is not None and peer.established and peer.prefixes_received == number


def lacking(
    daemons: Daemons, behind: Behind, family: Family, prefixes: Collection[str], has: Collection[str] | None = None
) -> tuple[Lacking, ...]:
    """Which of `prefixes` the gateway does not have; `has` are those that it has where they are known."""
    bgpd, address = daemons.vty(behind.node), behind.msee_address
    if has is None:
        has = {route.prefix for route in show.accepted_routes(bgpd, behind.vrf, family, address)}
    missing = [prefix for prefix in prefixes if prefix not in has]
    if not missing:
        return ()
    received = {r.prefix: r.as_path for r in show.received_routes(bgpd, behind.vrf, family, address)}
    return tuple(Lacking(behind.name, prefix, received.get(prefix)) for prefix in missing)

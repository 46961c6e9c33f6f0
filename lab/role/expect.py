"""Which prefixes follow from the circuit: what an MSEE shall accept from a CE, and what it shall send to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.circuit.models import MICROSOFT, Family, Network, Path, PeeringType, Session, Spec, address_at
from lab.role.ce import originated, reached, source_address


def from_ce(spec: Spec, session: Session) -> tuple[Network, ...]:
    """The CE's own list in the session's family, on Microsoft peering the declared prefixes; nothing while the session
    is not enabled."""
    edge = next(ce for ce in spec.customer_edges if ce.name == session.ce)
    return originated(spec, edge, session) if session.enabled else ()


def says_from_ce(spec: Spec, session: Session) -> bool:
    """Whether the files say what the CE sends: it is declared, generated, or in `advertise`. Else nothing is expected
    of it, neither prefixes nor their absence."""
    edge = next(ce for ce in spec.customer_edges if ce.name == session.ce)
    given = bool(edge.advertise) or f"customerEdges.{edge.name}.advertise" in spec.lines
    return session.peering == MICROSOFT or edge.generated or given


def to_ce(spec: Spec, session: Session) -> tuple[Network, ...]:
    """The address spaces of the VNets connected to the session's circuit, never a subnet of them; on Microsoft peering
    what its route filter lets through."""
    return reached(spec, session) if session.enabled else ()


Flow = tuple[str, str, str]
"""(CE, source, target)"""


@dataclass(frozen=True)
class Leg:
    """One way into Azure: from `source` on the CE, out of the sub-interface that has `ce_address`, by way of the MSEE's
    `msee_address`, to `target`.

    `beyond` is what is there: a VNet by name, or `MicrosoftPeering` for a prefix of Microsoft's.
    """

    circuit: str
    peering: PeeringType
    beyond: str
    family: Family
    path: Path
    ce: str
    ce_address: str
    source: str
    target: str
    msee_address: str = ""

    @property
    def flow(self) -> Flow:
        """The same packets where the CE chooses their way."""
        return self.ce, self.source, self.target

    @property
    def place(self) -> str:
        return "Microsoft" if self.peering == MICROSOFT else f"VNet {self.beyond}"


def legs(spec: Spec, sessions: tuple[Session, ...]) -> tuple[Leg, ...]:
    """Every way from a CE to the host of a connected VNet, and to the first prefix that Microsoft peering sends; none
    for a CE without an address of that family, and none for one that is not ours."""
    edges = {edge.name: edge for edge in spec.customer_edges}
    found = []
    for session in sessions:
        source = source_address(spec, edges[session.ce], session)
        if not session.enabled or source is None or edges[session.ce].kind == "external":
            continue
        for beyond, target in _targets(spec, session):
            found.append(
                Leg(
                    session.circuit, session.peering, beyond, session.family, session.path,
                    session.ce, session.ce_address, source, target, session.msee_address,
                )
            )
    return tuple(found)


def _targets(spec: Spec, session: Session) -> Iterator[tuple[str, str]]:
    if session.peering == MICROSOFT:
        for prefix in to_ce(spec, session)[:1]:
            yield MICROSOFT, address_at(prefix, 1)
        return
    for name in spec.circuit(session.circuit).vnets:
        target = spec.vnet(name).host(session.family)
        if target:
            yield name, target

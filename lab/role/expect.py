"""Which prefixes follow from the circuit: what an MSEE shall accept from a CE, and what it shall send to one."""

from __future__ import annotations

from dataclasses import dataclass

from lab.circuit.models import Family, Network, Path, Session, Spec
from lab.role.ce import originated, source_address


def from_ce(spec: Spec, session: Session) -> tuple[Network, ...]:
    """The CE's own list in the session's family; nothing while the peering is disabled."""
    edge = next(ce for ce in spec.customer_edges if ce.name == session.ce)
    return originated(spec, edge, session.family) if session.enabled else ()


def to_ce(spec: Spec, session: Session) -> tuple[Network, ...]:
    """The address spaces of the VNets connected to the session's circuit; never a subnet of them."""
    if not session.enabled:
        return ()
    circuit = spec.circuit(session.circuit)
    vnets = [spec.vnet(name) for name in circuit.vnets]
    return tuple(p for v in vnets if session.family in v.families for p in v.space(session.family))


@dataclass(frozen=True)
class Leg:
    """One way to a VNet: from `source` on the CE, out of the sub-interface that has `ce_address`, to `target`."""

    circuit: str
    vnet: str
    family: Family
    path: Path
    ce: str
    ce_address: str
    source: str
    target: str


def legs(spec: Spec, sessions: tuple[Session, ...]) -> tuple[Leg, ...]:
    """Every way from a CE to the host of a connected VNet; none for a CE without an address of that family,
    and none for one that is not ours."""
    edges = {edge.name: edge for edge in spec.customer_edges}
    found = []
    for session in sessions:
        source = source_address(spec, edges[session.ce], session.family)
        external = edges[session.ce].kind == "external"
        if not session.enabled or source is None or external or session.peering != "AzurePrivatePeering":
            continue
        for name in spec.circuit(session.circuit).vnets:
            target = spec.vnet(name).host(session.family)
            if target:
                found.append(
                    Leg(
                        session.circuit, name, session.family, session.path,
                        session.ce, session.ce_address, source, target,
                    )
                )
    return tuple(found)

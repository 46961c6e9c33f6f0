"""Which prefixes follow from the circuit: what an MSEE shall accept from a CE, and what it shall send to one."""

from __future__ import annotations

from lab.circuit.models import Network, Session, Spec
from lab.role.ce import originated


def from_ce(spec: Spec, session: Session) -> tuple[Network, ...]:
    """The CE's own list in the session's family; nothing while the peering is disabled."""
    edge = next(ce for ce in spec.customer_edges if ce.name == session.ce)
    return originated(spec, edge, session.family) if session.enabled else ()


def to_ce(spec: Spec, session: Session) -> tuple[Network, ...]:
    """The address spaces of the VNets connected to the session's circuit; never a subnet of them."""
    if not session.enabled:
        return ()
    circuit = spec.circuit(session.circuit)
    vnets = [spec.vnet(name) for name in circuit.connections]
    return tuple(p for v in vnets if session.family in v.families for p in v.space(session.family))

"""Who still sends packets over sessions that are down: an end that has not noticed, or has not yet told its kernel.

An MSEE's word comes first; the CE notices by itself, and a gateway is told. Inside the lab's world.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bgp.frr import show
from lab.circuit.models import MICROSOFT, Family, Session
from lab.control.observe import Daemons
from lab.role.azure import host_vrf
from lab.role.gateways import Gateway, gateways
from lab.testing.held import Held


def used(held: Held, sessions: Sequence[Session]) -> list[str]:
    """Sentences on who still uses `sessions`, empty once nobody does. A CE that is no FRR is not asked."""
    with Daemons(held.world.nodes) as daemons:
        return [*_ces(daemons, sessions), *_gateways(held, daemons, sessions)]


def _ces(daemons: Daemons, sessions: Sequence[Session]) -> Iterator[str]:
    for session in sessions:
        if not daemons.runs(session.ce):
            continue
        peers = show.summaries(daemons.vty(session.ce))
        if any(p.established for p in peers if (p.family, p.address) == (session.family, session.msee_address)):
            yield f"{session.ce} holds {session.label} for Established"
        elif _sends_to(daemons, session.ce, "", session.family, session.msee_address):
            yield f"{session.ce} still sends over {session.label}"


def _gateways(held: Held, daemons: Daemons, sessions: Sequence[Session]) -> Iterator[str]:
    """A VNet's gateways, and its host, which is told of MSEEs by them."""
    slots = held.record.applied.slots
    for session in sessions:
        for gateway in _gateways_of(held, session) if session.peering != MICROSOFT else ():
            for msee in gateway.msees:
                address = msee.addresses.get(session.family)
                if not address or (msee.circuit, msee.path) != (session.circuit, session.path):
                    continue
                for vrf in (gateway.vrf, host_vrf(slots.vnets[gateway.vnet])):
                    if _sends_to(daemons, gateway.node, vrf, session.family, address):
                        yield f"VNet {gateway.vnet} still sends to {session.msee}"


def _gateways_of(held: Held, session: Session) -> Iterator[Gateway]:
    value = held.record.applied
    for name in value.spec.circuit(session.circuit).vnets:
        yield from gateways(value.spec, value.topology, value.slots, value.spec.vnet(name))


def _sends_to(daemons: Daemons, node: str, vrf: str, family: Family, address: str) -> bool:
    if not daemons.runs(node, "zebra"):
        return False
    return show.forwards_to(daemons.vty(node, "zebra"), vrf, family, address)

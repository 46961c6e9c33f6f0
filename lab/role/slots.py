"""Small numbers for circuits, VNets and connections: what names, tags and addresses inside the lab are made from.

A number stays with its owner for the life of a lab and is handed on when the owner leaves, so a namespace that was
parked is used again under the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.circuit.models import MICROSOFT, Spec
from lab.errors import Impossible

CIRCUITS_PER_VNET = 4
CORE_VLAN_BASE = 1000
MAX_CONNECTIONS = 4094 - CORE_VLAN_BASE


@dataclass(frozen=True)
class Slots:
    """Numbers from 1 on, by name; a connection's name is `circuit/vnet`, that of a Microsoft peering `circuit:`.

    `positions` (from 0) order the circuits of a VNet.
    """

    circuits: Mapping[str, int] = field(default_factory=dict)
    vnets: Mapping[str, int] = field(default_factory=dict)
    connections: Mapping[str, int] = field(default_factory=dict)
    positions: Mapping[str, int] = field(default_factory=dict)


def connection_name(circuit: str, vnet: str) -> str:
    return f"{circuit}/{vnet}"


def microsoft_name(circuit: str) -> str:
    """The connection of a circuit's Microsoft peering to Microsoft's core; no VNet's has this form."""
    return f"{circuit}:"


def allocate(spec: Spec, previous: Slots | None = None) -> Slots:
    """The numbers of `spec`, keeping those of `previous`. Raises Impossible when a VNet has more than four circuits."""
    before = previous or Slots()
    links = [(c.name, v) for c in spec.circuits for v in c.vnets]
    positions: dict[str, int] = {}
    for vnet in spec.virtual_networks:
        names = [connection_name(c, v) for c, v in links if v == vnet.name]
        if len(names) > CIRCUITS_PER_VNET:
            raise Impossible(
                f"VNet {vnet.name} is connected to {len(names)} circuits; allowed {CIRCUITS_PER_VNET}", rule="ER404"
            )
        positions |= _keep(names, before.positions, first=0)
    core = [microsoft_name(c.name) for c in spec.circuits if c.peering(MICROSOFT) is not None]
    connections = _keep([*(connection_name(c, v) for c, v in links), *core], before.connections)
    if connections and max(connections.values()) > MAX_CONNECTIONS:
        raise Impossible(f"a lab holds {MAX_CONNECTIONS} connections at most; this one asks for {len(connections)}")
    return Slots(
        circuits=_keep([c.name for c in spec.circuits], before.circuits),
        vnets=_keep([v.name for v in spec.virtual_networks], before.vnets),
        connections=connections,
        positions=positions,
    )


def _keep(names: Iterable[str], before: Mapping[str, int], first: int = 1) -> dict[str, int]:
    wanted = list(names)
    kept = {name: before[name] for name in wanted if name in before}
    free = (n for n in range(first, first + len(wanted) + len(kept)) if n not in set(kept.values()))
    return {name: kept[name] if name in kept else next(free) for name in wanted}

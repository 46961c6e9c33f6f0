"""Test traffic between CEs and what is behind a circuit, both ways, over whatever path the routers choose."""

from __future__ import annotations

from collections.abc import Sequence

from lab.check.own.base import Scene
from lab.circuit.models import MICROSOFT, Session
from lab.net.stream import Flow
from lab.role.core import FEED_VRF
from lab.role.expect import Leg, legs

MOST = 16


def flows(scene: Scene, sessions: Sequence[Session]) -> list[Flow]:
    """From each CE of these sessions to each VNet and to Microsoft, and back; of very many the first."""
    nodes = scene.daemons.nodes
    azure = scene.applied.topology.azure.name
    ends = {(leg.ce, leg.source, leg.target): leg for leg in legs(scene.applied.spec, tuple(sessions))}
    found: list[Flow] = []
    for leg in list(ends.values())[: MOST // 2]:
        vrf = _vrf_of(leg, scene)
        if vrf is not None:
            label = f"{leg.ce} → {leg.beyond} {leg.family}"
            there = Flow(label, nodes[leg.ce].pid, "", leg.source, nodes[azure].pid, vrf, leg.target)
            found += [there, there.back]
    return found


def _vrf_of(leg: Leg, scene: Scene) -> str | None:
    """Where the target lives on the azure node."""
    if leg.peering == MICROSOFT:
        return FEED_VRF
    wiring = scene.applied.desired().nodes[scene.applied.topology.azure.name].wiring
    for face in wiring.interfaces:
        if any(address.split("/")[0] == leg.target for address in face.addresses):
            return face.vrf
    return None

"""No VNet is connected to the circuit."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from lab.circuit.models import PRIVATE, Circuit, VnetConnection
from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.service import ServicePlane


class NoConnection(ServicePlane):
    name = "no-connection"
    line = "no VNet is connected to the circuit"

    def kept(self, circuit: Circuit, fault: Fault) -> Any:
        if fault.peering != PRIVATE:
            raise Impossible(f"{fault.kind} is a fault of {PRIVATE}, not of {fault.peering}")
        if not circuit.connections:
            raise Impossible(f"{circuit.name} has no connection to lose")
        return [asdict(connection) for connection in circuit.connections]

    def changed(self, circuit: Circuit, fault: Fault) -> Circuit:
        return replace(circuit, connections=())

    def restored(self, circuit: Circuit, fault: Fault, kept: Any) -> Circuit:
        return replace(circuit, connections=tuple(VnetConnection(**connection) for connection in kept))

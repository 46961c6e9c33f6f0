"""The provider has not provisioned the circuit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.circuit.models import Circuit
from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.service import ServicePlane


class NotProvisioned(ServicePlane):
    name = "not-provisioned"
    line = "the provider has not provisioned the circuit"

    def kept(self, circuit: Circuit, fault: Fault) -> Any:
        if circuit.port:
            raise Impossible(f"{circuit.name} is on port pair {circuit.port}: it has no provider", rule="ER706")
        return circuit.provider_state

    def changed(self, circuit: Circuit, fault: Fault) -> Circuit:
        return replace(circuit, provider_state="NotProvisioned")

    def restored(self, circuit: Circuit, fault: Fault, kept: Any) -> Circuit:
        return replace(circuit, provider_state=kept)

"""The peering's state is Disabled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.circuit.models import Circuit
from lab.fault.base import Fault
from lab.fault.service import ServicePlane, the_peering, with_peering


class PeeringDisabled(ServicePlane):
    name = "peering-disabled"
    line = "the peering is Disabled"

    def kept(self, circuit: Circuit, fault: Fault) -> Any:
        return the_peering(circuit, fault).enabled

    def changed(self, circuit: Circuit, fault: Fault) -> Circuit:
        return self.restored(circuit, fault, False)

    def restored(self, circuit: Circuit, fault: Fault, kept: Any) -> Circuit:
        return with_peering(circuit, replace(the_peering(circuit, fault), enabled=kept))

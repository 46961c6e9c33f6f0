"""The public prefixes of Microsoft peering are not validated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.circuit.models import Circuit, ValidationState
from lab.fault.base import Fault
from lab.fault.service import ServicePlane, the_public_peering, with_peering

WAITING: ValidationState = "ValidationNeeded"


class ValidationNeeded(ServicePlane):
    name = "validation-needed"
    line = "the public prefixes of Microsoft peering are not validated"

    def kept(self, circuit: Circuit, fault: Fault) -> Any:
        configs = the_public_peering(circuit, fault).microsoft
        return {str(p.network): p.state for _, config in configs for p in config.prefixes}

    def changed(self, circuit: Circuit, fault: Fault) -> Circuit:
        return self.restored(circuit, fault, dict.fromkeys(self.kept(circuit, fault), WAITING))

    def restored(self, circuit: Circuit, fault: Fault, kept: Any) -> Circuit:
        peering = the_public_peering(circuit, fault)
        configs = tuple(
            (family, replace(config, prefixes=tuple(
                replace(p, state=kept.get(str(p.network), p.state)) for p in config.prefixes
            )))
            for family, config in peering.microsoft
        )
        return with_peering(circuit, replace(peering, microsoft=configs))

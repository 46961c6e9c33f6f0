"""Faults of the service plane: the circuit itself is another. Made and lifted as the workflow verbs change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.circuit.lifecycle import with_circuit
from lab.circuit.models import MICROSOFT, Circuit, Peering, Spec
from lab.control.progress import Quiet
from lab.control.workflow import Draft, take
from lab.errors import Impossible
from lab.fault.base import MSEE_ONLY, Fault, Paths, Side, Undo
from lab.fault.scene import Scene


class ServicePlane:
    """The base of these kinds.

    `changed` is the circuit with the fault; `kept`, as JSON, is what `restored` puts back.
    """

    name = ""
    line = ""
    sides: tuple[Side, ...] = MSEE_ONLY
    per_family = False
    paths: Paths = "whole"
    options: Mapping[str, str] = {}
    claims = frozenset({"circuit"})
    stops_frames = False

    def kept(self, circuit: Circuit, fault: Fault) -> Any:
        """Raises Impossible where there is nothing to break."""
        raise NotImplementedError

    def changed(self, circuit: Circuit, fault: Fault) -> Circuit:
        raise NotImplementedError

    def restored(self, circuit: Circuit, fault: Fault, kept: Any) -> Circuit:
        raise NotImplementedError

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        return {"kept": self.kept(scene.record.applied.spec.circuit(fault.circuit), fault)}

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        take(
            scene.running,
            lambda draft: with_circuit(draft.spec, self.changed(draft.circuit(fault.circuit), fault)),
            progress=Quiet(), circuits=lambda spec: (),
        )

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        def mended(draft: Draft) -> Spec:
            circuit = draft.circuit(fault.circuit)
            return with_circuit(draft.spec, self.restored(circuit, fault, undo["kept"]))

        if any(circuit.name == fault.circuit for circuit in scene.record.applied.spec.circuits):
            take(scene.running, mended, progress=Quiet(), circuits=lambda spec: ())


def the_peering(circuit: Circuit, fault: Fault) -> Peering:
    """Raises Impossible when the circuit has none of that type."""
    found = circuit.peering(fault.peering)
    if found is None:
        raise Impossible(f"{circuit.name} has no {fault.peering}")
    return found


def the_public_peering(circuit: Circuit, fault: Fault) -> Peering:
    """The same for a fault that only Microsoft peering can have."""
    if fault.peering != MICROSOFT:
        raise Impossible(f"{fault.kind} is a fault of {MICROSOFT}, not of {fault.peering}")
    return the_peering(circuit, fault)


def with_peering(circuit: Circuit, peering: Peering) -> Circuit:
    """The circuit with `peering` in the place of the one of its type."""
    return replace(circuit, peerings=tuple(peering if p.type == peering.type else p for p in circuit.peerings))

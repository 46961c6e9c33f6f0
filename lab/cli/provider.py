"""`mseelab provider …`: what the connectivity provider does with a circuit, known to it by its service key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lab.cli.azure_flags import AzureGroup
from lab.cli.circuit import circuit_object
from lab.cli.output import emit, lab_option, output_option
from lab.cli.peering import add_for_provider
from lab.cli.steps import Outcome, perform, row, states, step_options

if TYPE_CHECKING:
    from lab.circuit.lifecycle import ProviderStep
    from lab.circuit.models import Circuit, Spec
    from lab.control.workflow import Stepped
    from lab.topology import Topology

KEY_HELP = "The service key, or its first letters; a circuit's name does too."


@click.group(cls=AzureGroup)
def provider() -> None:
    """What the connectivity provider does, by service key."""


_key = click.argument("key", metavar="SERVICE_KEY")


@provider.command()
@_key
@step_options
def begin(key: str, lab: str | None, output: str) -> int:
    """Start to work on a circuit: Provisioning."""
    return _step(key, "begin", lab, output)


@provider.command()
@_key
@step_options
def provision(key: str, lab: str | None, output: str) -> int:
    """Finish layer 2 on both paths: Provisioned."""
    return _step(key, "provision", lab, output)


@provider.command()
@_key
@click.option("--begin", "begun", is_flag=True, help="Only begin: Deprovisioning.")
@step_options
def deprovision(key: str, begun: bool, lab: str | None, output: str) -> int:
    """Take layer 2 away: NotProvisioned; peerings keep their configuration."""
    return _step(key, "begin deprovision" if begun else "deprovision", lab, output)


@provider.command()
@_key
@lab_option
@output_option()
def show(key: str, lab: str | None, output: str) -> None:
    """The circuit as its provider sees it (expressRouteCrossConnections)."""
    from lab.control.record import from_document
    from lab.control.workflow import by_service_key

    running, name = by_service_key(key, lab)
    record = from_document(running.document)
    value = cross_connection(record.applied.spec, record.applied.topology, name, record.service_keys[name])
    lines = [f"{name}   S-tag {value['sTag']}", row("primary", value["primaryAzurePort"]),
             row("secondary", value["secondaryAzurePort"]), states(record.applied.spec.circuit(name))]
    emit(value, output, lambda: "\n".join(lines))


@provider.group("peering")
def layer3() -> None:
    """Provider-managed layer 3: the provider writes the peerings."""


add_for_provider(layer3)


def _step(key: str, step: ProviderStep, lab: str | None, output: str) -> int:
    from lab.control.edits import provider as edit
    from lab.control.workflow import by_service_key

    running, name = by_service_key(key, lab)

    def told(stepped: Stepped) -> Outcome:
        applied = stepped.after.applied
        circuit = applied.spec.circuit(name)
        lines = [f"{name}   {what(circuit, stepped, applied.topology)}", states(circuit)]
        return Outcome(stepped, circuit_object(stepped, name), lines)

    return perform(edit(name, step), lab, name, output, told, running=running)


def what(circuit: Circuit, stepped: Stepped, topology: Topology) -> str:
    """What the provider's step means, in a line."""
    if circuit.provider_state == "Provisioning":
        return "the provider is at work: no peerings, no connections, no delete"
    spec = stepped.after.applied.spec
    if circuit.provider_state == "Provisioned":
        return f"layer 2 is through: {handoffs(spec, circuit, topology)}"
    had = [s for s in stepped.before.applied.sessions if s.circuit == circuit.name]
    sessions = f"sessions 0 of {len(had)}: " if had else ""
    if circuit.provider_state == "Deprovisioning":
        return f"{sessions}the provider takes layer 2 away; billing still runs"
    return f"{sessions}layer 2 is gone on both paths; billing still runs"


def handoffs(spec: Spec, circuit: Circuit, topology: Topology) -> str:
    """`ce1:eth1 ↔ msee1:eth1, ce1:eth2 ↔ msee2:eth1 (S-tag 8, handoff dot1q)`."""
    from lab.role.layout import handoff
    from lab.topology import PATHS

    ends = [end for path in PATHS if (end := handoff(spec, topology, circuit, path))]
    if not ends:
        return "and no CE is cabled for it"
    cables = ", ".join(f"{end.ce_port} ↔ {end.msee_port}" for end in ends)
    return f"{cables} (S-tag {circuit.stag}, handoff {ends[0].ce.handoff})"


def cross_connection(spec: Spec, topology: Topology, name: str, service_key: str) -> dict[str, Any]:
    """The provider's shadow of the circuit (cross-connections-api-development)."""
    from lab.files.document import peering_document

    circuit = spec.circuit(name)
    ports = {path: f"{topology.msee(path).name}-{circuit.location or 'LAB'}" for path in ("primary", "secondary")}
    return {
        "name": service_key,
        "expressRouteCircuit": {"name": name},
        "primaryAzurePort": f"{ports['primary']}-PRI-A",
        "secondaryAzurePort": f"{ports['secondary']}-SEC-A",
        "sTag": circuit.stag,
        "bandwidthInMbps": circuit.bandwidth_mbps,
        "peeringLocation": circuit.location,
        "serviceProviderProvisioningState": circuit.provider_state,
        "peerings": [peering_document(p) for p in circuit.peerings],
    }



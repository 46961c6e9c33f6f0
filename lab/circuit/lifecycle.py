"""The workflow of a circuit as a table: which step leads from which state to which, and which steps a state forbids.

Source of every row: expressroute-workflows, expressroute-howto-circuit-arm. `Deprovisioning` stands in the REST schema
alone. Pure: values in, values out; a forbidden step raises Impossible with its rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from lab.circuit.models import Circuit, ProviderState, PublicPrefix, Spec, ValidationState
from lab.errors import Impossible

ProviderStep = Literal["begin", "provision", "begin deprovision", "deprovision"]
PROVIDER_STEPS: tuple[ProviderStep, ...] = ("begin", "provision", "begin deprovision", "deprovision")
PROVIDER_STATES: tuple[ProviderState, ...] = ("NotProvisioned", "Provisioning", "Provisioned", "Deprovisioning")

PROVIDER_MOVES: Mapping[tuple[ProviderState, ProviderStep], ProviderState] = {
    ("NotProvisioned", "begin"): "Provisioning",
    ("NotProvisioned", "provision"): "Provisioned",
    ("Provisioning", "provision"): "Provisioned",
    ("Provisioning", "deprovision"): "NotProvisioned",
    ("Provisioned", "begin deprovision"): "Deprovisioning",
    ("Provisioned", "deprovision"): "NotProvisioned",
    ("Deprovisioning", "deprovision"): "NotProvisioned",
}

# What the customer may do in each state of the provider; reading is always allowed.
CustomerStep = Literal["peering", "connection", "delete"]
CUSTOMER_STEPS: tuple[CustomerStep, ...] = ("peering", "connection", "delete")
CUSTOMER_MAY: Mapping[ProviderState, frozenset[CustomerStep]] = {
    "NotProvisioned": frozenset({"delete"}),
    "Provisioning": frozenset(),
    "Provisioned": frozenset({"peering", "connection"}),
    "Deprovisioning": frozenset(),
}

# What Microsoft may decide on a declared prefix (howto-routing-cli). One that was not submitted, or is being looked up
# in a registry, waits for nobody.
Decision = Literal["approve", "reject"]
DECISIONS: tuple[Decision, ...] = ("approve", "reject")
DECIDED: Mapping[Decision, ValidationState] = {"approve": "Configured", "reject": "ValidationFailed"}
UNDECIDABLE: frozenset[ValidationState] = frozenset({"NotConfigured", "Configuring"})


def decided(prefix: PublicPrefix, decision: Decision) -> PublicPrefix:
    """The prefix after Microsoft's decision. Raises Impossible (ER303) where nothing waits for one."""
    if prefix.state in UNDECIDABLE:
        raise Impossible(
            f"{prefix.network} is {prefix.state}: there is nothing to {decision} yet", rule="ER303",
            next="mseelab peering update --peering-type MicrosoftPeering --advertised-public-prefixes …",
        )
    return replace(prefix, state=DECIDED[decision])


def provider_move(circuit: Circuit, step: ProviderStep) -> Circuit:
    """The circuit after a step of its provider. Raises Impossible: ER107 where no step leads there, ER706 where it is
    on a port pair."""
    has_provider(circuit.name, circuit.port)
    after = PROVIDER_MOVES.get((circuit.provider_state, step))
    if after is None:
        ways = [s for s in PROVIDER_STEPS if (circuit.provider_state, s) in PROVIDER_MOVES]
        verbs = ", ".join(f"mseelab provider {_verb(s)}" for s in ways)
        raise Impossible(
            f"{circuit.name} cannot {step}: ServiceProviderProvisioningState is {circuit.provider_state}",
            rule="ER107",
            next=verbs,
        )
    return replace(circuit, provider_state=after)


def has_provider(circuit: str, port: str | None) -> None:
    """Raises Impossible (ER706) for a circuit on a port pair."""
    if port:
        raise Impossible(
            f"{circuit} is on port pair {port}: it has no provider, and is Provisioned from its creation", rule="ER706"
        )


def may(circuit: Circuit, step: CustomerStep) -> None:
    """Raises Impossible where the circuit's state forbids the customer's `step`: ER104, for a delete ER105."""
    if step == "delete":
        _may_delete(circuit)
    elif circuit.circuit_state != "Enabled":
        raise Impossible(f"{circuit.name} takes no {step}: its Status is {circuit.circuit_state}", rule="ER104")
    elif step not in CUSTOMER_MAY[circuit.provider_state]:
        raise Impossible(
            f"{circuit.name} takes no {step}: ServiceProviderProvisioningState is {circuit.provider_state}",
            rule="ER104",
            next=f"mseelab provider provision {circuit.name}",
        )


def _may_delete(circuit: Circuit) -> None:
    steps = [f"mseelab connection delete {connection_name(circuit, c.vnet)}" for c in circuit.connections]
    if circuit.port is None and "delete" not in CUSTOMER_MAY[circuit.provider_state]:
        steps.append(f"mseelab provider deprovision {(circuit.service_key or circuit.name)[:8]}")
        why = f"ServiceProviderProvisioningState is {circuit.provider_state}"
    elif steps:
        why = f"{len(steps)} connection{'s' if len(steps) != 1 else ''} use it"
    else:
        return
    raise Impossible(f"{circuit.name} cannot be deleted: {why}", rule="ER105", next=", then ".join(steps))


def connection_name(circuit: Circuit, vnet: str) -> str:
    """The connection's own name, or `VNET-CIRCUIT` where the file gives none."""
    found = next((c.name for c in circuit.connections if c.vnet == vnet), "")
    return found or f"{vnet}-{circuit.name}"


def with_circuit(spec: Spec, changed: Circuit) -> Spec:
    """`spec` with `changed` in the place of the circuit of its name."""
    return replace(spec, circuits=tuple(changed if c.name == changed.name else c for c in spec.circuits))


def _verb(step: ProviderStep) -> str:
    return "deprovision --begin" if step == "begin deprovision" else step

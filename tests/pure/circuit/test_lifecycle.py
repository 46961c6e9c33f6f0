"""The workflow's table: every step from every state, those that lead somewhere and those that do not."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import product
from typing import get_args

import pytest

from lab.circuit.lifecycle import (
    CUSTOMER_MAY,
    CUSTOMER_STEPS,
    DECISIONS,
    PROVIDER_STATES,
    PROVIDER_STEPS,
    CustomerStep,
    Decision,
    ProviderStep,
    connection_name,
    decided,
    may,
    provider_move,
)
from lab.circuit.models import (
    Circuit,
    MicrosoftConfig,
    ProviderState,
    PublicPrefix,
    ValidationState,
    VnetConnection,
)
from lab.errors import Impossible

# From expressroute-workflows, written down here a second time: a changed table has to be changed twice.
LEADS_TO: dict[tuple[ProviderState, ProviderStep], ProviderState] = {
    ("NotProvisioned", "begin"): "Provisioning",
    ("NotProvisioned", "provision"): "Provisioned",
    ("Provisioning", "provision"): "Provisioned",
    ("Provisioning", "deprovision"): "NotProvisioned",
    ("Provisioned", "begin deprovision"): "Deprovisioning",
    ("Provisioned", "deprovision"): "NotProvisioned",
    ("Deprovisioning", "deprovision"): "NotProvisioned",
}


def circuit(state: ProviderState, connections: tuple[VnetConnection, ...] = ()) -> Circuit:
    return Circuit("er-1", (), connections, service_key="c4a91f3e-58d7", provider_state=state)


@pytest.mark.rule("ER107")
@pytest.mark.parametrize(("state", "step"), list(product(PROVIDER_STATES, PROVIDER_STEPS)))
def test_the_providers_steps(state: ProviderState, step: ProviderStep) -> None:
    wanted = LEADS_TO.get((state, step))
    if wanted is not None:
        assert provider_move(circuit(state), step).provider_state == wanted
        return
    with pytest.raises(Impossible) as refused:
        provider_move(circuit(state), step)
    assert refused.value.rule == "ER107"
    assert state in refused.value.message
    assert (refused.value.next or "").startswith("mseelab provider ")


@pytest.mark.rule("ER104", "ER105")
@pytest.mark.parametrize(("state", "step"), list(product(PROVIDER_STATES, CUSTOMER_STEPS)))
def test_the_customers_steps(state: ProviderState, step: CustomerStep) -> None:
    allowed = (state, step) in {
        ("NotProvisioned", "delete"), ("Provisioned", "peering"), ("Provisioned", "connection"),
    }
    assert (step in CUSTOMER_MAY[state]) == allowed
    if allowed:
        may(circuit(state), step)
        return
    with pytest.raises(Impossible) as refused:
        may(circuit(state), step)
    assert refused.value.rule == ("ER105" if step == "delete" else "ER104")
    assert state in refused.value.message


@pytest.mark.rule("ER104")
@pytest.mark.parametrize("step", ["peering", "connection"])
def test_a_disabled_circuit_takes_nothing(step: CustomerStep) -> None:
    disabled = Circuit("er-1", (), (), circuit_state="Disabled")
    with pytest.raises(Impossible, match="Disabled"):
        may(disabled, step)


@pytest.mark.rule("ER105")
def test_delete_says_in_which_order() -> None:
    linked = circuit("Provisioned", (VnetConnection("hub", "hub-er-1"), VnetConnection("apps")))
    with pytest.raises(Impossible) as refused:
        may(linked, "delete")
    assert refused.value.next == (
        "mseelab connection delete hub-er-1, then mseelab connection delete apps-er-1, "
        "then mseelab provider deprovision c4a91f3e"
    )
    with pytest.raises(Impossible, match="1 connection use"):
        may(circuit("NotProvisioned", (VnetConnection("hub"),)), "delete")


@pytest.mark.rule("ER303")
@pytest.mark.parametrize(("state", "decision"), list(product(get_args(ValidationState), DECISIONS)))
def test_microsofts_decisions(state: ValidationState, decision: Decision) -> None:
    prefix = PublicPrefix(ip_network("198.51.100.0/24"), state)
    if state in ("NotConfigured", "Configuring"):
        with pytest.raises(Impossible) as refused:
            decided(prefix, decision)
        assert refused.value.rule == "ER303"
        assert f"198.51.100.0/24 is {state}" in refused.value.message
        return
    after = decided(prefix, decision)
    assert after.state == {"approve": "Configured", "reject": "ValidationFailed"}[decision]
    assert MicrosoftConfig((after,)).state == {"approve": "Configured", "reject": "ValidationNeeded"}[decision]


def test_the_states_of_all_prefixes_in_one() -> None:
    """howto-routing-cli: NotConfigured, Configuring, Configured, ValidationNeeded, as the least of them allows."""

    def of(*states: ValidationState) -> str:
        prefixes = (PublicPrefix(ip_network(f"198.51.{n}.0/24"), state) for n, state in enumerate(states))
        return MicrosoftConfig(tuple(prefixes)).state

    assert of() == of("NotConfigured") == "NotConfigured"
    assert of("Configured", "Configured") == "Configured"
    assert of("Configured", "Configuring") == of("Configuring", "NotConfigured") == "Configuring"
    assert of("Configured", "ManualValidationNeeded") == of("Configuring", "ValidationFailed") == "ValidationNeeded"


def test_a_connection_without_a_name_has_one() -> None:
    linked = circuit("Provisioned", (VnetConnection("hub"), VnetConnection("apps", "to-apps")))
    assert [connection_name(linked, vnet) for vnet in ("hub", "apps")] == ["hub-er-1", "to-apps"]

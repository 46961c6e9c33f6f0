"""What an apply leaves alone: states that the files do not give, and that a workflow verb has set since (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lab.circuit.models import Circuit, MicrosoftConfig, Network, Peering, Spec, ValidationState


def carried(old: Spec, new: Spec) -> Spec:
    """`new`, where its file is silent on a state, with the state of `old`, which runs."""
    before = {circuit.name: circuit for circuit in old.circuits}
    ports = {port.name: port for port in old.ports}
    return replace(
        new,
        circuits=tuple(_circuit(before[c.name], c, new.lines) if c.name in before else c for c in new.circuits),
        ports=tuple(
            replace(p, links_enabled=ports[p.name].links_enabled)
            if p.name in ports and f"expressRoutePorts.{p.name}.links" not in new.lines else p
            for p in new.ports
        ),
    )


def _circuit(old: Circuit, new: Circuit, lines: Mapping[str, int]) -> Circuit:
    at = f"circuits.{new.name}"
    peerings = []
    for peering in new.peerings:
        was = old.peering(peering.type)
        peerings.append(_peering(was, peering, f"{at}.{peering.type}", lines) if was else peering)
    return replace(
        new,
        peerings=tuple(peerings),
        provider_state=new.provider_state
        if f"{at}.serviceProviderProvisioningState" in lines else old.provider_state,
        circuit_state=new.circuit_state if f"{at}.circuitProvisioningState" in lines else old.circuit_state,
    )


def _peering(old: Peering, new: Peering, at: str, lines: Mapping[str, int]) -> Peering:
    enabled = new.enabled if f"{at}.state" in lines else old.enabled
    configs = []
    for family, config in new.microsoft:
        was = old.microsoft_config(family)
        under = "ipv6PeeringConfig." if family == "ipv6" else ""
        given = f"{at}.{under}microsoftPeeringConfig.advertisedPublicPrefixesState" in lines
        states = {p.network: p.state for p in was.prefixes} if was and not given else {}
        configs.append((family, _with_states(config, states)))
    return replace(new, enabled=enabled, microsoft=tuple(configs))


def _with_states(config: MicrosoftConfig, states: Mapping[Network, ValidationState]) -> MicrosoftConfig:
    return replace(
        config, prefixes=tuple(replace(p, state=states.get(p.network, p.state)) for p in config.prefixes)
    )

"""What an apply leaves alone: states that a verb has set and the files do not give."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from lab.circuit.carry import carried
from lab.circuit.models import Circuit, Family, MicrosoftConfig, Peering, PortPair, PublicPrefix, Spec

Configs = tuple[tuple[Family, MicrosoftConfig], ...]

DECLARED: Configs = (("ipv4", MicrosoftConfig((PublicPrefix(ip_network("198.51.100.0/24")),))),)
PEERINGS = (
    Peering("AzurePrivatePeering", 65010, 100, ()),
    Peering("MicrosoftPeering", 65010, 200, (), microsoft=DECLARED),
)
PORT = PortPair("pair", "ce1", "Amsterdam", 10, "QinQ", (True, True))
FILE = Spec("er-1", "circuit.yml", "dual-path", (Circuit("er-1", PEERINGS, ()),), (), (), ports=(PORT,))


def running() -> Spec:
    """The file's lab, after the provider, Microsoft and the customer have each set something by hand."""
    refused: Configs = (("ipv4", MicrosoftConfig((PublicPrefix(ip_network("198.51.100.0/24"), "ValidationFailed"),))),)
    peerings = (replace(PEERINGS[0], enabled=False), replace(PEERINGS[1], microsoft=refused))
    circuit = replace(FILE.circuits[0], peerings=peerings, provider_state="Provisioning", circuit_state="Disabled")
    return replace(FILE, circuits=(circuit,), ports=(replace(PORT, links_enabled=(False, True)),))


def test_a_silent_file_changes_no_state() -> None:
    assert carried(running(), FILE) == running()


@pytest.mark.parametrize(
    "given",
    [
        "serviceProviderProvisioningState", "circuitProvisioningState", "AzurePrivatePeering.state",
        "MicrosoftPeering.microsoftPeeringConfig.advertisedPublicPrefixesState",
    ],
)
def test_what_a_file_gives_counts(given: str) -> None:
    spoken = replace(FILE, lines={f"circuits.er-1.{given}": 3})
    kept = carried(running(), spoken)
    assert kept.circuits != running().circuits
    circuit, wanted = kept.circuits[0], FILE.circuits[0]
    match given.split("."):
        case ["serviceProviderProvisioningState"]:
            assert circuit.provider_state == wanted.provider_state
        case ["circuitProvisioningState"]:
            assert circuit.circuit_state == wanted.circuit_state
        case ["AzurePrivatePeering", _]:
            assert circuit.peerings[0].enabled
        case _:
            assert circuit.peerings[1].microsoft == DECLARED


def test_the_links_of_a_port() -> None:
    spoken = replace(FILE, lines={"expressRoutePorts.pair.links": 3})
    assert carried(running(), spoken).ports == (PORT,)


def test_what_is_new_is_as_the_file_says() -> None:
    other = replace(FILE, circuits=(replace(FILE.circuits[0], name="er-2"),))
    assert carried(running(), other).circuits == other.circuits
    fewer = replace(FILE, circuits=(replace(FILE.circuits[0], peerings=()),))
    assert carried(fewer, FILE).circuits == FILE.circuits


def test_a_prefix_that_is_new_is_not_refused_with_the_others() -> None:
    config = MicrosoftConfig((PublicPrefix(ip_network("198.51.100.0/24")), PublicPrefix(ip_network("203.0.113.0/24"))))
    wider = replace(PEERINGS[1], microsoft=(("ipv4", config),))
    kept = carried(running(), replace(FILE, circuits=(replace(FILE.circuits[0], peerings=(PEERINGS[0], wider)),)))
    assert [p.state for _, c in kept.circuits[0].peerings[1].microsoft for p in c.prefixes] == [
        "ValidationFailed", "Configured",
    ]

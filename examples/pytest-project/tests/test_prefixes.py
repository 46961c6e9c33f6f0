"""What we announce to Azure, and what we take from it."""

import pytest

from lab.testing import Lab

pytestmark = pytest.mark.mseelab("../circuit.yml")


def test_only_the_office_is_announced(lab: Lab) -> None:
    for session in lab.sessions():
        assert session.from_ce == {"10.10.0.0/16", "10.11.0.0/16"}  # 172.16.0.0/12 stays here


def test_a_second_network_in_azure_is_not_taken_unasked(lab: Lab) -> None:
    circuit = lab.circuit()
    circuit["virtualNetworks"].append({"name": "lab", "addressSpace": {"addressPrefixes": ["10.200.0.0/16"]}})
    circuit["circuits"][0]["connections"].append({"virtualNetwork": "lab"})
    lab.apply(circuit, within=1)
    assert "10.200.0.0/16" in lab.session("AzurePrivatePeering", "primary").to_ce
    taken = lab.show("ce1", "bgp ipv4 unicast")["routes"]
    assert "10.100.0.0/16" in taken
    assert "10.200.0.0/16" not in taken


def test_everything_is_as_the_file_says(lab: Lab) -> None:
    lab.check()

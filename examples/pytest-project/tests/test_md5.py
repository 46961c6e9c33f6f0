"""Our key is Azure's key, and nothing gets in without it."""

import pytest

from lab.testing import Lab

pytestmark = pytest.mark.mseelab("../circuit.yml")


def test_every_session_is_signed(lab: Lab) -> None:
    assert {session.md5 for session in lab.sessions()} == {"yes"}


def test_another_key_stays_out(lab: Lab) -> None:
    lab.configure("ce1", "router bgp 65010", "neighbor 192.168.100.130 password another1")
    lab.clear("AzurePrivatePeering", "primary")
    with pytest.raises(AssertionError):
        lab.wait_up("AzurePrivatePeering", "primary", within=2)
    assert lab.session("AzurePrivatePeering", "secondary").established

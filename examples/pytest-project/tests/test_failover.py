"""When one path dies, silently or not, the other carries on."""

import pytest

from lab.testing import Lab, PathName

pytestmark = pytest.mark.mseelab("../circuit.yml")  # one lab for this module, gone afterwards


def test_secondary_carries_everything(lab: Lab) -> None:
    with lab.fault("silent-drop", path="primary"):
        lab.wait_down("AzurePrivatePeering", "primary", within=1.5)  # BFD: 3 × 300 ms
        assert lab.ping("ce1", "10.100.0.36").lost == 0
    lab.wait_up("AzurePrivatePeering", "primary", within=10)
    assert lab.session("AzurePrivatePeering", "primary").from_ce == {"10.10.0.0/16", "10.11.0.0/16"}


@pytest.mark.parametrize("path", ["primary", "secondary"])
def test_a_cut_cable_is_survived(lab: Lab, path: PathName) -> None:
    lab.fault("link-down", path=path)  # lifted after the test
    lab.wait_down("AzurePrivatePeering", path, within=2)
    assert lab.ping("ce1", "hub").lost == 0

"""What `validate` says before `up`, as `diagnose` would say it after."""

from __future__ import annotations

from pathlib import Path

import pytest

import topologies
from lab.control.foretell import foretold
from lab.errors import Mistake
from lab.files.load import load, load_file

BREAKS = {
    "the tag": ("interface eth1.100", "interface eth1.101"),
    "the address": ("192.168.100.129/30", "192.168.100.128/31"),
    "the MSEE's AS": ("neighbor 192.168.100.130 remote-as 12076", "neighbor 192.168.100.130 remote-as 12077"),
    "the CE's AS": ("router bgp 65010", "router bgp 65011"),
}


def told(folder: Path, old: str = "", new: str = "", advertise: str = "") -> tuple[Mistake, ...]:
    shipped = topologies.folder("own-config")
    circuit, config = (shipped / "circuit.yml").read_text(), (shipped / "ce1.conf").read_text()
    assert old in config
    config = config.replace(old, new) if old else config
    (folder / "circuit.yml").write_text(circuit.replace("config: ce1.conf", f"config: ce1.conf{advertise}"))
    (folder / "ce1.conf").write_text(config)
    return foretold(load_file(folder / "circuit.yml", "circuit.yml", lint=False, keys=False))


@pytest.mark.rule("ER520")
@pytest.mark.parametrize("what", BREAKS)
def test_the_line_that_will_keep_a_session_down_is_told(tmp_path: Path, what: str) -> None:
    """Issue 12, point 7: `validate` passed what `diagnose` then blamed."""
    found = told(tmp_path, *BREAKS[what])
    assert {w.rule for w in found} == {"ER520"}
    text = (tmp_path / "ce1.conf").read_text().splitlines()
    for each in found:
        assert (each.warning, each.file) == (True, "ce1.conf")
        assert 1 <= each.line <= len(text)
        assert "keeps the session down" in each.message


@pytest.mark.rule("ER520", "ER521")
@pytest.mark.parametrize("name", topologies.names())
def test_what_ships_has_nothing_to_tell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert foretold(load(name, Path("/"), lint=False, keys=False)) == ()


@pytest.mark.rule("ER521")
def test_on_premises_in_a_vnet_is_a_warning_and_a_summary_is_not(tmp_path: Path) -> None:
    text = """\
name: er
peerings:
  - {name: AzurePrivatePeering, peerASN: 65010, vlanId: 100, primaryPeerAddressPrefix: 192.168.1.0/30,
     secondaryPeerAddressPrefix: 192.168.1.4/30}
virtualNetworks: [{name: hub, addressSpace: {addressPrefixes: [10.100.0.0/16]}}]
customerEdges:
  - name: ce1
    advertise: [10.0.0.0/8, 10.100.4.0/24, 10.101.0.0/16]
"""
    (tmp_path / "circuit.yml").write_text(text)
    (found,) = foretold(load_file(tmp_path / "circuit.yml", "circuit.yml", lint=False))
    assert (found.rule, found.line, found.warning) == ("ER521", 8, True)
    assert found.message == "10.100.4.0/24 of ce1 lies in 10.100.0.0/16 of VNet hub, which is connected"


@pytest.mark.rule("ER520")
def test_a_file_from_elsewhere_is_not_quoted(tmp_path: Path) -> None:
    """A4: whoever writes the circuit file chooses which file that is."""
    folder = tmp_path / "lab"
    folder.mkdir()
    told(folder)
    (folder / "ce1.conf").rename(tmp_path / "ce1.conf")
    text = (tmp_path / "ce1.conf").read_text().replace("remote-as 12076", "remote-as 12077")
    (tmp_path / "ce1.conf").write_text(text)
    circuit = folder / "circuit.yml"
    circuit.write_text(circuit.read_text().replace("config: ce1.conf", "config: ../ce1.conf"))
    found = foretold(load_file(circuit, "circuit.yml", lint=False, keys=False))
    assert {w.rule for w in found} == {"ER520"}
    assert all("its text is not shown" in w.message and not w.hint and "12077" not in str(w) for w in found)

"""What a session needs of its CE's own file, from the circuit file alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import topologies
from bgp.frr.userfile.blame import keeps_down, not_sent, not_taken
from lab.control.record import Applied, applied
from lab.control.sources import Source, sources
from lab.files.load import load_file


def lab(folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = "") -> Applied:
    shipped = topologies.folder("own-config")
    circuit = (shipped / "circuit.yml").read_text()
    (folder / "circuit.yml").write_text(circuit.replace("    vlanId: 100", f"    vlanId: 100\n{key}"))
    (folder / "ce1.conf").write_text((shipped / "ce1.conf").read_text())
    monkeypatch.setenv("ER_KEY", "Secret1")
    loaded = load_file(folder / "circuit.yml", "circuit.yml", lint=False)
    return applied(loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, "salt")[0]


def own(folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = "") -> Source:
    return sources(lab(folder, monkeypatch, key))["ce1"]


def test_every_session_of_the_ce_has_its_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = own(tmp_path, monkeypatch)
    assert source.name == "ce1.conf"
    found = {(n.peer, n.address, n.prefixlen, n.interface, n.peer_asn, n.local_asn) for n in source.needs.values()}
    assert found == {
        ("192.168.100.130", "192.168.100.129", 30, "eth1.100", 12076, 65010),
        ("192.168.100.134", "192.168.100.133", 30, "eth2.100", 12076, 65010),
        ("fd00:64::2", "fd00:64::1", 126, "eth1.100", 12076, 65010),
        ("fd00:64::6", "fd00:64::5", 126, "eth2.100", 12076, 65010),
    }


def test_the_shipped_file_is_right_for_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = own(tmp_path, monkeypatch)
    for session, needs in source.needs.items():
        assert keeps_down(source.file, needs) is None
        assert [not_sent(source.file, needs, prefix) for prefix in source.sends[session]] == [None]
        assert [not_taken(source.file, needs, prefix, (12076,)) for prefix in source.takes[session]] == [None]


@pytest.mark.parametrize(("key", "name", "signed"), [
    ("", None, False), ("    sharedKey: {env: ER_KEY}", "ER_KEY", True), ("    sharedKey: Literal1", None, True),
])
def test_the_key_goes_by_its_variable(
    key: str, name: str | None, signed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = own(tmp_path, monkeypatch, key).needs.values()
    assert {(each.key, each.signed) for each in needs} == {(name, signed)}
    assert "Literal1" not in repr(list(needs))

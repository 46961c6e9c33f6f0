"""A circuit as the file that says it: read again it is the same, and typed mistakes have the flag, not a place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import topologies
from lab.errors import Mistakes
from lab.files.document import document_of, file_of, reread
from lab.files.load import Loaded, load, load_file

SHIPPED = pytest.mark.parametrize("name", topologies.names())


def shipped(name: str) -> Loaded:
    return load(name, Path.cwd(), lint=False)


def again(loaded: Loaded, document: dict[str, Any]) -> Any:
    flags = {"peerASN": "--peer-asn", "vlanId": "--vlan-id"}
    return reread(document, loaded.spec, loaded.topology, loaded.interfaces, lambda field: flags.get(field, field))


@SHIPPED
def test_a_lab_read_again_is_the_same(name: str) -> None:
    loaded = shipped(name)
    assert again(loaded, document_of(loaded.spec, {})) == loaded.spec


@SHIPPED
def test_what_show_prints_is_a_file(name: str, tmp_path: Path) -> None:
    loaded = shipped(name)
    for circuit in loaded.spec.circuits:
        path = tmp_path / f"{circuit.name}.json"
        path.write_text(json.dumps(file_of(loaded.spec, circuit, {}, tmp_path)))
        spec = load_file(path, path.name, lint=False).spec
        found = spec.circuit(circuit.name)
        assert found.connections == circuit.connections
        assert [p.subnets for p in found.peerings] == [p.subnets for p in circuit.peerings]
        assert {v.name for v in spec.virtual_networks} == set(circuit.vnets)
        assert [e.name for e in spec.customer_edges] == [e.name for e in loaded.spec.ces_of(circuit)]


def test_a_typed_mistake_has_no_place_and_its_flag() -> None:
    loaded = shipped("dual-path")
    document = document_of(loaded.spec, {})
    peering = document["circuits"][0]["peerings"][0]
    peering |= {"peerASN": 65515, "vlanId": 5000, "primaryPeerAddressPrefix": "10.100.0.0/30"}
    with pytest.raises(Mistakes) as refused:
        again(loaded, document)
    said = [str(mistake) for mistake in refused.value.mistakes]
    assert said[0] == "ER204 --peer-asn: found 65515; allowed 1-4294967295 except 12076, 65515-65520"
    assert said[1] == "ER205 --vlan-id: found 5000; allowed 1-4094"
    assert any(text.startswith("ER402") for text in said)
    assert not any("line" in text for text in said)


def test_a_literal_key_is_kept_and_not_written(tmp_path: Path) -> None:
    text = (topologies.folder("dual-path") / "circuit.yml").read_text().replace("{file: er.key}", "Secret123")
    (tmp_path / "circuit.yml").write_text(text)
    loaded = load_file(tmp_path / "circuit.yml", "circuit.yml", lint=False)
    document = document_of(loaded.spec, {})
    assert "Secret123" not in json.dumps(document)
    assert again(loaded, document).circuits == loaded.spec.circuits

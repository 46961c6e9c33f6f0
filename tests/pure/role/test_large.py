"""Labs that are too large for the machine's one neighbor table."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.labs import circuits
from lab.files.load import load_file
from lab.role.build import build
from lab.role.layout import CIRCUITS_IN_NEIGHBOR_TABLE
from lab.role.state import NodeState


def nodes(folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, NodeState]:
    monkeypatch.setenv("BENCH_KEY", "benchKey2026")
    loaded = load_file(circuits(folder, count) / "circuit.json", "circuit.json")
    return dict(build(loaded.spec, loaded.topology, loaded.own, loaded.interfaces).nodes)


def test_ce_and_msee_find_each_other_by_arp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = nodes(tmp_path, CIRCUITS_IN_NEIGHBOR_TABLE, monkeypatch)
    assert not found["ce1"].wiring.neighbors


def test_in_a_larger_lab_each_has_the_other_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = nodes(tmp_path, CIRCUITS_IN_NEIGHBOR_TABLE + 1, monkeypatch)
    for here, there, path in (("ce1", "msee1", "eth1"), ("msee1", "ce1", "eth1"), ("ce1", "msee2", "eth2")):
        macs = {
            address.partition("/")[0]: face.mac
            for face in found[there].wiring.interfaces if face.tag
            for address in face.addresses
        }
        entries = [n for n in found[here].wiring.neighbors if n.interface.startswith(f"{path}.")]
        assert len(entries) == 2 * (CIRCUITS_IN_NEIGHBOR_TABLE + 1), "both families of every circuit"
        assert all(macs[entry.address] == entry.mac for entry in entries)

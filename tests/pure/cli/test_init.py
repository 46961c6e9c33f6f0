"""`init` writes files that belong together, and `validate` says which file each line is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.cli import main
from lab.files.load import load


def test_the_topology_that_init_writes_is_the_one_that_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases, section 8: the circuit file beside it went on naming the shipped one."""
    monkeypatch.chdir(tmp_path)
    assert main.run(["init", "dual-ce", "--topology"]) == 0
    assert load(None, tmp_path, fallback=False).topology_file == tmp_path / "dual-ce.clab.yml"


def test_a_file_of_azure_names_no_topology(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run(["init", "from-az", "--topology"]) == 2
    assert "names no topology" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_validate_says_which_of_several_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cases, section 8: three folders gave three times `circuit.yml: no mistakes`."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        assert main.run(["init", "dual-ce"]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    assert main.run(["validate", "a", "b", "a/circuit.yml"]) == 0
    names = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["a/circuit.yml", "b/circuit.yml", "a/circuit.yml"]

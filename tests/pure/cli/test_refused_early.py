"""What `check` refuses is refused before a lab is built, by `validate` too, and is in the reports of a CI job."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab.cli.main import run

TOPOLOGIES = Path(__file__).resolve().parents[3] / "topologies"
FAILOVER = "checks:\n  - {id: fo, failover: {path: primary, within: 1s}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it, where no lab runs and none can: a lab that is begun is a failure."""

    def begun(*_: object, **__: object) -> None:
        pytest.fail("a lab was begun")

    monkeypatch.setenv("MSEELAB_STATE", str(tmp_path / "state"))
    monkeypatch.setattr("lab.control.running.in_child", begun)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shipped(folder: Path, name: str, more: str) -> None:
    shutil.copytree(TOPOLOGIES / name, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.clab.yml"))
    (folder / "circuit.yml").write_text((folder / "circuit.yml").read_text() + more)


def failures(file: Path) -> list[str]:
    return [str(each.text) for each in ElementTree.parse(file).getroot().iter("failure")]


def test_an_unknown_check_builds_no_lab(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """12/8: `check --only nosuch` built a lab first."""
    assert run(["check", "dual-path", "--only", "sessions", "--only", "nosuch", "--junit", "x.xml"]) == 2
    assert "no check is called nosuch" in capsys.readouterr().err
    (failure,) = failures(folder / "x.xml")
    assert "no check is called nosuch" in failure


@pytest.mark.parametrize("verb", ["validate", "check"])
def test_a_fault_that_means_no_peering_is_a_mistake_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """12/8: validate passed a failover check without `peering`, which check refuses once its lab runs."""
    shipped(folder, "both-peerings", FAILOVER)
    assert run([verb]) == 2
    assert "2 peerings; which one?" in capsys.readouterr().err


def test_one_peering_needs_no_name(folder: Path) -> None:
    shipped(folder, "dual-path", FAILOVER)
    assert run(["validate"]) == 0


def test_junit_has_the_mistakes_of_the_files(folder: Path) -> None:
    """12/8: JUnit was missing on exit 2 and 4: the job said that it had no tests."""
    shipped(folder, "dual-path", "nosuch: 1\nstga: 8\n")
    assert run(["check", "--junit", "x.xml"]) == 2
    found = failures(folder / "x.xml")
    assert len(found) == 2
    assert "ER911" in found[0]


def test_junit_has_what_this_host_cannot(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lab.errors import HostCannot

    def cannot(_: object) -> None:
        raise HostCannot("no FRR", next="apt-get install frr")

    monkeypatch.setattr("lab.control.running.in_child", cannot)
    assert run(["check", "dual-path", "--junit", "x.xml", "--markdown", "x.md"]) == 4
    (failure,) = failures(folder / "x.xml")
    assert "apt-get install frr" in failure
    assert "no FRR" in (folder / "x.md").read_text()

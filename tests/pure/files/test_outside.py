"""A7, A13: which files a circuit file may name, what of them is shown, and how they are read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lab.circuit.models import Spec
from lab.cli.main import run
from lab.control.record import file_digests
from lab.control.running import file_digest
from lab.errors import Mistake, Mistakes
from lab.files.load import load
from lab.files.outside import CI, WORKSPACES, outside, refusal
from lab.files.registry import read_registry
from lab.files.tree import read_bytes

HIDDEN = "Sesame"
SHADOW = f"root:$y${HIDDEN}:20228:0\nroute: {HIDDEN}\norigin: {HIDDEN}\nsource: {HIDDEN}\n\n"
CIRCUIT = """\
name: er
peerings:
  - name: AzurePrivatePeering
    peerASN: 65010
    vlanId: 100
    primaryPeerAddressPrefix: 192.168.100.128/30
    secondaryPeerAddressPrefix: 192.168.100.132/30
customerEdges:
  - name: ce1
"""
CONFIG, REGISTRY, TOPOLOGY = "    config: {}\n", "registry: {}\n", "topology: {}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the circuit two folders down, beside it what is nobody's business."""
    for name in (*CI, *WORKSPACES):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "shadow").write_text(SHADOW)
    (tmp_path / "shadow.yml").write_text(SHADOW)
    site = tmp_path / "clone" / "sites" / "ams"
    site.mkdir(parents=True)
    (tmp_path / "clone" / ".git").mkdir()
    (tmp_path / "clone" / ".git" / "config").write_text(SHADOW)
    (tmp_path / "clone" / "common.conf").write_text("router bgp 65010\n")
    (site / "link").symlink_to("../../../shadow")
    (site / "link.yml").symlink_to("../../../shadow.yml")
    return site


def mistakes(folder: Path, text: str) -> list[Mistake]:
    (folder / "circuit.yml").write_text(text)
    try:
        load(None, folder)
    except Mistakes as error:
        return error.mistakes
    return []


def named(line: str, file: str) -> str:
    return CIRCUIT + line.format(file) if line == CONFIG else line.format(file) + CIRCUIT


@pytest.mark.rule("ER907")
@pytest.mark.parametrize(("line", "file"), [
    (CONFIG, "../../../shadow"), (CONFIG, "link"), (REGISTRY, "../../../shadow"), (REGISTRY, "link"),
    (TOPOLOGY, "../../../shadow.yml"), (TOPOLOGY, "./link.yml"),
])
def test_a_file_from_elsewhere_is_not_quoted_and_in_ci_not_read(
    project: Path, line: str, file: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = mistakes(project, named(line, file))
    assert found
    assert HIDDEN not in "".join(f"{m!r}{m}" for m in found)
    monkeypatch.setenv("CI", "true")
    (refused,) = mistakes(project, named(line, file))
    assert (refused.file, refused.rule) == ("circuit.yml", "ER907")
    assert "neither in the folder of the circuit file nor in its checkout" in str(refused)
    monkeypatch.chdir(project)
    assert run(["validate", "-o", "json"]) == 2
    assert HIDDEN not in "".join(capfd.readouterr())


@pytest.mark.rule("ER907")
@pytest.mark.parametrize("line", [CONFIG, REGISTRY, TOPOLOGY])
def test_git_is_never_read(project: Path, line: str) -> None:
    (project.parent.parent / ".git" / "x.yml").write_text(SHADOW)
    (refused,) = mistakes(project, named(line, "../../.git/x.yml"))
    assert refused.rule == "ER907"
    assert HIDDEN not in str(refused)


def test_a_file_of_the_checkout_is_read_in_ci_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert mistakes(project, named(CONFIG, "../../common.conf")) == []
    assert refusal(project.parent.parent / "common.conf", project) == ""


@pytest.mark.parametrize("name", CI)
def test_every_ci_system_is_known(project: Path, name: str) -> None:
    assert f"{name} is set" in refusal(project.parent.parent.parent / "shadow", project, {name: "True"})
    assert refusal(project.parent.parent.parent / "shadow", project, {}) == ""


def test_a_workspace_is_a_checkout_without_git(tmp_path: Path) -> None:
    site = tmp_path / "ws" / "site"
    site.mkdir(parents=True)
    other = tmp_path / "ws" / "ce1.conf"
    assert outside(other, site, {})
    assert not outside(other, site, {"GITHUB_WORKSPACE": str(tmp_path / "ws")})
    assert outside(other, site, {"GITHUB_WORKSPACE": str(tmp_path / "another")})


def test_a_circuit_file_that_is_a_link_is_not_quoted(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "circuit.yml").symlink_to("../../../shadow.yml")
    (project / "x.clab.yml").symlink_to("../../../shadow.yml")
    (project / "x.conf").symlink_to("../../../shadow")
    monkeypatch.chdir(project)
    for words in (["validate"], ["validate", "x.clab.yml"], ["validate", "x.conf"], ["check", "--list"]):
        for ci in ("", "true"):
            monkeypatch.setenv("CI", ci)
            assert run(words) == 2
            assert HIDDEN not in "".join(capfd.readouterr())


@pytest.mark.parametrize("file", ["fifo", "/dev/zero", "/dev/tty", "."])
def test_what_is_no_file_is_not_waited_for(project: Path, file: str) -> None:
    """A13: `registry: ./fifo` hung for good, /dev/zero ate the machine."""
    os.mkfifo(project / "fifo")
    begun = time.monotonic()
    for line in (CONFIG, REGISTRY):
        (found, *_) = mistakes(project, named(line, file))
        assert found.rule in ("ER308", "ER502", "ER901")
    with pytest.raises(Mistakes):
        read_registry(Spec("a", str(project / "c"), "dual-path", (), (), ()), {"MSEELAB_REGISTRY": str(project / file)})
    assert file_digest(str(project / file)) is None
    with pytest.raises(Mistakes):
        file_digests(Spec("a", "c", "dual-path", (), (), (), files=(str(project / file),)))
    assert time.monotonic() - begun < 5


def test_a_registry_has_a_bound_and_controls_are_no_text(project: Path) -> None:
    with open(project / "big", "wb") as file:
        file.truncate(17 << 20)
    assert "16 MB" in str(mistakes(project, named(REGISTRY, "big"))[0])
    (project / "controls").write_text("route: 198.51.100.0/24\norigin: \x03\x1b[31m\nsource: RIPE\n\n")
    assert "found \ufffd\ufffd[31m" in str(mistakes(project, named(REGISTRY, "controls"))[0])
    with pytest.raises(Mistakes):
        read_bytes(project / "big", "big", 1 << 20)

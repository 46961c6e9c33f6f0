"""Which lab a verb means. The processes named here are this test's own, so they are alive and need no world."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bgp import secret
from lab.circuit.store import Store
from lab.control.running import all_running, find, in_child, named_or_here
from lab.engine.netns.world import NetnsWorld
from lab.errors import Impossible, LabError, Mistake, Mistakes, NotAsItShould
from lab.files.known import remember_keys
from lab.net import ns
from tests.pure.control.documents import document


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which lab is meant follows from which live; that a process proves to be a world is a live test's."""
    monkeypatch.setenv("MSEELAB_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(NetnsWorld, "alive", lambda world: ns.runs(world.pid, world.start))


def record(name: str, file: Path, *, shipped: bool = False, alive: bool = True) -> None:
    start = ns.start_time(os.getpid()) + (not alive)
    world: dict[str, Any] = {"pid": os.getpid(), "start": start, "word": "w", "nodes": {"ce1": 2}}
    store = Store(name, create=True)
    store.write(document(name, world=world, file=str(file), shipped=shipped))
    store.close()


def test_none() -> None:
    with pytest.raises(Impossible, match="no lab runs"):
        find(None)
    with pytest.raises(Impossible, match="no lab named er-x runs here"):
        find("er-x")


def test_this_folders_before_the_only_other(tmp_path: Path) -> None:
    record("er-here", tmp_path / "circuit.yml")
    record("er-there", tmp_path / "there" / "circuit.yml")
    assert find(None, tmp_path).lab == "er-here"
    assert find("er-there", tmp_path).lab == "er-there"
    with pytest.raises(Impossible, match="2 labs run; which one") as raised:
        find(None, tmp_path / "elsewhere")
    assert raised.value.next == "--lab NAME, one of: er-here er-there"


def test_the_only_one_that_runs(tmp_path: Path) -> None:
    record("er-lab", tmp_path / "circuit.yml", shipped=True)
    record("er-dead", tmp_path / "dead" / "circuit.yml", alive=False)
    assert find(None, tmp_path).lab == "er-lab"
    assert [running.lab for running in all_running()] == ["er-lab"]


def test_circuit_yml_before_other_files_of_the_folder(tmp_path: Path) -> None:
    record("er-usual", tmp_path / "circuit.yml")
    record("er-other", tmp_path / "other.yml")
    assert find(None, tmp_path).lab == "er-usual"


def test_one_that_no_longer_runs(tmp_path: Path) -> None:
    record("er-dead", tmp_path / "circuit.yml", alive=False)
    with pytest.raises(NotAsItShould, match="er-dead no longer runs"):
        find(None, tmp_path)
    assert named_or_here(None, tmp_path) == "er-dead", "down takes away what is left"


def test_down_finds_half_a_record(tmp_path: Path) -> None:
    Store("er-half", create=True).close()
    assert named_or_here(None, tmp_path) == "er-half"
    assert named_or_here("er-half", tmp_path) == "er-half"
    with pytest.raises(Impossible):
        find(None, tmp_path)


def test_an_unknown_node_names_the_known_ones(tmp_path: Path) -> None:
    record("er-lab", tmp_path / "circuit.yml")
    with pytest.raises(Impossible, match="er-lab has no node ce9") as raised:
        find(None, tmp_path).node("ce9")
    assert raised.value.next == "one of: ce1"


def test_files_that_have_changed(tmp_path: Path) -> None:
    from lab.control.running import Running, file_digest

    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    digests = {str(tmp_path / name): file_digest(str(tmp_path / name)) for name in "ab"}
    running = Running(Store("x", create=True), {"digests": digests})
    assert running.changed_files() == []
    (tmp_path / "a").write_text("three")
    (tmp_path / "b").unlink()
    assert running.changed_files() == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_a_child_brings_back_values_and_errors() -> None:
    def refuse() -> None:
        raise Impossible("no", next="yes", rule="ER105")

    def mistake() -> None:
        raise Mistakes([Mistake("f", 1, 2, "ER204", "peerASN", "1", "2")])

    def end() -> None:
        os._exit(9)

    assert in_child(lambda: {"a": [1, None]}) == {"a": [1, None]}
    with pytest.raises(Impossible) as refused:
        in_child(refuse)
    assert (refused.value.message, refused.value.next, refused.value.rule) == ("no", "yes", "ER105")
    with pytest.raises(Mistakes) as mistaken:
        in_child(mistake)
    assert mistaken.value.mistakes[0].rule == "ER204"
    with pytest.raises(LabError, match="ended early"):
        in_child(end)


def test_a_key_that_a_child_has_met_is_masked_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A4: `check` reads files in one child, asks the lab in another, and prints in neither."""
    monkeypatch.setattr(secret, "_known", frozenset())
    monkeypatch.setattr(secret, "_values", None)
    assert in_child(lambda: secret.remember(["Sesame2026"])) is None
    assert secret.hidden("is Sesame2026") == "is ***"


def test_the_keys_of_a_running_lab_are_masked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(secret, "_known", frozenset())
    monkeypatch.setattr(secret, "_values", None)
    monkeypatch.setenv("THE_KEY", "Sesame2026")
    monkeypatch.setenv("OWN_KEY", "Sesame2027")
    (tmp_path / "er.key").write_text("Sesame2028\n")
    peerings = [{"shared_key": {"source": "env", "name": "THE_KEY"}}, {"shared_key": None},
                {"shared_key": {"source": "file", "name": "er.key"}},
                {"shared_key": {"source": "file", "name": "none.key"}}]
    own = {"ce1": {"keys": ["env:OWN_KEY", "env:NONE"]}}
    spec = {"files": [str(tmp_path / "circuit.yml")], "circuits": [{"peerings": peerings}]}
    remember_keys({"applied": {"spec": spec, "own": own}})
    assert secret.remembered() == {"Sesame2026", "Sesame2027", "Sesame2028"}
    for other in ({}, {"applied": 1}, {"applied": {"spec": {"circuits": [1, {"peerings": 2}]}, "own": [3]}}):
        remember_keys(other)

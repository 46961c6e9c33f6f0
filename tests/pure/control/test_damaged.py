"""Records that are none: whatever lies in `lab.json`, every verb says which lab's it is and what to do (A12)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.circuit.document import FORMAT, LARGEST, PLAIN, Document, decoded, encoded
from lab.circuit.store import DOCUMENT, Store
from lab.cli import main
from lab.control import running
from lab.control.record import from_document, our_version
from lab.engine.netns.world import NetnsWorld
from lab.errors import Damaged
from tests.pure.control.documents import document

LAB = "er-sick"
JUNK: tuple[Any, ...] = (None, True, 10**400, 1e308, "\x1b[31m", [[]], {"x": {}})
VERBS = [
    ["status", "--lab", LAB], ["check", "--lab", LAB], ["plan", "--lab", LAB], ["apply", "--lab", LAB],
    ["diagnose", "--lab", LAB], ["show", "arp-table", "--path", "primary", "--lab", LAB],
    ["exec", "--lab", LAB, "ce1", "ls"], ["record", "--lab", LAB], ["circuit", "show", "--lab", LAB],
    ["peering", "list", "--lab", LAB], ["status"], ["capture", "--lab", LAB],
]


def other_shape() -> bytes:
    older = document(LAB, version="0.0.9")
    del older["format"], older["applied"]["slots"]
    return json.dumps(older).encode()


def without(name: str) -> Callable[[], bytes]:
    return lambda: json.dumps({n: v for n, v in document(LAB).items() if n != name}).encode()


def with_(**other: Any) -> Callable[[], bytes]:
    return lambda: json.dumps(document(LAB, **other)).encode()


DAMAGED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "cut off": lambda: encoded(document(LAB))[:-200],
    "zeros, as after a loss of power": lambda: bytes(4096),
    "no JSON": lambda: b"lab: er-lab\n",
    "no UTF-8": lambda: b'{"lab": "\xff\xfe"}',
    "an open bracket 100,000 times": lambda: b"[" * 100_000,
    "objects in objects": lambda: b'{"a":' * 100_000,
    "a list": lambda: b"[]",
    "null": lambda: b"null",
    "a number of 5,000 digits": lambda: b"1" * 5000,
    "an empty object": lambda: b"{}",
    "only a world": lambda: b'{"world":{}}',
    "another version of another shape": other_shape,
    "a later shape": with_(format=FORMAT + 1),
    "another lab's": with_(lab="er-other"),
    "a name that leads elsewhere": with_(lab="../er-sick"),
    "no such engine": with_(engine="vmware"),
    "containerlab's, elsewhere": with_(
        engine="containerlab", world={"lab": "x/../../victim", "file": "/tmp/x", "folder": "/tmp/x", "nodes": {}}
    ),
    "a world without a word": with_(world={"pid": 1, "start": 1, "nodes": {}}),
    "a world of nobody": with_(world={"pid": -1, "start": 1, "word": "", "nodes": {}}),
    "a session too many": with_(sessions=[{"circuit": "x"}]),
    **{f"no {name}": without(name) for name in PLAIN},
}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Beside nothing; a lab whose record can be read counts as one that runs."""
    monkeypatch.setenv("MSEELAB_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(NetnsWorld, "alive", lambda world: True)
    monkeypatch.chdir(tmp_path)
    Store(LAB, create=True).close()
    return tmp_path / "state" / LAB / DOCUMENT


@pytest.mark.parametrize("name", DAMAGED)
def test_every_verb_says_which_lab_it_is_and_what_to_do(
    name: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.write_bytes(DAMAGED[name]())
    for verb in VERBS:
        code = main.run(verb)
        said = capsys.readouterr().err
        assert code == 1, f"{verb}: {code} {said}"
        what, then = said.splitlines()
        assert re.fullmatch(rf"mseelab: .*\b{LAB} .*", what), f"{verb}: {said}"
        assert then == f"  next         mseelab down {LAB}, then mseelab up", f"{verb}: {said}"
        assert "\x1b" not in said
    assert main.run(["list", "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["labs"]
    assert row["lab"] == LAB
    assert LAB in row["problem"]
    assert main.run(["list"]) == 0
    assert LAB in capsys.readouterr().out
    assert main.run(["down", LAB]) == 0
    assert not state.parent.exists()


def test_the_version_is_looked_at_before_the_shape(state: Path) -> None:
    state.write_bytes(other_shape())
    with pytest.raises(Damaged, match=r"er-sick was started by mseelab 0\.0\.9, which records labs in another way"):
        running.find(LAB)


@pytest.mark.parametrize("version", ["0.0.9", None])
def test_the_same_shape_of_the_plain_part_may_still_be_another_ones(state: Path, version: str | None) -> None:
    """Between two commits the version is the same and the shape may not be."""
    made = document(LAB, version=version or our_version())
    del made["applied"]["slots"]
    state.write_bytes(encoded(made))
    wanted = "was started by mseelab 0.0.9" if version else "is damaged: applied.slots: Field required"
    with pytest.raises(Damaged, match=re.escape(wanted)):
        from_document(running.find(LAB).document)


def test_what_is_no_file_is_not_read(state: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(encoded(document(LAB)))
    made: dict[str, Callable[[], None]] = {
        "a pipe": lambda: os.mkfifo(state),
        "a folder": state.mkdir,
        "a device": lambda: state.symlink_to("/dev/zero"),
        "a link": lambda: state.symlink_to(elsewhere),
    }
    for what, make in made.items():
        make()
        with pytest.raises(Damaged, match="it is no file"):
            Store(LAB).read()
        assert main.run(["down", LAB]) == 0, what
        Store(LAB, create=True).close()
    assert elsewhere.exists()


def test_a_huge_one_is_not_read_to_its_end(state: Path) -> None:
    with state.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Damaged, match=f"more than {LARGEST >> 20} MB"):
        Store(LAB).read()


def test_others_do_not_stand_in_the_way(state: Path) -> None:
    state.write_bytes(b"")
    store = Store("er-well", create=True)
    store.write(document("er-well"))
    assert running.find(None).lab == running.find("er-well").lab == "er-well"
    assert [one.lab for one in running.all_running()] == ["er-well"]
    assert [lab for lab, _ in running.all_damaged()] == [LAB]


def test_down_all_forgets_every_one(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state.write_bytes(b"")
    Store("er-half", create=True).close()
    assert main.run(["down", "--all"]) == 0
    assert not state.parent.parent.exists()
    assert "er-sick: down: 0 processes; its record was damaged or lost" in capsys.readouterr().err


def test_whatever_is_changed_in_a_record_it_is_read_or_damaged(tmp_path: Path) -> None:
    """Each of its values in turn is something else: the quick verbs' reader and the whole one raise nothing else."""
    right = document(LAB)
    from_document(decoded(encoded(right), LAB))
    counts, count = {"read": 0, "damaged": 0}, 0
    for path in list(places(right)):
        for junk in JUNK:
            was = put(right, path, junk)
            try:
                found = decoded(json.dumps(right).encode(), LAB)
                running.world_of(found, tmp_path)
                from_document(found)
                counts["read"] += 1
            except Damaged as error:
                counts["damaged"] += error.message.isprintable()
            put(right, path, was)
            count += 1
    assert counts["damaged"] > counts["read"]
    assert sum(counts.values()) == count


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The first of each list stands for all of it."""
    below = value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    for step, inner in below:
        yield (*path, step)
        yield from places(inner, (*path, step))


def put(whole: Document, path: tuple[str | int, ...], value: Any) -> Any:
    """Puts another value in a place; what was there."""
    here: Any = whole
    for step in path[:-1]:
        here = here[step]
    was, here[path[-1]] = here[path[-1]], value
    return was


def test_a_record_is_replaced_whole_and_leaves_nothing_beside_it(state: Path) -> None:
    """What a killed command of the same pid left, or somebody's link, is not written into."""
    store = Store(LAB)
    victim = state.parent / "victim"
    victim.write_text("mine")
    (state.parent / f".{DOCUMENT}.{os.getpid()}").symlink_to(victim)
    store.write(document(LAB))
    assert victim.read_text() == "mine"
    victim.unlink()
    assert os.listdir(state.parent) == [DOCUMENT]
    read = store.read()
    assert read is not None
    assert (read["lab"], read["format"]) == (LAB, FORMAT)

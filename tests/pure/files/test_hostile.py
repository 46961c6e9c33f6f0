"""Files that are no files of ours: each ends in one clear mistake, soon, and in no traceback."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lab.errors import Mistake, Mistakes
from lab.files.circuit_file import read_circuit
from lab.files.tree import Mapping, parse_tree, plain, read_tree

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(97 + n)}: &{chr(97 + n)} [{', '.join([f'*{chr(96 + n)}'] * 10)}]\n" for n in range(1, 9)
)
HOSTILE: dict[str, tuple[bytes, str, int, str]] = {
    # name: content, rule, line, words of the message
    "empty": (b"", "ER906", 1, "empty"),
    "only comments": (b"# nothing\n\n# here\n", "ER906", 1, "empty"),
    "only a marker": (b"---\n...\n", "ER906", 1, "empty"),
    "null": (b"null\n", "ER906", 1, "empty"),
    "binary": (b"name: x\n\x00\x01\x02", "ER902", 2, "binary"),
    "an executable": (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)), "ER902", 1, "binary"),
    "control characters": (b"name: x\nlab: a\x07b\n", "ER902", 2, "control character"),
    "Latin-1": ("name: x\nlab: caf\u00e9\n".encode("latin-1"), "ER902", 2, "0xe9"),
    "UTF-16": ("name: x\n".encode("utf-16"), "ER902", 1, "UTF-16"),
    "1 MB of [": (b"[" * (1 << 20), "ER905", 1, "nesting"),
    "1 MB of {a:": (b"{a: " * (1 << 18), "ER905", 1, "nesting"),
    "1 MB of -": (b"- " * (1 << 19), "ER905", 1, "nesting"),
    "1 MB of ?": (b"? " * (1 << 19), "ER903", 1, "key"),
    "1 MB of JSON lists": (b'{"name": ' + b"[" * (1 << 20) + b"]" * (1 << 20) + b"}", "ER905", 1, "nesting"),
    "a bomb": (BOMB.encode(), "ER905", 6, "aliases"),
    "an alias to itself": (b"name: &a [*a]\n", "ER903", 1, "*a"),
    "an alias to nothing": (b"name: x\nlab: *b\n", "ER903", 2, "*b"),
    "a tab": (b"name: x\npeerings:\n\t- name: AzurePrivatePeering\n", "ER903", 3, "tab"),
    "a colon too many": (b"name: x: y\n", "ER903", 1, "mapping values"),
    "an open quote": (b"name: 'x\n", "ER903", 1, "not YAML"),
    "an open list": (b'{"name": "x", "peerings": [', "ER903", 1, "not YAML"),
    "half a surrogate": (b'{"name": "\\ud83d"}', "ER903", 1, "not YAML"),
    "two documents": (b"name: x\n---\nname: y\n", "ER903", 2, "second document"),
    "a tag": (b"name: !!python/object/apply:os.system [id]\n", "ER903", 1, "tag"),
    "a list as a key": (b"name: x\n[a, b]: c\n", "ER903", 2, "key"),
    "a number": (b"42\n", "ER913", 1, "a mapping"),
    "a text": (b"just words\n", "ER913", 1, "a mapping"),
    "a list": (b"- name: x\n", "ER913", 1, "a mapping"),
    "too many circuits": (b"circuits: [" + b"{name: a}," * 1001 + b"]", "ER905", 1, "1000"),
}


def mistakes_of(path: Path) -> list[Mistake]:
    try:
        return read_circuit(path, path.name).mistakes
    except Mistakes as error:
        return error.mistakes


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.rule("ER902", "ER903", "ER905", "ER906", "ER913")
def test_one_clear_mistake(tmp_path: Path, name: str) -> None:
    content, rule, line, words = HOSTILE[name]
    path = tmp_path / "circuit.yml"
    path.write_bytes(content)
    began = time.process_time()
    found = mistakes_of(path)
    assert time.process_time() - began < 2
    assert [(m.rule, m.line) for m in found] == [(rule, line)]
    assert words in str(found[0])
    assert "\n" not in str(found[0])
    assert len(str(found[0])) < 200


@pytest.mark.rule("ER901")
def test_a_directory_a_device_and_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert mistakes_of(tmp_path)[0].rule == "ER901"
    assert "a directory" in str(mistakes_of(tmp_path)[0])
    assert "no such file" in str(mistakes_of(tmp_path / "none.yml")[0])
    assert "device or pipe" in str(mistakes_of(tmp_path / "pipe")[0])
    assert "device or pipe" in str(mistakes_of(Path("/dev/zero"))[0])
    assert "cannot be read" in str(mistakes_of(tmp_path / ("x" * 300))[0])
    assert "cannot be read" in str(mistakes_of(Path("/dev/null/x"))[0])


@pytest.mark.rule("ER905")
def test_a_file_of_many_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "circuit.yml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert [m.rule for m in mistakes_of(path)] == ["ER905"]


@pytest.mark.parametrize(
    "content",
    [
        "peerings: [" + "1, " * 150_000 + "]",
        "virtualNetworks: [{name: v, addressSpace: {addressPrefixes: [" + "10.0.0.0/8, " * 100_000 + "]}}]",
        "customerEdges: [{name: c, advertise: [" + "10.0.0.0/8, " * 100_000 + "]}]",
        "circuits: ["
        + ", ".join(f"{{name: c{n}}}" for n in range(1000))
        + "]\nvirtualNetworks: ["
        + ", ".join(f"{{name: v{n}, addressSpace: {{addressPrefixes: [10.0.0.0/8]}}}}" for n in range(1000))
        + "]\n"
        "customerEdges: [" + ", ".join(f"{{name: e{n}}}" for n in range(100)) + "]",
        "".join(f"k{n}: {n}\n" for n in range(60_000)),
        "name: " + "9" * 1_000_000,
        "a" * 3_000_000 + ": 1",
    ],
    ids=["peerings", "prefixes of a VNet", "prefixes of a CE", "crowds", "keys", "a number", "a key"],
)
def test_large_input_costs_little(tmp_path: Path, content: str) -> None:
    path = tmp_path / "circuit.yml"
    path.write_text(content)
    began = time.process_time()
    found = mistakes_of(path)
    assert time.process_time() - began < 8
    assert 1 <= len(found) <= 201
    assert max(len(str(m)) for m in found) < 250


@pytest.mark.rule("ER904")
def test_duplicate_keys_are_all_found_and_the_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text("name: x\nsku:\n  tier: Local\n  tier: Premium\nname: y\n")
    tree = read_tree(path, "c.yml")
    assert [str(m) for m in tree.mistakes] == [
        "c.yml:4: ER904 tier: found twice; allowed once (first in line 3)",
        "c.yml:5: ER904 name: found twice; allowed once (first in line 1)",
    ]
    assert plain(tree.root) == {"name": "x", "sku": {"tier": "Local"}}


def test_scalars_by_the_core_schema() -> None:
    text = """
texts: [12076:52002, 10:20, yes, no, on, "1", '2', 1_000, 0b1, 2024-01-01, 10.10.0.0/16, "fd00::/64", =, 1.2.3.4]
ints: [1, -2, +3, 007, 0x1F, 0o17, !!int "5"]
floats: [1.5, 1., .5, 1e3, -1.5E-2]
others: [true, False, null, ~, , TRUE]
tagged: [!!str 12, !!str true]
""".replace(", ,", ",")
    tree = plain(parse_tree(text, "t").root)
    assert tree["texts"] == [
        "12076:52002",
        "10:20",
        "yes",
        "no",
        "on",
        "1",
        "2",
        "1_000",
        "0b1",
        "2024-01-01",
        "10.10.0.0/16",
        "fd00::/64",
        "=",
        "1.2.3.4",
    ]
    assert tree["ints"] == [1, -2, 3, 7, 31, 15, 5]
    assert tree["floats"] == [1.5, 1.0, 0.5, 1000.0, -0.015]
    assert tree["others"] == [True, False, None, None, True]
    assert tree["tagged"] == ["12", "true"]


def test_json_with_its_escapes_and_tabs() -> None:
    text = '{\n\t"name": "caf\\u00e9 \\ud83d\\ude00 \\\\ud83d \\/ \\"",\n\t"n": -1.5e3, "t": [true, null, {}, []]\n}'
    assert plain(parse_tree(text, "t").root) == {
        "name": 'café 😀 \\ud83d / "',
        "n": -1500.0,
        "t": [True, None, {}, []],
    }


def test_aliases_share_and_places_are_kept() -> None:
    tree = parse_tree("\ufeffa: &x {b: 1}\nc:\n  - *x\n  - d: 2\n", "t")
    assert plain(tree.root) == {"a": {"b": 1}, "c": [{"b": 1}, {"d": 2}]}
    assert isinstance(tree.root, Mapping)
    assert (tree.root.keys["c"].line, tree.root.keys["c"].column) == (2, 1)

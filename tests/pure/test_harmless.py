"""A16: text of strangers, as it may leave: nothing in it that a terminal or a CI system obeys."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import yaml

from bgp import secret
from lab.harmless import as_json, as_yaml, clip, harmless, without_keys

COMMANDS = [
    "##vso[task.prependpath]/some/bin", "##[error]x", "##[add-mask]x", "a ##vso[task.uploadfile]/etc/passwd",
    "##teamcity[buildNumber '1']", "::error file=x::y", "::set-output name=x::y", "  ::add-path::/evil",
    "fine\n::stop-commands::token", "::add-mask::x", "##VSO[task.complete]",
]
ACTIVE = ("##vso[", "##[", "##teamcity[", "##VSO[")
CONTROLS = "\x1b[31m \x9b31m \x07 \x00 \r \x7f \u202e \u2066 \u200f \ufeff \u2028"


@pytest.mark.parametrize("text", COMMANDS)
def test_no_command_comes_out_live(text: str) -> None:
    for said in (harmless(text), as_json({"name": [text]}), as_yaml({"name": [text], text: 1})):
        assert not any(word in said for word in ACTIVE)
        assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize(
    "text", [*COMMANDS, CONTROLS, "plain \u202e text", "x" * 200 + " ::error ::" + "é\n::error ::x" * 30]
)
def test_a_program_reads_the_same_value(text: str) -> None:
    value = {"name": text, "list": [text, 1, None, True]}
    said = as_yaml(value)
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]
    assert json.loads(as_json(value)) == yaml.safe_load(said) == value


def test_controls_are_replaced_and_lines_stay() -> None:
    assert not set(harmless(CONTROLS)) & set("\x1b\x9b\x07\x00\r\x7f\u202e\u2066\u200f\ufeff\u2028")
    assert harmless("a\tb\n  c\n") == "a\tb\n  c\n"
    assert "\x9b" not in as_json(CONTROLS)
    assert "\u202e" not in as_json(CONTROLS) + as_yaml({"a": "b \u202e"})
    assert clip("\x1b[31mred\u202e") == "\ufffd[31mred\ufffd"


@pytest.mark.parametrize("text", [
    "::/0", "::1  ::2", "  ::abcd  fd00::/8", "fd00::1", "## heading", "C# [x]", "a::b::c", "12076:52002", "# # x",
])
def test_what_is_no_command_stays(text: str) -> None:
    assert harmless(text) == text


@dataclass(frozen=True)
class Thing:
    name: str
    more: tuple[str, ...]
    number: int = 5


def test_keys_are_replaced_in_values_of_every_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_known", frozenset())
    monkeypatch.setattr(secret, "_values", None)
    thing = Thing("is Sesame2026", ("Sesame2026", "other"))
    assert without_keys(thing) is thing
    secret.remember(["Sesame2026", "20262026"])
    assert without_keys(thing) == Thing("is ***", ("***", "other"))
    assert without_keys({"Sesame2026": [thing, None, 20262026]}) == {"***": [without_keys(thing), None, 20262026]}
    assert json.loads(as_json({"a": "Sesame2026", "b": 20262026})) == {"a": "***", "b": 20262026}

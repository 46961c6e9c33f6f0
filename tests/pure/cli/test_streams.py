"""What is printed goes through one place: keys, control characters and commands of CI systems (A4, A16)."""

from __future__ import annotations

import sys

import pytest

from bgp import secret
from lab.cli.main import run
from lab.cli.output import emit
from lab.cli.streams import as_it_is, harmless_streams


def test_everything_printed_is_harmless(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_known", frozenset())
    monkeypatch.setattr(secret, "_values", None)
    secret.remember(["Sesame2026"])
    with harmless_streams():
        sys.stdout.write("name \x1b[2J##vso[task.x] Sesame2026\n")
        sys.stderr.write("::error::Sesame2026\n")
        as_it_is(sys.stderr, "::error::ours\n")
        emit({"a": "##[x] Sesame2026"}, "json", str)
    out, err = capfd.readouterr()
    assert out == 'name \ufffd[2J# #vso[task.x] ***\n{\n  "a": "\\u0023#[x] ***"\n}\n'
    assert err == ": :error::***\n::error::ours\n"


@pytest.mark.parametrize("words", [
    ["\x1b[31m"], ["list", "\x1b[31m"], ["up", "##vso[task.prependpath]/x"], ["check", "--\x1b[31m"],
    ["explain", "\x1b["], ["status", "--lab", "a\u202eb"], ["list", "-o", "\x1b"], ["validate", "\x1b[2J"],
])
def test_words_of_the_command_line_come_back_harmless(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """A17: they were echoed as they are."""
    assert run(words) == 2
    out, err = capfd.readouterr()
    assert err
    assert not set(out + err) & set("\x1b\u202e")
    assert "##vso[" not in out + err


def test_the_streams_are_as_before_afterwards() -> None:
    before = sys.stdout, sys.stderr
    run(["list", "nonsense"])
    assert (sys.stdout, sys.stderr) == before
    assert not sys.stdout.closed

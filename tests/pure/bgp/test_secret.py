"""Masking by value and by the word before a key."""

from __future__ import annotations

import pytest

from bgp import secret

LONG, SHORT, TINY = "Sesame0pen2026", "cisco", "abc"


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_known", frozenset())
    monkeypatch.setattr(secret, "_values", None)
    secret.remember([LONG, SHORT, TINY, f"{LONG}AndMore", "a.b*c(d)"])


@pytest.mark.parametrize(("text", "shown"), [
    (f"description {LONG}", "description ***"),
    (f"x{LONG}x{LONG}", "x***x***"),
    (f"{LONG}AndMore", "***"),
    (f'{{"nbrDesc":"{LONG}"}}', '{"nbrDesc":"***"}'),
    (f"key {SHORT}, {SHORT}!", "key ***, ***!"),
    ("a.b*c(d) aXbXcXd", "*** aXbXcXd"),
    # A short key is a word of its own, or nobody could read anything any more.
    (f"er-{SHORT} {SHORT}.example {SHORT}2", f"er-{SHORT} {SHORT}.example {SHORT}2"),
    ("abcdef abc", "abcdef abc"),
])
def test_what_is_remembered_is_hidden_wherever_it_stands(text: str, shown: str) -> None:
    assert secret.hidden(text) == shown


@pytest.mark.parametrize("word", [
    "password", "md5-password", "auth-password", "pasword", "passwort", "passwrod", "Password", "key-string",
    "message-digest-key 1 md5",
])
def test_a_key_that_nobody_knows_is_masked_by_the_word_before_it(word: str) -> None:
    """A5: `lab.configure` with a misspelled `pasword KEY` had the key in its error."""
    assert secret.masked(f"neighbor 192.0.2.1 {word} Unknown99") == f"neighbor 192.0.2.1 {word} ***"


@pytest.mark.parametrize("text", [
    "neighbor 192.0.2.1 passive", "no service password-encryption", "neighbor 192.0.2.1 passwort ${ER_KEY}",
    "neighbor 192.0.2.1 remote-as 65010",
])
def test_other_lines_stay(text: str) -> None:
    assert secret.masked(text) == text

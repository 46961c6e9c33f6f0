"""Masking: what may leave this package as text never holds a shared key.

Two ways. By the word before it, for keys that nobody here knows, as a router's own configuration has them. And by
value: whoever resolves a key calls `remember`, and from then on no text of this process shows it, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
SHORTEST = 4
"""Characters. A shorter value would be found in half of all words; it is masked by the word before it alone."""
ANYWHERE = 8
"""Characters from which on a value is masked inside of words too; a shorter one (`test`) only as a word of its own."""
# `pasword` and `passwort` too: what a router refuses is shown, and behind a misspelled word stands a key as well.
# There a reference to a variable is none.
_MISSPELLED = r"\bp\w{0,3}s\w{0,3}w\w{0,4}(?=\s+[^\s$])"
_BEFORE = rf"\b(?:md5-|auth-)?password|\bkey-string|\bmessage-digest-key\s+\d+\s+md5|{_MISSPELLED}"
_CONTEXT = re.compile(rf"((?:{_BEFORE})\s+(?:=\s*)?)(?:\d\s+)?[^\s;]+", re.IGNORECASE)
_PART_OF_A_WORD = r"[\w.:/-]"
_known: frozenset[str] = frozenset()
_values: re.Pattern[str] | None = None


def remember(values: Iterable[str]) -> None:
    """From now on `hidden` and `masked` replace these values."""
    global _known, _values
    new = {value for value in values if len(value) >= SHORTEST} - _known
    if new:
        _known |= new
        # The longest first: one value may be the beginning of another.
        _values = re.compile("|".join(map(_pattern, sorted(_known, key=len, reverse=True))))


def remembered() -> frozenset[str]:
    """Every value that is masked, for a process that prints what another has found out."""
    return _known


def hidden(text: str) -> str:
    """`text` with every remembered value replaced."""
    return text if _values is None else _values.sub(MASK, text)


def masked(text: str) -> str:
    """`hidden`, and the word after every `password` and the like replaced, an equals sign between them or not."""
    return _CONTEXT.sub(rf"\g<1>{MASK}", hidden(text))


def _pattern(value: str) -> str:
    exact = re.escape(value)
    return exact if len(value) >= ANYWHERE else rf"(?<!{_PART_OF_A_WORD}){exact}(?!{_PART_OF_A_WORD})"

"""`${NAME}` in a user's own FRR file: where it may stand, and what stands for it there.

It is a key and nothing else, so its one place is the end of `neighbor … password ${NAME}`. A file of strangers could
otherwise have any variable of the caller's written wherever a router shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_START = "${"
_KEY_LINE = re.compile(
    rf"^([ \t]*neighbor[ \t]+[^\s$]+[ \t]+password[ \t]+)\$\{{({NAME})\}}(?=[ \t\r]*$)", re.MULTILINE
)
_ANYWHERE = re.compile(rf"\$\{{({NAME})\}}")
_COMMENT = ("!", "#")


def names(text: str) -> tuple[str, ...]:
    """The names that stand where a key belongs, in order, each once."""
    return tuple(dict.fromkeys(found[2] for found in _KEY_LINE.finditer(text)))


def mentioned(text: str) -> tuple[str, ...]:
    """Every `${NAME}` outside of comments, wherever it stands: for text that we have made."""
    lines = (line for line in text.split("\n") if not line.lstrip().startswith(_COMMENT))
    return tuple(dict.fromkeys(_ANYWHERE.findall("\n".join(lines))))


def replaced(text: str, word: str) -> str:
    """`text` with `word` in the place of each `${NAME}`, wherever it stands: for a parser that knows no names."""
    return _ANYWHERE.sub(word, text)


def line_of(text: str, name: str) -> int:
    """The first line, counted from 1, where `name` stands for a key; 1 where none does."""
    found = next((match for match in _KEY_LINE.finditer(text) if match[2] == name), None)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def misplaced(text: str) -> Iterator[int]:
    """The lines, counted from 1, that have `${` where no key belongs. Comments may: nothing is replaced in them."""
    for number, line in enumerate(text.split("\n"), start=1):
        if _START in line and not line.lstrip().startswith(_COMMENT) and not _KEY_LINE.fullmatch(line.rstrip("\r \t")):
            yield number


def resolved(text: str, keys: Mapping[str, str]) -> str:
    """`text` with each name where a key belongs replaced by the key named `env:NAME`. Raises KeyError."""
    return _KEY_LINE.sub(lambda found: found[1] + keys[f"env:{found[2]}"], text)

"""What a reader of one file gathers: its mistakes, the lines of its fields; and typed looks into the tree.

The looks (`text`, `number`, `listed`, …) answer None for a value of the wrong type: the shape check has already
reported it, so rules go on with the rest and every mistake of a file is found in one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lab.errors import Mistake, meant
from lab.files.tree import Mapping, Node, Scalar, Sequence, clip, shown_value

MOST_SHOWN = 200
_EXPRESSION = re.compile(r'"?\[[A-Za-z]\w*\(')


@dataclass
class Notes:
    """Mistakes and warnings of the file shown as `file`; `lines` maps dotted paths to lines."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def wrong(
        self, node: Node, rule: str, name: str, allowed: str, *, found: str | None = None, hint: str = ""
    ) -> None:
        """What was found at `node` is not allowed."""
        what = shown_value(node) if found is None else found
        self.mistakes.append(Mistake(self.file, node.line, node.column, rule, name, what, allowed, hint=hint))

    def say(
        self, node: Node, rule: str, name: str, message: str, *, hint: str = "", warning: bool = False
    ) -> None:
        """A sentence of its own about `node`."""
        self.mistakes.append(
            Mistake(self.file, node.line, node.column, rule, name, message=message, hint=hint, warning=warning)
        )


    def wrongs(self) -> list[Mistake]:
        """The mistakes by line, each once; of very many the first, and how many more."""
        ordered = [_explained(m) for m in _by_line([m for m in self.mistakes if not m.warning])]
        if len(ordered) <= MOST_SHOWN:
            return ordered
        last = ordered[MOST_SHOWN]
        message = f"{len(ordered) - MOST_SHOWN} more mistakes from here on"
        return [*ordered[:MOST_SHOWN], Mistake(self.file, last.line, last.column, last.rule, "", message=message)]

    def warnings(self) -> list[Mistake]:
        return _by_line([m for m in self.mistakes if m.warning])[:MOST_SHOWN]


def _explained(mistake: Mistake) -> Mistake:
    """With a hint where the value is one that Azure would have put another in place of."""
    if mistake.hint or not _EXPRESSION.match(mistake.found):
        return mistake
    return replace(mistake, hint="an expression of an ARM template: put its value here")


def _by_line(mistakes: list[Mistake]) -> list[Mistake]:
    return sorted(dict.fromkeys(mistakes), key=lambda m: (m.line, m.column, m.rule))


def entry(node: Node | None, key: str) -> Node | None:
    """The value of `key`; None where it is missing or null."""
    if not isinstance(node, Mapping):
        return None
    found = node.entries.get(key)
    return None if isinstance(found, Scalar) and found.value is None else found


def text(node: Node | None, key: str) -> str | None:
    found = entry(node, key)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else None


def number(node: Node | None, key: str) -> int | None:
    found = entry(node, key)
    if isinstance(found, Scalar) and isinstance(found.value, int) and not isinstance(found.value, bool):
        return found.value
    return None


def listed(node: Node | None, key: str) -> list[Node]:
    """The items of the list at `key`; empty where there is none."""
    found = entry(node, key)
    return found.items if isinstance(found, Sequence) else []


def mappings(node: Node | None, key: str) -> list[Mapping]:
    return [item for item in listed(node, key) if isinstance(item, Mapping)]


def texts(node: Node | None, key: str) -> list[Scalar]:
    """The text items of the list at `key`."""
    return [i for i in listed(node, key) if isinstance(i, Scalar) and isinstance(i.value, str)]


def closest(key: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty text."""
    words = list(known)
    same = next((k for k in words if k.lower() == key.lower().replace("_", "").replace("-", "")), "")
    return same or meant(key, words)


def place(node: Mapping, key: str) -> Node:
    """Where `key` stands: its value, or the mapping that lacks it. A value on lines of its own stands at its key."""
    found = node.entries.get(key)
    if found is None:
        return node
    return found if isinstance(found, Scalar) else node.keys[key]


__all__ = ["Notes", "clip", "closest", "entry", "listed", "mappings", "number", "place", "text", "texts"]

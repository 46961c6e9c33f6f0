"""YAML 1.2 (core schema) and JSON as a small tree in which every node knows its line and column.

The text goes through libyaml's event parser; the tree is composed here, in a loop and within bounds, so that hostile
input (deep nesting, alias bombs, binary) costs little and ends in one clear mistake. JSON is read by the same parser:
YAML 1.2 contains it, but for escaped surrogate pairs, which are joined beforehand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from lab.errors import Mistake, Mistakes
from lab.files.reading import MAX_BYTES as MAX_BYTES
from lab.files.reading import fatal
from lab.files.reading import read_bytes as read_bytes
from lab.files.reading import read_text as read_text
from lab.harmless import clip as clip

# libyaml's parser where PyYAML was built with it; the other one, in Python, also refuses tabs inside JSON.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 64
MAX_NODES = 200_000
Plain = str | int | float | bool | None


@dataclass(slots=True)
class Scalar:
    """`text` as written (unquoted), `value` as the core schema reads it."""

    line: int
    column: int
    text: str
    value: Plain


@dataclass(slots=True)
class Sequence:
    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """`keys` has the place of each key, `entries` its value."""

    line: int
    column: int
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True)
class Tree:
    """A file that could be read. `mistakes` are those that did not stop the reading (duplicate keys)."""

    file: str
    root: Node
    mistakes: list[Mistake]


def read_tree(path: Path, shown: str) -> Tree:
    """The tree of the file at `path`, called `shown` in messages. Raises Mistakes when there is none to give."""
    return parse_tree(read_text(path, shown), shown)


def parse_tree(text: str, shown: str) -> Tree:
    """The tree of `text`. Raises Mistakes: syntax (ER903), too deep or too many nodes (ER905), empty (ER906)."""
    composer = _Composer(shown)
    try:
        for event in yaml.parse(_join_surrogates(text), Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, shown) from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise fatal(shown, "ER902", "found a control character; allowed text", line) from None
    root = composer.root
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise fatal(shown, "ER906", "the file is empty")
    return Tree(shown, root, composer.mistakes)


def plain(node: Node) -> Any:
    """The node as dicts, lists and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def shown_value(node: Node) -> str:
    """What a message says was found: a scalar's text, clipped, or the kind of the node."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "null" if node.value is None else clip(node.text)


class _Composer:
    """Events in, tree out. An alias shares its anchor's node; its weight counts again, so a bomb is refused."""

    def __init__(self, shown: str) -> None:
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self._shown = shown
        self._stack: list[tuple[Sequence | Mapping, str | None, int]] = []
        self._keys: list[Scalar | None] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.events.Event) -> None:
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, ScalarEvent):
            self._count(1, line)
            scalar = Scalar(line, column, event.value, self._value(event, line))
            if event.anchor:
                self._anchors[event.anchor] = (scalar, 1)
            self._place(scalar, line, column)
        elif isinstance(event, (SequenceStartEvent, MappingStartEvent)):
            self._open(event, line, column)
        elif isinstance(event, (SequenceEndEvent, MappingEndEvent)):
            node, name, before = self._stack.pop()
            self._keys.pop()
            if name:
                self._anchors[name] = (node, self._nodes - before)
        elif isinstance(event, AliasEvent):
            anchor = event.anchor or ""
            found = self._anchors.get(anchor)
            if found is None:
                raise fatal(self._shown, "ER903", f"*{clip(anchor)} refers to nothing before it", line, column)
            self._count(found[1], line)
            self._place(found[0], line, column)
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise fatal(self._shown, "ER903", "found a second document; allowed one", line)

    def _open(self, event: SequenceStartEvent | MappingStartEvent, line: int, column: int) -> None:
        self._count(1, line)
        self._refuse_tag(event.tag, ("seq",) if isinstance(event, SequenceStartEvent) else ("map",), line)
        node = Sequence(line, column) if isinstance(event, SequenceStartEvent) else Mapping(line, column)
        self._place(node, line, column)
        if len(self._stack) >= MAX_DEPTH:
            raise fatal(self._shown, "ER905", f"found nesting deeper than {MAX_DEPTH}; allowed {MAX_DEPTH}", line)
        self._stack.append((node, event.anchor, self._nodes - 1))
        self._keys.append(None)

    def _place(self, node: Node, line: int, column: int) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1][0]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            if not isinstance(node, Scalar):
                raise fatal(self._shown, "ER903", "found a mapping or a list as a key; allowed text", line, column)
            self._keys[-1] = Scalar(line, column, node.text, node.text)
            return
        self._keys[-1] = None
        if key.text in parent.entries:
            first = parent.keys[key.text].line
            message = f"found twice; allowed once (first in line {first})"
            self.mistakes.append(
                Mistake(self._shown, key.line, key.column, "ER904", clip(key.text), message=message)
            )
            return
        parent.keys[key.text] = key
        parent.entries[key.text] = node

    def _count(self, nodes: int, line: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            message = f"found more than {MAX_NODES} values, aliases counted; allowed fewer"
            raise fatal(self._shown, "ER905", message, line)

    def _value(self, event: ScalarEvent, line: int) -> Plain:
        if not event.value.isascii() and any("\ud800" <= c <= "\udfff" for c in event.value):
            raise fatal(self._shown, "ER903", "not YAML or JSON: half a surrogate pair", line)
        if event.implicit[0]:
            return core_value(event.value)
        kind = self._refuse_tag(event.tag, ("str", "int", "float", "bool", "null"), line)
        return event.value if kind in ("", "str") else core_value(event.value)

    def _refuse_tag(self, tag: str | None, allowed: tuple[str, ...], line: int) -> str:
        kind = (tag or "").removeprefix("tag:yaml.org,2002:")
        if kind not in ("", "!", *allowed):
            raise fatal(self._shown, "ER903", f"found the tag {clip(tag or '')}; allowed none", line)
        return "" if kind == "!" else kind


_NULL = ("", "~", "null", "Null", "NULL")
_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 40
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def core_value(text: str) -> Plain:
    """A plain scalar by the YAML 1.2 core schema (section 10.3.2): `10:20`, `yes` and `12076:52002` stay text."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan") if "n" in text.lower() else text)
    return text


def _join_surrogates(text: str) -> str:
    """JSON writes characters beyond the BMP as two escapes, which YAML refuses one by one (RFC 8259 section 7)."""
    if "\\u" not in text and "\\U" not in text:
        return text

    def joined(match: re.Match[str]) -> str:
        high, low = int(match[2], 16), int(match[3], 16)
        return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

    return _PAIR.sub(joined, text)


def _syntax(error: yaml.MarkedYAMLError, text: str, shown: str) -> Mistakes:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines() or [""]
    line = min(line, len(lines))
    if lines[line - 1].lstrip(" ").startswith("\t"):
        return fatal(shown, "ER903", "found a tab; allowed spaces to indent", line, column)
    if "nesting depth" in (error.problem or ""):
        return fatal(shown, "ER905", f"found nesting deeper than {MAX_DEPTH}; allowed {MAX_DEPTH}", line)
    if mark and text[mark.index : mark.index + 1] in (",", "]", "}") and text[: mark.index].rstrip().endswith(","):
        return fatal(shown, "ER903", "found a comma too many", line, column)
    problem = " ".join((error.problem or "cannot be read").split())
    where = f" ({error.context})" if error.context else ""
    return fatal(shown, "ER903", f"not YAML or JSON: {problem}{where}", line, column)

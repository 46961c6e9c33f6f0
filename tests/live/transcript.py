"""A guide's transcript, typed line by line: `$ mseelab …` and what it prints. What a guide calls an example may differ.

Examples are times, service keys, and how many processes there were: `normal` makes one text of all of them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.harness import Labs

_BLOCK = re.compile(r"^```\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
_KEY = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_EXAMPLES = (
    (re.compile(r"\b\d+\.\d s\b"), "TIME"),
    (re.compile(r"\b(\d+h\d+m|\d+m\d+s|\d+s)\b"), "SPAN"),
    (re.compile(r"\b\d+ processes\b"), "PROCESSES"),
    (_KEY, "SERVICE-KEY"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "KEY"),
    (re.compile(r" +(?=TIME$)", flags=re.MULTILINE), " "),
)


@dataclass(frozen=True)
class Typed:
    """One command and the lines that the guide shows below it; `line` is where it stands."""

    line: int
    command: str
    shown: str


def typed(path: Path) -> Iterator[Typed]:
    """Every `$ ` command of the guide's plain blocks, in order. A `\\` at the end goes on; ` # …` is a remark."""
    text = path.read_text()
    for block in _BLOCK.finditer(text):
        first = text[: block.start(1)].count("\n") + 1
        lines = block[1].splitlines()
        starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            last = start
            while lines[last].endswith("\\"):
                last += 1
            words = " ".join(line.removeprefix("$ ").removesuffix("\\").strip() for line in lines[start : last + 1])
            yield Typed(first + start, re.sub(r"\s+# .*$", "", words), "\n".join(lines[last + 1 : end]))


def service_key(text: str) -> str | None:
    found = _KEY.search(text)
    return found[0] if found else None


def normal(text: str) -> str:
    """`text` with every example replaced by its kind."""
    for pattern, kind in _EXAMPLES:
        text = pattern.sub(kind, text)
    return text.rstrip()


def walk(labs: Labs, guide: Path) -> None:
    """Types every command of a guide and compares what it prints; what the guide shows as refused has to exit 2."""
    steps = list(typed(guide))
    shown_key = next(key for step in steps if (key := service_key(step.shown)))
    key = shown_key
    for step in steps:
        arguments = shlex.split(step.command.replace(shown_key[:8], key[:8]))
        assert arguments[0] == "mseelab", step
        done = labs(*arguments[1:])
        if "circuit create" in step.command:
            key = service_key(done.out) or key
        shown = [normal(line) for line in step.shown.splitlines()]
        got = [normal(line) for line in (done.out + done.err).splitlines()]
        assert got == shown, f"{guide.name} line {step.line}: {step.command}\n{done}"
        refused = step.shown.startswith("mseelab: ") or "nothing changed; mseelab explain" in step.shown
        assert done.code == (2 if refused else 0), str(done)

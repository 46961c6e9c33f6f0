"""A check as a value, what every kind has in common, and what a kind is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.asked.shapes import Key
from lab.asked.words import NAME, choice
from lab.circuit.models import FAMILIES, MICROSOFT, PATHS, PRIVATE, Session

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which of a lab's sessions a check is about; None is all of them. `node` is a session's CE or its MSEE."""

    circuit: str | None = None
    peering: str | None = None
    path: str | None = None
    family: str | None = None
    node: str | None = None

    def selects(self, session: Session) -> bool:
        return (
            self.circuit in (None, session.circuit)
            and self.peering in (None, session.peering)
            and self.path in (None, session.path)
            and self.family in (None, session.family)
            and self.node in (None, session.ce, session.msee)
        )

    @property
    def where(self) -> str:
        """The selection in words: `AzurePrivatePeering primary ipv4`; empty for everything."""
        words = (self.circuit, self.peering, self.path, self.family, self.node)
        return " ".join(word for word in words if word is not None)


@dataclass(frozen=True)
class Ask:
    """A check of the user's. `value` is its kind's dataclass; `file` and `line` are where it is written, `lines` those
    of its keys."""

    id: str
    kind: str
    value: Any
    severity: Severity
    message: str | None
    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def source(self) -> str:
        return f"{self.file.rpartition('/')[2]}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """Keys that do not go together: at which key, by which rule, in a sentence."""

    key: str
    rule: str
    message: str
    hint: str = ""


def no_problems(value: Any) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True)
class Kind:
    """A kind of check. `asks` says in one line what a value of it asks for; `problems` what is wrong with one."""

    name: str
    about: str
    keys: tuple[Key, ...]
    build: Callable[..., Any]
    asks: Callable[[Any], str]
    problems: Callable[[Any], Iterable[Problem]] = no_problems


CIRCUIT = Key("circuit", NAME, "of this circuit only")
PEERING = Key("peering", choice(PRIVATE, MICROSOFT), "of this peering only")
PATH = Key("path", choice(*PATHS), "on this path only")
FAMILY = Key("family", choice(*FAMILIES), "of this family only")
NODE = Key("node", NAME, "of this CE or MSEE only")
SELECTORS = (CIRCUIT, PEERING, PATH, FAMILY, NODE)


def sentence(*parts: str) -> str:
    """What is not empty, with commas between."""
    return ", ".join(part for part in parts if part)


def prefixed(text: str, selection: Selection) -> str:
    return f"{text} ({selection.where})" if selection.where else text

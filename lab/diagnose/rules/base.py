"""What a rule is, and what it may say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from lab.diagnose.evidence import Evidence

LayerName = Literal["link", "vlan", "arp", "bfd", "tcp", "open", "policy"]
LAYERS: tuple[LayerName, ...] = ("link", "vlan", "arp", "bfd", "tcp", "open", "policy")


@dataclass(frozen=True)
class Verdict:
    """`code` is one of `lab.diagnose.codes`; `sentence` says what is wrong and where, `evidence` what proves it, a line
    each, `next` what to type or change. `where` is the line of a CE's own file that is to blame, where it is known."""

    code: str
    sentence: str
    evidence: tuple[str, ...]
    next: str
    where: str | None = None


@dataclass(frozen=True)
class Rule:
    """Looks at one thing that may be broken. `look` gives nothing where it is not, or where nothing proves it; one
    verdict that is certain; or several that all fit. `layer` is where a line of layers shows FAIL."""

    layer: LayerName | None
    look: Callable[[Evidence], Iterable[Verdict]]

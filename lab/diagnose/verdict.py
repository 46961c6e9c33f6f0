"""From evidence to verdicts: bottom layer first, and the first that is broken explains the rest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.circuit.models import Session
from lab.diagnose.codes import CODES
from lab.diagnose.evidence import Evidence
from lab.diagnose.layers import Layer, layers
from lab.diagnose.rules import RULES
from lab.diagnose.rules.base import Verdict


@dataclass(frozen=True)
class Diagnosis:
    """What is the matter with a session. `verdicts` is empty where all is well; of several each fits what was seen, and
    none is certain. `state` is the MSEE's word for the session. `raw` is the evidence, as JSON, without any key; of a
    session that is well nothing is kept."""

    session: Session
    state: str
    layers: tuple[Layer, ...]
    verdicts: tuple[Verdict, ...]
    raw: Mapping[str, Any]
    seconds: float = 0.0

    @property
    def healthy(self) -> bool:
        return not self.verdicts

    @property
    def certain(self) -> bool:
        return len(self.verdicts) == 1

    @property
    def lasting(self) -> bool:
        """Whether no verdict that fits may pass with time alone."""
        return bool(self.verdicts) and all(CODES[verdict.code].lasting for verdict in self.verdicts)

    @property
    def sentence(self) -> str:
        """`MD5-DIFFERENT: both ends sign, with different keys`; of several verdicts, all of them."""
        said = "; or ".join(f"{verdict.code}: {verdict.sentence}" for verdict in self.verdicts)
        return said if len(self.verdicts) < 2 else f"one of: {said}"


def judge(evidence: Evidence) -> tuple[tuple[Layer, ...], tuple[Verdict, ...]]:
    """The layers of a session, and what explains the lowest that is broken; no verdict for a healthy one."""
    for rule in RULES:
        found = tuple(rule.look(evidence))
        if found:
            return layers(evidence, rule.layer), found
    return layers(evidence, None), ()

"""Results of checks as values, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["pass", "fail", "warn"]
Severity = Literal["error", "warning"]
NOT_UP = "not Established"
JSON_KEYS = (
    "id", "kind", "circuit", "peering", "path", "family", "result", "expected", "got", "why", "next", "source",
    "where", "severity", "message",
)


@dataclass(frozen=True)
class CheckResult:
    """One check and what came of it.

    `label` names its object within a circuit (`AzurePrivatePeering secondary ipv4`, `hub ipv4`). `expected` and `got`
    are text (prefixes with a comma between), `why` and `next` one line each or None. `source` is where the files say so
    (`circuit.yml:32`) and `about` what is there (`ce2 advertise`). `seconds` is when it was decided, from the start.
    `consequence`: it failed because something failed that has a check of its own, a session that is down.

    `where` is the line of a CE's own file that is to blame (`ce2.conf:14`). With severity `warning` what is not as it
    should be is a warning, never a failure. `message` is the user's own word on it. `evidence` is what the daemons and
    the kernel said, JSON-able and without keys: by node (or "check" for what the check itself tried), then by question.
    Only what did not pass has any.
    """

    id: str
    kind: str
    circuit: str
    peering: str | None
    path: str | None
    family: str | None
    result: Verdict
    label: str = ""
    expected: str | None = None
    got: str | None = None
    why: str | None = None
    next: str | None = None
    source: str | None = None
    about: str | None = None
    seconds: float = 0.0
    own: bool = False
    consequence: bool = False
    severity: Severity = "error"
    message: str | None = None
    where: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_object(self) -> dict[str, Any]:
        """The shape others build on (`check -o json`)."""
        return {key: getattr(self, key) for key in JSON_KEYS} | {
            "seconds": round(self.seconds, 3),
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True)
class Report:
    """All results of one run of a lab's checks.

    `seconds` is the whole run, a lab that was started included; `at` when it began, in epoch seconds. `facts` are what
    was checked (engine, topology, attacher, versions), by name. `folder` is where the circuit file is, empty where
    there is none of the user's.
    """

    lab: str
    results: tuple[CheckResult, ...]
    seconds: float
    at: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    folder: str = ""

    def count(self, verdict: Verdict) -> int:
        return sum(result.result == verdict for result in self.results)

    @property
    def ok(self) -> bool:
        return not self.count("fail")

    def exit_code(self, *, strict: bool = False) -> int:
        """0 all good, 1 a check failed, 3 warnings alone and `strict`."""
        if not self.ok:
            return 1
        return 3 if strict and self.count("warn") else 0

    def as_object(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "passed": self.count("pass"),
            "failed": self.count("fail"),
            "warnings": self.count("warn"),
            "seconds": round(self.seconds, 3),
            "facts": dict(self.facts),
            "checks": [result.as_object() for result in self.results],
        }


def of_kind(results: Sequence[CheckResult], kind: str) -> list[CheckResult]:
    return [result for result in results if result.kind == kind]

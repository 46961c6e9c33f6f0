"""The daemons of a lab as checks: every one that should run has to answer.

While all is well they are no checks of their own: what follows from the circuit is green because they work. Where one
does not answer, each is a check, and `--only daemons` asks for them by name. Pure but for `settled`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from lab.check.only import Only
from lab.check.result import CheckResult
from lab.control.health import Look, Sick
from lab.control.wait import wait

KIND = "daemons"
ANSWERS = "answers"
GRACE_SECONDS = 1.0
"""Another command may be starting a daemon anew, and a supervisor starts its watcher again."""


def settled(look: Look) -> tuple[Sick, ...]:
    """Who does not answer, and goes on with it. One that hangs has been given its time by the look itself."""
    begun = time.monotonic()
    sick = look()
    if not sick or any(one.state == "hung" for one in sick):
        return sick
    left = max(0.0, GRACE_SECONDS - (time.monotonic() - begun))
    return wait(look, deadline=left, label=KIND, every=0.05, until=lambda found: not found).last


def id_of(lab: str, node: str, daemon: str) -> str:
    """`er-lab/daemons/msee1/bgpd`."""
    return "/".join(part for part in (lab, KIND, node, daemon) if part)


def results(
    lab: str, daemons: Mapping[str, Sequence[str]], sick: Sequence[Sick], only: Only, seconds: float
) -> tuple[CheckResult, ...]:
    """Nothing while all is well and nobody asks for daemons by `only`; else every one of them, what failed first."""
    found = [_failed(lab, one, seconds) for one in sick if only.wants(id_of(lab, one.node, one.daemon), KIND)]
    if not found and not only.patterns:
        return ()
    known = {result.id for result in found}
    every = [(id_of(lab, node, name), f"{name} on {node}") for node, names in daemons.items() for name in names]
    good = [
        CheckResult(id_, KIND, lab, None, None, None, "pass", label, ANSWERS, ANSWERS, seconds=seconds)
        for id_, label in every if id_ not in known and only.wants(id_, KIND)
    ]
    return (*found, *good)


def _failed(lab: str, sick: Sick, seconds: float) -> CheckResult:
    got = "does not run" if sick.state == "dead" else "does not answer"
    return CheckResult(
        id_of(lab, sick.node, sick.daemon), KIND, lab, None, None, None, "fail", sick.sentence, ANSWERS, got,
        why=sick.detail, next="mseelab up", seconds=seconds,
        evidence={sick.node or "lab": {"daemon": sick.as_object()}},
    )

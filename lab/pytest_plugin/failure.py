"""What a failed test says of its lab."""

from __future__ import annotations

import time
from collections.abc import Iterable, Set

from lab.errors import LabError
from lab.testing.lab import Lab
from lab.testing.values import Prefixes, canonical, ordered

SHOWN = 40


def section(lab: Lab) -> str:
    """The lab as `mseelab status` shows it, and what was done to it since the test began."""
    from lab.cli.status import Seen, text

    try:
        state = lab.state()
    except LabError as error:
        return f"{error.message}\n{_events(lab)}"
    document = state.document
    seen = Seen(
        document["lab"], document["engine"], document["topology"], state.up_seconds, document["attacher"],
        tuple(document["circuits"]), state.views, (), tuple(document["faults"]), state.lost,
    )
    return f"{text(seen)}\n\n{_events(lab)}"


def _events(lab: Lab) -> str:
    events = sorted(lab.events)[-SHOWN:]
    return "\n".join(
        f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at * 1000) % 1000:03} {what}" for at, what in events
    )


def compared(op: str, left: object, right: object, lab: Lab | None) -> list[str] | None:
    """Why a comparison of prefixes does not hold; None where neither side is a lab's prefixes."""
    if op in ("in", "not in") and isinstance(right, Prefixes):
        return [f"{left} {op} {_name(right)}", *_rows(("carries", _listed(right)))]
    if op not in ("==", "<=", ">="):
        return None
    if isinstance(right, Prefixes) and not isinstance(left, Prefixes):
        left, right = right, left
        op = {"<=": ">=", ">=": "<="}.get(op, op)
    if not isinstance(left, Prefixes) or not isinstance(right, Set):
        return None
    wanted = canonical(right)
    missing = ordered(wanted - left) if op != "<=" else []
    extra = ordered(left - wanted) if op != ">=" else []
    rows = [("missing", ", ".join(missing)), ("not expected", ", ".join(extra)), ("carries", _listed(left))]
    return [f"{_name(left)} {op} {{{_listed(wanted)}}}", *_rows(*rows), *_why(left, wanted, lab)]


def _name(prefixes: Prefixes) -> str:
    side = "from_ce" if prefixes.side == "from-ce" else "to_ce"
    return f"{side} of {' '.join(prefixes.session[1:])}"


def _listed(prefixes: Iterable[object]) -> str:
    return ", ".join(ordered(prefixes)) or "none"


def _rows(*rows: tuple[str, str]) -> list[str]:
    return [f"  {name:<13}{value}" for name, value in rows if value]


def _why(prefixes: Prefixes, wanted: frozenset[object], lab: Lab | None) -> list[str]:
    if lab is None or not lab.alive:
        return []
    try:
        return _rows(*lab.explain(prefixes.session, prefixes.side, tuple(ordered(wanted))))
    except LabError:
        return []  # the comparison is what failed; that the lab does not answer any more is said by its own section

"""What only a lab can say about its user's checks: names that it does not have, faults that it cannot have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.asked.base import Ask
from lab.control.record import Applied
from lab.errors import Impossible, Mistake, Mistakes
from lab.files.asked import unknown_names


def refuse_unfit(asks: tuple[Ask, ...], applied: Applied) -> None:
    """Raises Mistakes, all at once, where checks name what is not in the lab, or two have the same id."""
    mistakes = [*unknown_names(asks, applied.spec, applied.topology), *_twice(asks), *unfit_faults(asks, applied)]
    if mistakes:
        raise Mistakes(sorted(mistakes))


def _of_fault(ask: Ask, error: Impossible) -> Mistake:
    line = ask.lines.get("fault", ask.line)
    return Mistake(ask.file, line, 1, "ER924", "failover", message=error.message, hint=error.next or "")


def _twice(asks: Sequence[Ask]) -> Iterable[Mistake]:
    first: dict[str, Ask] = {}
    for ask in asks:
        other = first.setdefault(ask.id, ask)
        if other is not ask:
            message = f"found {ask.id} twice; allowed once (first in {other.source})"
            yield Mistake(ask.file, ask.line, 1, "ER922", "id", message=message)


def unfit_faults(asks: Iterable[Ask], applied: Applied) -> Iterable[Mistake]:
    """Faults that nobody has, or this lab cannot have (ER924)."""
    for ask in asks:
        if ask.kind != "failover":
            continue
        from lab.check.own.failover import fault_of

        try:
            fault_of(ask.value, applied.sessions)
        except Impossible as error:
            yield _of_fault(ask, error)

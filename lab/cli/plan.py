"""`mseelab plan`: what apply, or up, would change, and which sessions move. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from lab.cli.output import emit, lab_option, output_option, plural

MARKS = {"add": "+", "change": "~", "remove": "-"}
SHOWN = 20
"""Lines of a file that differ; JSON has all."""


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@output_option()
@lab_option
def plan(target: str | None, output: str, lab: str | None) -> None:
    """What apply (or up, where nodes or links differ) would change, and which sessions move; nothing is done."""
    from lab.control import health
    from lab.control.apply import load_again, planned, with_running_states
    from lab.control.record import from_document
    from lab.control.running import find

    running = find(lab)
    value = from_document(running.document)
    loaded = with_running_states(value, load_again(running.document, target, Path.cwd()))
    steps, _ = planned(value, loaded, running.store)
    running.enter()
    sick = health.look(running.world, value.daemons)
    emit(plan_object(steps, sick), output, lambda: plan_text(steps, sick))


def plan_object(steps: Any, sick: Sequence[Any] = ()) -> dict[str, Any]:
    """The shape others build on (`plan -o json`)."""
    return {
        "sick": [one.as_object() for one in sick],
        "changes": [
            {
                "target": change.difference.target,
                "action": change.difference.action,
                "field": change.difference.field or None,
                "ends": _objects(change.ends),
                "resets": _objects(change.resets),
                "begins": _objects(change.begins),
                "lines": _lines(steps, change),
            }
            for change in steps.changes
        ]
    }


def _objects(sessions: Iterable[Any]) -> list[dict[str, str]]:
    return [{"circuit": s.circuit, "peering": s.peering, "path": s.path, "family": s.family} for s in sessions]


def plan_text(steps: Any, sick: Sequence[Any] = ()) -> str:
    """One line a change, the sessions that end, reset or begin below it, warnings last."""
    ill = [f"  ! {one.sentence}: mseelab up mends it" for one in sick]
    if steps.empty:
        return "\n".join([f"{steps.lab}   nothing to apply", *ill])
    verb = "mseelab up" if steps.physical else "mseelab apply"
    head = f"{steps.lab}   {plural(len(steps.changes), 'change')}, {_moved(steps)}; nothing done yet ({verb} does it)"
    lines = [head]
    for change in steps.changes:
        lines.append(f"  {MARKS[change.difference.action]} {difference_text(change.difference)}")
        lines += [f"      {row}" for row in (*_few(_lines(steps, change)), *_rows(steps, change))]
    notes = dict.fromkeys(note for change in steps.changes for note in change.notes)
    return "\n".join([*lines, *(f"  ! {note}" for note in notes), *ill])


def difference_text(difference: Any) -> str:
    """`AzurePrivatePeering.vlanId 100 → 200`, `connection er-ams to VNet apps`."""
    name = f"{difference.target}.{difference.field}" if difference.field else difference.target
    if difference.old == difference.new:
        value = difference.new
    elif difference.field and difference.old and difference.new:
        value = f"{difference.old} → {difference.new}"
    else:
        value = difference.new or difference.old
    return f"{name} {value}".rstrip()


def _moved(steps: Any) -> str:
    """`2 of 4 sessions end, 2 begin`, `no session resets`."""
    count = len(steps.sessions) + len(steps.ends)
    told = [(len(steps.ends), "end"), (len(steps.resets), "reset")]
    parts = [f"{n} of {plural(count, 'session')} {verb}{'s' if n == 1 else ''}" for n, verb in told if n]
    if steps.begins:
        n = len(steps.begins)
        parts.append(f"{n if parts else plural(n, 'session')} begin{'s' if n == 1 else ''}")
    return ", ".join(parts) or "no session resets"


def _lines(steps: Any, change: Any) -> list[str]:
    """The lines of a CE's file that differ, but for a file from elsewhere, which is never quoted."""
    if not change.lines:
        return []
    from lab.files.outside import NOT_SHOWN, from_elsewhere

    if from_elsewhere(steps.new.spec, change.difference.ce):
        return [f"{plural(len(change.lines), 'line')} of it: {NOT_SHOWN}"]
    return list(change.lines)


def _few(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], f"and {plural(more, 'line')} more"] if more > 0 else list(lines)


def _rows(steps: Any, change: Any) -> list[str]:
    key = change.difference.target.endswith(".sharedKey")
    rows = []
    for word, sessions in (("ends", change.ends), ("reset", change.resets), ("begins", change.begins)):
        grouped: dict[tuple[str, str, str], list[str]] = {}
        for session in sessions:
            families = grouped.setdefault((session.msee, session.path, session.ce), [])
            if session.family not in families:
                families.append(session.family)
        for (msee, path, ce), families in grouped.items():
            where = f"{change.difference.circuit}/{change.difference.peering}"
            why = _ce_too(steps, ce, where) if key and word == "reset" else ""
            rows.append(f"{msee:<7}{path:<11}{' '.join(families):<11}{word:<9}{why}".rstrip())
    return rows


def _ce_too(steps: Any, ce: str, key: str) -> str:
    """What a new key means for the CE: ours follows, the user's own does if it refers to the same key."""
    own = steps.new.own.get(ce)
    if own is None:
        return f"{ce} is generated: it changes too"
    name = Path(own.file).name
    digest = steps.new.keys.get(key)
    if digest is not None and digest in {steps.new.keys.get(reference) for reference in own.keys}:
        return f"{name} refers to it: {ce} changes too"
    return f"{name} does not: {ce} keeps what it has, its sessions will stay down"

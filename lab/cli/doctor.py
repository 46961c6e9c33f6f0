"""`mseelab doctor`: what this host can, what was chosen, and what to do about each lack."""

from __future__ import annotations

from typing import Any

import click

from lab.cli.output import colour, emit, output_option

CANNOT = 4
NAME, FOUND = 18, 52


@click.command()
@output_option()
def doctor(output: str) -> int:
    """What this host can, and what to do about each lack; exit 4 if a lab cannot run here."""
    from lab.engine.netns.probe import probe

    needs = list(probe())
    ok = all(need.ok for need in needs)
    emit({"ok": ok, "needs": [need_object(need) for need in needs]}, output, lambda: text(needs))
    return 0 if ok else CANNOT


def need_object(need: Any) -> dict[str, Any]:
    return {"name": need.name, "ok": need.ok, "found": need.found, "chosen": need.chosen, "fix": need.fix}


def text(needs: list[Any]) -> str:
    """A line a need, its fix below."""
    lines = []
    for need in needs:
        mark = colour("✓", "32") if need.ok else colour("✗", "31")
        chosen = f"chosen: {need.chosen}" if need.chosen else ""
        lines.append(f"  {mark} {need.name:<{NAME}}{need.found or '-':<{FOUND}}{chosen}".rstrip())
        if need.fix:
            lines.append(f"      {'next' if not need.ok else 'better':<11}{need.fix}")
    good = all(need.ok for need in needs)
    lines.append("this host can run labs" if good else "this host cannot run labs yet")
    return "\n".join(lines)

"""`mseelab doctor`: what this host can, what was chosen, and what to do about each lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lab.cli.output import colour, emit, engine_option, output_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.engine.need import Need
    from lab.net.vlan.base import AttacherProbe

CANNOT = 4
NAME = 13


@click.command()
@output_option()
@engine_option
def doctor(output: str, engine: str | None) -> int:
    """What this host can, and what to do about each lack; exit 4 if a lab cannot run here."""
    from lab.engine.md5 import md5
    from lab.engine.registry import chosen
    from lab.net.vlan import probe_all

    needs = [*chosen(engine).needs(), vlan_tags(probe_all()), md5(), *records()]
    ok = all(need.ok for need in needs)
    emit({"ok": ok, "needs": [need_object(need) for need in needs]}, output, lambda: text(needs))
    return 0 if ok else CANNOT


def vlan_tags(probes: Sequence[AttacherProbe]) -> Need:
    """The best attacher that works; with another than the kernel's own, what would be better."""
    from lab.engine.need import Need

    works = [probe.name for probe in probes if probe.ok]
    found = "; ".join(f"{p.name} ok" if p.ok else f"{p.name}: {p.reason}" for p in probes)
    if not works:
        untried = all("no network namespace" in probe.reason for probe in probes)
        line = "see the line about the engine" if untried else "sudo modprobe 8021q, or run as root"
        return Need("VLAN tags", False, found, fix=line)
    fix = None if works[0] != "switch" else "sudo modprobe 8021q: until then tags are only modelled"
    return Need("VLAN tags", True, found, works[0], fix)


def records() -> list[Need]:
    """A line where labs run, or may, that no record describes; it keeps no other lab from running."""
    from lab.control.lost import lost
    from lab.control.running import all_damaged
    from lab.engine.need import Need

    said = [f"{lab} runs, and its record is lost" for lab in lost()] + [error.message for _, error in all_damaged()]
    return [Need("labs", True, "; ".join(said), fix="mseelab list, then mseelab down NAME")] if said else []


def need_object(need: Need) -> dict[str, Any]:
    return {"name": need.name, "ok": need.ok, "found": need.found, "chosen": need.chosen, "fix": need.fix}


def text(needs: Sequence[Need]) -> str:
    """A line a need, its fix below."""
    lines = []
    for need in needs:
        mark = colour("✓", "32") if need.ok else colour("✗", "31")
        chosen = f"   → {need.chosen}" if need.chosen else ""
        lines.append(f"  {mark} {need.name:<{NAME}}{need.found or '-'}{chosen}")
        if need.fix:
            lines.append(f"      {'next' if not need.ok else 'better':<11}{need.fix}")
    good = all(need.ok for need in needs)
    lines.append("this host can run labs" if good else "this host cannot run labs yet")
    return "\n".join(lines)

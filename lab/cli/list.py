"""`mseelab list`: every lab that runs here."""

from __future__ import annotations

from typing import Any

import click

from lab.cli.output import clock, emit, output_option
from lab.cli.table import table


@click.command("list")
@output_option()
def list_(output: str) -> None:
    """Every lab that runs here, also one whose record is damaged or lost."""
    labs = gather()
    emit({"labs": labs}, output, lambda: text(labs))


def gather() -> list[dict[str, Any]]:
    """The labs as `list -o json` prints them. Each world is entered by a child of its own."""
    from functools import partial

    from lab.control.lost import lost
    from lab.control.running import all_damaged, all_running, in_child

    found = []
    for running in all_running():
        found.append(
            {
                "lab": running.lab,
                "engine": running.document["engine"],
                "topology": running.document["topology"],
                "upSeconds": round(running.up_seconds, 1),
                "circuits": len(running.document["circuits"]),
                "established": in_child(partial(_established, running)),
                "sessions": len(running.sessions),
                "problem": None,
                "next": None,
            }
        )
        running.store.close()
    found += [unusable(lab, None, error.message, error.next) for lab, error in all_damaged()]
    found += [
        unusable(lab, one.engine, f"{lab} runs, and its record is lost", f"mseelab down {lab}")
        for lab, one in lost().items()
    ]
    return sorted(found, key=lambda lab: str(lab["lab"]))


def unusable(lab: str, engine: str | None, problem: str, next_step: str | None) -> dict[str, Any]:
    """A lab of which nothing can be said but what is the matter with its record."""
    unknown = dict.fromkeys(("topology", "upSeconds", "circuits", "established", "sessions"))
    return {"lab": lab, "engine": engine, **unknown, "problem": problem, "next": next_step}


def _established(running: Any) -> int:
    from lab.control.observe import Daemons, observe

    running.enter()
    with Daemons(running.world.nodes) as daemons:
        return sum(view.established for view in observe(daemons, running.sessions, details=False))


def text(labs: list[dict[str, Any]]) -> str:
    if not labs:
        return "no lab runs; next: mseelab up"
    columns = ("LAB", "ENGINE", "TOPOLOGY", "UP", "CIRCUITS", "SESSIONS")
    rows = [
        (
            lab["lab"], lab["engine"], lab["topology"], clock(lab["upSeconds"]), lab["circuits"],
            f"{lab['established']} of {lab['sessions']}" if lab["problem"] is None else "unknown",
        )
        for lab in labs
    ]
    notes = [
        f"! {lab['problem']}\n  next         {lab['next']}" for lab in labs if lab["problem"] is not None
    ]
    return "\n".join([table(columns, rows, right=("CIRCUITS",)), *notes])

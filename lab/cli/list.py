"""`mseelab list`: every lab that runs here."""

from __future__ import annotations

from typing import Any

import click

from lab.cli.output import clock, emit, output_option
from lab.cli.table import table
from lab.errors import LabError

NAMED = 3


@click.command("list")
@output_option()
def list_(output: str) -> None:
    """Every lab that runs here, also one that is sick, or whose record is damaged or lost."""
    labs = gather()
    emit({"labs": labs}, output, lambda: text(labs))


def gather() -> list[dict[str, Any]]:
    """The labs as `list -o json` prints them. Each world is entered by a child of its own, all at once: a lab that is
    sick holds no other up."""
    from functools import partial

    from lab.control.lost import lost
    from lab.control.running import all_damaged, all_running, in_children

    labs = all_running()
    found = []
    for running, seen in zip(labs, in_children([partial(_seen, running) for running in labs]), strict=True):
        known = {"established": None, "sick": [_unseen(seen.message)]} if isinstance(seen, LabError) else seen
        found.append(
            {
                "lab": running.lab,
                "engine": running.document["engine"],
                "topology": running.document["topology"],
                "upSeconds": round(running.up_seconds, 1),
                "circuits": len(running.document["circuits"]),
                "established": known["established"],
                "sessions": len(running.sessions),
                "sick": known["sick"],
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
    return {"lab": lab, "engine": engine, **unknown, "sick": [], "problem": problem, "next": next_step}


def _seen(running: Any) -> dict[str, Any]:
    from lab.control import health
    from lab.control.observe import Daemons, observe

    running.enter()
    sick = health.look(running.world, running.document.get("daemons", {}))
    with Daemons(running.world.nodes, health.silent(sick)) as daemons:
        views = observe(daemons, running.sessions, details=False)
    return {
        "established": sum(view.established for view in views),
        "sick": [{**one.as_object(), "sentence": one.sentence} for one in sick],
    }


def _unseen(message: str) -> dict[str, str]:
    """A lab that could not be looked at, in the shape of a daemon that is sick."""
    return {"node": "", "daemon": "", "state": "", "detail": message, "sentence": message}


def text(labs: list[dict[str, Any]]) -> str:
    if not labs:
        return "no lab runs; next: mseelab up"
    columns = ("LAB", "ENGINE", "TOPOLOGY", "UP", "CIRCUITS", "SESSIONS")
    rows = [
        (
            lab["lab"], lab["engine"], lab["topology"], clock(lab["upSeconds"]), lab["circuits"],
            "unknown" if lab["problem"] else f"{'?' if lab['established'] is None else lab['established']} of "
            f"{lab['sessions']}",
        )
        for lab in labs
    ]
    notes = [f"! {lab['problem']}\n  next         {lab['next']}" for lab in labs if lab["problem"] is not None]
    notes += [f"! {lab['lab']}: {_ill(lab['sick'])}: mseelab up mends it" for lab in labs if lab["sick"]]
    return "\n".join([table(columns, rows, right=("CIRCUITS",)), *notes])


def _ill(sick: list[dict[str, str]]) -> str:
    """What is sick in a lab: the first few, and how many more."""
    more = f" and {len(sick) - NAMED} more" if len(sick) > NAMED else ""
    return ", ".join(one["sentence"] for one in sick[:NAMED]) + more

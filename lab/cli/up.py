"""`mseelab up [LAB]`: both planes, from the files to sessions, prefixes and pings."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from lab.cli.output import emit, engine_option, output_option, seconds_text
from lab.cli.progress import chosen, moves
from lab.control.progress import Recorded

ATTACHERS = ("8021q", "ebpf", "switch")


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@engine_option
@click.option("--vlan", "attacher", type=click.Choice(ATTACHERS), help="How tags are made; else probed.")
@output_option()
def up(target: str | None, engine: str | None, attacher: str | None, output: str) -> int:
    """Build both planes; on a running lab, change only what differs.

    LAB is a circuit file, a folder with circuit.yml, or a shipped lab's name. Without it, this folder's circuit.yml,
    else the shipped lab dual-path.
    """
    from lab.control.up import up as bring_up

    started = time.monotonic()
    if output != "table":
        recorded = Recorded()
        result = bring_up(target, Path.cwd(), progress=recorded, engine=engine, attacher=attacher, started=started)
        emit(up_object(result, recorded), output, str)
        return 0 if result.ok else 1
    progress = chosen()
    result = bring_up(target, Path.cwd(), progress=progress, engine=engine, attacher=attacher, started=started)
    if not result.ok:
        sys.stdout.write(verdict(result) + "\n")
        progress.done(f"up in {seconds_text(result.seconds)}, and not as it should be")
        return 1
    progress.done(f"up in {seconds_text(result.seconds)}")
    if moves(sys.stderr) and sys.stdout.isatty():
        from lab.cli.drawing import drawing

        applied = result.record.applied
        sys.stdout.write(drawing(applied.spec, applied.topology, shipped=result.record.shipped) + "\n")
    return 0


def up_object(result: Any, recorded: Recorded) -> dict[str, Any]:
    """The shape of `up -o json`: the steps with their seconds, and what is missing."""
    return {
        "lab": result.record.lab,
        "ok": result.ok,
        "fresh": result.fresh,
        "vlanAttacher": result.record.attacher,
        "seconds": round(result.seconds, 3),
        "steps": recorded.steps,
        "missing": list(result.converged.missing),
    }


def verdict(result: Any) -> str:
    """What is not as it should be, as `check` says it. This process is inside the lab's world already."""
    from lab.check.expect import expectations
    from lab.check.report import kind_lines
    from lab.check.run import run_checks
    from lab.cli.check import paint
    from lab.control.record import to_document
    from lab.control.running import world_of

    applied = result.record.applied
    wanted = expectations(applied.spec, applied.topology, applied.sessions)
    world = world_of(to_document(result.record))
    report = run_checks(result.record.lab, world.nodes, wanted, timeout=VERDICT_SECONDS)
    return "\n".join(kind_lines(report.results, paint=paint))


VERDICT_SECONDS = 2.5
"""The kernel's counters have to be seen growing: a refused segment is sent again every second."""

"""`mseelab up [LAB]`: both planes, from the files to sessions, prefixes and pings."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.cli.output import emit, engine_option, output_option
from lab.cli.progress import chosen, moves
from lab.cli.verdict import conclude, exit_code, judged, missing
from lab.control.progress import Recorded

if TYPE_CHECKING:
    from lab.check.result import Report
    from lab.control.up import UpResult

ATTACHERS = ("8021q", "ebpf", "switch")


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@engine_option
@click.option("--vlan", "attacher", type=click.Choice(ATTACHERS), help="How tags are made; else probed.")
@click.option("--timeout", type=click.FloatRange(0), default=10.0, show_default=True, metavar="SECONDS",
              help="How long sessions may take, and a tenth of a second more for each.")
@output_option()
def up(target: str | None, engine: str | None, attacher: str | None, timeout: float, output: str) -> int:
    """Build both planes; on a running lab, change only what differs.

    LAB is a circuit file, a folder with circuit.yml, or a shipped lab's name. Without it, this folder's circuit.yml,
    else the shipped lab dual-path.
    """
    from lab.control.up import up as bring_up

    started = time.monotonic()
    if output != "table":
        recorded = Recorded()
        result = bring_up(
            target, Path.cwd(), progress=recorded, engine=engine, attacher=attacher, seconds=timeout, started=started
        )
        report = judged(result)
        emit(up_object(result, recorded, report), output, str)
        return exit_code(report)
    progress = chosen()
    result = bring_up(
        target, Path.cwd(), progress=progress, engine=engine, attacher=attacher, seconds=timeout, started=started
    )
    code = conclude(result, judged(result), "up", progress)
    if code == 0 and moves(sys.stderr) and sys.stdout.isatty():
        from lab.cli.drawing import drawing

        applied = result.record.applied
        sys.stdout.write(drawing(applied.spec, applied.topology, shipped=result.record.shipped) + "\n")
    return code


def up_object(result: UpResult, recorded: Recorded, report: Report | None) -> dict[str, Any]:
    """The shape of `up -o json`: the steps with their seconds, and what is missing in the end."""
    return {
        "lab": result.record.lab,
        "ok": exit_code(report) == 0,
        "fresh": result.fresh,
        "vlanAttacher": result.record.attacher,
        "seconds": round(result.seconds, 3),
        "steps": recorded.steps,
        "missing": list(missing(report)),
    }

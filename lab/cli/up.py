"""`mseelab up [LAB]`: both planes, from the files to sessions, prefixes and pings."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.cli.clock import begun
from lab.cli.output import emit, engine_option, output_option, plural, seconds_text, trust_option, wait_option
from lab.cli.progress import RIGHT_EDGE, chosen, moves
from lab.cli.verdict import Lasting, conclude, exit_code, judged, missing
from lab.control.progress import Quiet, Recorded

if TYPE_CHECKING:
    from lab.cli.verdict import Judged
    from lab.control.up import UpResult

ATTACHERS = ("8021q", "ebpf", "switch")


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@engine_option
@click.option("--vlan", "attacher", type=click.Choice(ATTACHERS), help="How tags are made; else probed.")
@click.option("--timeout", type=click.FloatRange(0), default=10.0, show_default=True, metavar="SECONDS",
              help="How long sessions may take, and a tenth of a second more for each; 0: just look.")
@click.option("--physical", is_flag=True, help="The cables alone: circuits come by hand (mseelab circuit create).")
@click.option("--lab", "name", metavar="NAME", help="With --physical: the lab's name; else the topology's.")
@wait_option
@trust_option
@output_option()
def up(
    target: str | None, engine: str | None, attacher: str | None, timeout: float, physical: bool, name: str | None,
    patient: bool, trust: bool, output: str,
) -> int:
    """Build both planes; on a running lab, change only what differs.

    LAB is a circuit file, a folder with circuit.yml, or a shipped lab's name. Without it, this folder's circuit.yml,
    else the shipped lab dual-path.
    """
    from lab.cli.faults import lift_left_faults
    from lab.control.running import all_running
    from lab.control.up import up as bring_up

    if name is not None and not physical:
        raise click.UsageError("--lab goes with --physical; a circuit file names its lab itself")
    started, known = begun(), Lasting()
    begin = partial(
        bring_up, target, Path.cwd(), engine=engine, attacher=attacher, physical=physical, lab=name, seconds=timeout,
        started=started, trust=trust, hopeless=None if patient else known,
    )
    # Which lab the files mean is known only when they are read; a fault that was left is wrong in any.
    lift_left_faults(all_running(), chosen(quiet=output != "table"))
    if output != "table":
        recorded = Recorded()
        result = begin(progress=recorded)
        verdict = judged(result, known.found)
        emit(up_object(result, recorded, verdict, time.monotonic() - started), output, str)
        return exit_code(verdict)
    if physical:
        result = begin(progress=Quiet())
        verdict = judged(result, known.found)
        text = f"{result.record.lab}   {cables(result)}"
        sys.stderr.write(f"{text:<{RIGHT_EDGE}}{seconds_text(time.monotonic() - started)}\n")
        return exit_code(verdict)
    progress = chosen()
    result = begin(progress=progress)
    code = conclude(result, judged(result, known.found), "up", progress, started)
    if code == 0 and moves(sys.stderr) and sys.stdout.isatty():
        from lab.cli.drawing import drawing

        applied = result.record.applied
        sys.stdout.write(drawing(applied.spec, applied.topology, shipped=result.record.shipped) + "\n")
    return code


def cables(result: UpResult) -> str:
    """What `up --physical` says of the lab that it has brought up."""
    applied = result.record.applied
    nodes, links = len(applied.topology.nodes), len(applied.topology.links)
    circuits = plural(len(applied.spec.circuits), "circuit") if applied.spec.circuits else "no circuit"
    return f"{nodes} nodes, {links} links, {circuits}: the cables are in"


def up_object(result: UpResult, recorded: Recorded, verdict: Judged | None, seconds: float) -> dict[str, Any]:
    """The shape of `up -o json`: the steps with their seconds, and what is missing in the end."""
    return {
        "lab": result.record.lab,
        "ok": exit_code(verdict) == 0,
        "fresh": result.fresh,
        "vlanAttacher": result.record.attacher,
        "seconds": round(seconds, 3),
        "steps": recorded.steps,
        "missing": list(missing(verdict)),
    }

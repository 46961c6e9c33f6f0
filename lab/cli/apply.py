"""`mseelab apply`: makes the running lab agree with the files; nodes are never restarted."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from lab.cli.output import lab_option, seconds_text
from lab.cli.progress import chosen


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@lab_option
def apply(target: str | None, lab: str | None) -> int:
    """Make the running lab agree with the files; only what differs is touched."""
    from lab.cli.up import verdict
    from lab.control.apply import apply as carry_out
    from lab.control.running import named_or_here

    started = time.monotonic()
    progress = chosen(lab=named_or_here(lab))
    result = carry_out(target, lab, Path.cwd(), progress=progress, started=started)
    for session in result.moved:
        progress.note(f"{session.circuit} {session.label} went down although nothing of it was changed")
    if not result.ok:
        sys.stdout.write(verdict(result) + "\n")
        progress.done(f"applied in {seconds_text(result.seconds)}, and not as it should be")
        return 1
    progress.done(f"applied in {seconds_text(result.seconds)}" if result.plan.changes else "nothing to apply")
    return 0

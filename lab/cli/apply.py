"""`mseelab apply`: makes the running lab agree with the files; nodes are never restarted."""

from __future__ import annotations

from pathlib import Path

import click

from lab.cli.clock import begun
from lab.cli.output import lab_option, wait_option
from lab.cli.progress import chosen


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@lab_option
@wait_option
def apply(target: str | None, lab: str | None, patient: bool) -> int:
    """Make the running lab agree with the files; only what differs is touched."""
    from lab.cli.faults import lift_left_faults
    from lab.cli.verdict import Lasting, conclude, judged
    from lab.control.apply import apply as carry_out
    from lab.control.running import find, named_or_here

    started, known = begun(), Lasting()
    progress = chosen(lab=named_or_here(lab))
    lift_left_faults([find(lab)], progress)
    result = carry_out(target, lab, Path.cwd(), progress=progress, started=started, hopeless=None if patient else known)
    for session in result.moved:
        progress.note(f"{session.circuit} {session.label} went down although nothing of it was changed")
    if result.ok and not result.plan.changes:
        progress.done("nothing to apply")
        return 0
    return conclude(result, judged(result, known.found), "applied", progress, started)

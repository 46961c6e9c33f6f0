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
    from lab.control.running import find

    started = time.monotonic()
    running = find(lab)
    file = target or str(running.document["file"])
    running.store.close()
    from lab.cli.up import verdict
    from lab.control.up import up

    progress = chosen()
    result = up(file, Path.cwd(), progress=progress, fallback=False, started=started)
    if not result.ok:
        sys.stdout.write(verdict(result) + "\n")
        progress.done(f"applied in {seconds_text(result.seconds)}, and not as it should be")
        return 1
    progress.done(f"applied in {seconds_text(result.seconds)}")
    return 0

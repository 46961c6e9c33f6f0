"""`mseelab record`: the checks that describe the running lab, to be kept as its baseline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bgp.secret import hidden
from lab.cli.output import emit, lab_option, plural
from lab.cli.progress import chosen
from lab.errors import Impossible


@click.command()
@lab_option
@click.option("-w", "--write", "file", metavar="FILE", help="Write there, and nothing to stdout.")
@click.option("-o", "--output", "output", type=click.Choice(["yaml", "json"]), default="yaml", help="How to print.")
@click.option("--timeout", type=click.FloatRange(0), default=10.0, show_default=True, metavar="SECONDS",
              help="How long the lab may take to settle.")
def record(lab: str | None, file: str | None, output: str, timeout: float) -> None:
    """Write the checks that describe the running lab: commit them as its baseline, for check --checks FILE."""
    from lab.check.recording.text import document
    from lab.control.running import find

    running = find(lab)
    target = Path(file).absolute() if file is not None else None
    if target is not None and not target.parent.is_dir():
        raise Impossible(f"{file}: no such folder")
    progress = chosen(quiet=False)
    checks = _checks(running, timeout, progress)
    text = document(running.lab, checks)
    if target is None:
        emit({"checks": checks}, "json", str) if output == "json" else sys.stdout.write(text)
        return
    from lab.check.writers.target import Target

    whole = Target(str(target), "--write")
    try:
        whole.write(hidden(text))
    except OSError as error:
        raise Impossible(f"{file}: {(error.strerror or str(error)).lower()}") from None
    finally:
        whole.close()
    progress.done(f"{plural(len(checks), 'check')} in {file}; mseelab check --checks {file} says what changes")


def _checks(running: Any, timeout: float, progress: Any) -> list[dict[str, Any]]:
    """This process is inside the lab's world afterwards."""
    from lab.check.recording.look import recorded
    from lab.cli.asked import fitting
    from lab.control.record import from_document

    value = from_document(running.document)
    expectations, _ = fitting(value.applied, ())
    running.enter()
    return recorded(running, value, expectations, timeout, progress)

"""`mseelab validate [LAB]`: only reads the files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lab.cli.main import mistake_lines, mistake_object
from lab.cli.output import emit, output_option, plural
from lab.errors import Mistakes


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@output_option()
def validate(target: str | None, output: str) -> int:
    """Only read the files: every mistake in one run, exit 2 if there is one."""
    from lab.files.load import load

    try:
        loaded = load(target, Path.cwd(), fallback=False)
    except Mistakes as error:
        if output == "table":
            raise
        emit({"mistakes": [mistake_object(mistake) for mistake in error.mistakes]}, output, str)
        return error.exit_code
    warnings = list(loaded.warnings)
    sys.stderr.write(mistake_lines(warnings) if output == "table" else "")
    circuits, peerings = loaded.spec.circuits, [p for c in loaded.spec.circuits for p in c.peerings]
    emit(
        {"mistakes": [mistake_object(mistake) for mistake in warnings]},
        output,
        lambda: f"{Path(loaded.spec.file).name}: no mistakes; {plural(len(circuits), 'circuit')}, "
        f"{plural(len(peerings), 'peering')}, {plural(len(loaded.spec.virtual_networks), 'VNet')}, "
        f"{plural(len(loaded.spec.customer_edges), 'CE')}, topology {loaded.spec.topology}",
    )
    return 0

"""`mseelab down [LAB] [--all]`: everything gone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lab.cli.output import emit, lab_option, output_option, plural, seconds_text
from lab.errors import Impossible


@click.command()
@click.argument("name", metavar="[LAB]", required=False)
@lab_option
@click.option("--all", "everything", is_flag=True, help="Every lab of this user.")
@output_option()
def down(name: str | None, lab: str | None, everything: bool, output: str) -> None:
    """Everything gone: processes, namespaces, links, state. The files stay. Where nothing runs there is nothing to do;
    a name that no lab has is a mistake."""
    from lab.control.down import down as take_down
    from lab.control.down import down_all, labs_there

    if everything and (name or lab):
        raise Impossible("--all takes every lab down; a name beside it makes no sense", next="mseelab down --all")
    meant = lab or name
    if everything or (meant is None and not labs_there()):
        results = down_all()
    else:
        results = (take_down(meant, Path.cwd()),)
    if output == "table":
        if not results:
            sys.stderr.write("no lab runs; nothing to do\n")
        sys.stderr.writelines(f"{line(result)}\n" for result in results)
        return
    emit({"labs": [down_object(result) for result in results]}, output, str)


def line(result: Any) -> str:
    """`er-ams: down: 5 nodes, 5 links, 24 processes; nothing left on this host (0.1 s)`."""
    if not result.recorded:
        ended = f"{result.processes} process" + ("" if result.processes == 1 else "es")
        return f"{result.lab}: down: {ended}; its record was damaged or lost ({seconds_text(result.seconds)})"
    what = ", ".join(
        (plural(result.nodes, "node"), plural(result.links, "link"),
         f"{result.processes} process" + ("" if result.processes == 1 else "es"))
    )
    return f"{result.lab}: down: {what}; nothing left on this host ({seconds_text(result.seconds)})"


def down_object(result: Any) -> dict[str, Any]:
    return {
        "lab": result.lab, "nodes": result.nodes, "links": result.links, "processes": result.processes,
        "seconds": round(result.seconds, 3),
    }

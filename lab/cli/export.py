"""`mseelab export FORMAT DIR [LAB]`: the lab as a folder that others bring up without mseelab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.cli.output import lab_option, plural
from lab.export.registry import NAMES

if TYPE_CHECKING:
    from lab.files.load import Loaded
    from lab.role.slots import Slots


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(NAMES))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("target", metavar="[LAB]", required=False)
@lab_option
def export(form: str, folder: Path, target: str | None, lab: str | None) -> None:
    """Write a lab into a folder that its receiver brings up without mseelab; FORMAT is containerlab.

    LAB is a circuit file, a folder with circuit.yml, or a shipped lab's name; without it, this folder's circuit.yml.
    With --lab, the files of a lab that runs. Shared keys stay here: the folder has a name where each belongs.
    """
    from lab.cli.main import mistake_lines
    from lab.export.folder import write
    from lab.export.registry import exporter

    loaded, slots = _files(target, lab)
    made = exporter(form).export(loaded, slots)
    write(made, folder)
    sys.stderr.write(mistake_lines(list(loaded.warnings)))
    sys.stderr.write("".join(f"  ! {note}\n" for note in made.notes))
    keys = f"; without its keys: {', '.join(made.keys)}" if made.keys else ""
    nodes, links = plural(len(loaded.topology.nodes), "node"), plural(len(loaded.topology.links), "link")
    sys.stdout.write(f"{made.lab}   exported to {folder}: {nodes}, {links}{keys}\n")
    first = "where the keys go, then " if made.keys else ""
    sys.stdout.write(f"  next         {folder / 'README.md'}: {first}{made.start}\n")


def _files(target: str | None, lab: str | None) -> tuple[Loaded, Slots | None]:
    """The files of `target`, or of the running lab `lab` with the numbers that it was made with."""
    from lab.files.load import load

    if lab is None:
        return load(target, Path.cwd(), fallback=False), None
    from lab.control.apply import load_again
    from lab.control.record import from_document
    from lab.control.running import find

    document = find(lab).document
    return load_again(document, target, Path.cwd()), from_document(document).applied.slots

"""`mseelab validate [FILE]…`: only reads the files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.cli.main import mistake_lines, mistake_object
from lab.cli.output import emit, output_option, plural
from lab.errors import Mistake, Mistakes

if TYPE_CHECKING:
    from lab.files.load import Loaded

TOPOLOGY = (".clab.yml", ".clab.yaml")
FRR = ".conf"


@click.command()
@click.argument("targets", metavar="[LAB]...", nargs=-1)
@output_option()
@click.option("--no-keys", is_flag=True, help="Shared keys need not be here: for where no lab runs.")
def validate(targets: tuple[str, ...], output: str, no_keys: bool) -> int:
    """Only read the files: every mistake in one run, exit 2 if there is one.

    LAB is a circuit file, a folder with one, a topology (.clab.yml) or a CE's own FRR file (.conf); none is this
    folder's circuit.
    """
    mistakes: dict[Mistake, None] = {}
    lines = []
    for target in targets or (None,):
        try:
            warnings, line = _read(target, keys=not no_keys)
        except Mistakes as error:
            mistakes |= dict.fromkeys(error.mistakes)
            continue
        mistakes |= dict.fromkeys(warnings)
        lines.append(line)
    wrong = [mistake for mistake in mistakes if not mistake.warning]
    if wrong and output == "table":
        raise Mistakes(list(mistakes))
    sys.stderr.write(mistake_lines(list(mistakes)) if output == "table" else "")
    emit({"mistakes": [mistake_object(mistake) for mistake in mistakes]}, output, lambda: "\n".join(lines))
    return Mistakes.exit_code if wrong else 0


def _read(target: str | None, *, keys: bool) -> tuple[tuple[Mistake, ...], str]:
    """The warnings about what `target` means, and what it is, in a line. Raises Mistakes and Impossible."""
    from lab.files.load import load
    from lab.files.outside import outside, refuse_outside, without_text

    path = Path(target or "")
    if target and target.endswith((*TOPOLOGY, FRR)) and path.is_file():
        refuse_outside(path, target)
        try:
            return _read_one(path, target)
        except Mistakes as error:
            raise Mistakes(without_text(error.mistakes, [target] if outside(path, path.parent) else [])) from None
    loaded = load(target, Path.cwd(), fallback=False, keys=keys)
    if loaded.asks:
        from lab.check.own.fit import unknown_faults

        if wrong := unknown_faults(loaded.asks):
            raise Mistakes([*wrong, *loaded.warnings])
    return loaded.warnings, _line(target, loaded)


def _read_one(path: Path, target: str) -> tuple[tuple[Mistake, ...], str]:
    """The same for a topology, or a CE's own file."""
    from lab.files.ce_file import read_own
    from lab.files.topology_file import read_topology_file

    if target.endswith(FRR):
        return (), f"{target}: no mistakes; {plural(len(read_own(path).interfaces), 'tagged sub-interface')}"
    found = read_topology_file(path, target)
    if any(not mistake.warning for mistake in found.mistakes):
        raise Mistakes([*found.mistakes, *found.warnings])
    return tuple(found.warnings), f"{target}: no mistakes; {plural(len(found.topology.nodes), 'node')}"


def _line(target: str | None, loaded: Loaded) -> str:
    circuits, peerings = loaded.spec.circuits, [p for c in loaded.spec.circuits for p in c.peerings]
    name = target if target and Path(target).is_file() else Path(loaded.spec.file).name
    return (
        f"{name}: no mistakes; {plural(len(circuits), 'circuit')}, "
        f"{plural(len(peerings), 'peering')}, {plural(len(loaded.spec.virtual_networks), 'VNet')}, "
        f"{plural(len(loaded.spec.customer_edges), 'CE')}, topology {loaded.spec.topology}"
    )

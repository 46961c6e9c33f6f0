"""`mseelab validate [FILE]…`: only reads the files."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.cli.main import mistake_lines, mistake_object
from lab.cli.output import emit, engine_option, output_option, plural, trust_option
from lab.errors import Mistake, Mistakes

if TYPE_CHECKING:
    from lab.files.load import Loaded

TOPOLOGY = (".clab.yml", ".clab.yaml")
FRR = ".conf"


@click.command()
@click.argument("targets", metavar="[LAB]...", nargs=-1)
@output_option()
@engine_option
@trust_option
@click.option("--no-keys", is_flag=True, help="Shared keys need not be here: for where no lab runs.")
def validate(targets: tuple[str, ...], output: str, engine: str | None, trust: bool, no_keys: bool) -> int:
    """Only read the files: every mistake in one run, exit 2 if there is one.

    LAB is a circuit file, a folder with one, a topology (.clab.yml) or a CE's own FRR file (.conf); none is this
    folder's circuit. With --engine containerlab also what a topology file can do to this host.
    """
    mistakes: dict[Mistake, None] = {}
    lines = []
    for target in targets or (None,):
        try:
            warnings, line = _read(target, Access(engine, trust), keys=not no_keys)
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


@dataclass(frozen=True)
class Access:
    """The engine that would run a topology file, and whether that file is trusted."""

    engine: str | None
    trust: bool

    def warnings(self, loaded: Loaded) -> tuple[Mistake, ...]:
        """Those of the files, for this engine. Raises Mistakes where it is not to run them."""
        from lab.control.trust import accepted
        from lab.engine.registry import chosen

        engine = chosen(self.engine)
        powers = loaded.access.powers if engine.runs_files else ()
        return (*accepted(loaded, engine, trust=self.trust).warnings, *powers)


def _read(target: str | None, access: Access, *, keys: bool) -> tuple[tuple[Mistake, ...], str]:
    """The warnings about what `target` means, and what it is, in a line. Raises Mistakes and Impossible."""
    from lab.files.load import load
    from lab.files.outside import outside, refuse_outside, without_text

    path = Path(target or "")
    if target and target.endswith((*TOPOLOGY, FRR)) and path.is_file():
        refuse_outside(path, target)
        try:
            return _read_one(path, target, access)
        except Mistakes as error:
            raise Mistakes(without_text(error.mistakes, [target] if outside(path, path.parent) else [])) from None
    loaded = load(target, Path.cwd(), fallback=False, keys=keys)
    if any(ask.kind == "failover" for ask in loaded.asks):
        from lab.check.own.fit import unfit_faults
        from lab.control.record import applied

        value, _ = applied(loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, "")
        if wrong := [*unfit_faults(loaded.asks, value)]:
            raise Mistakes([*wrong, *loaded.warnings])
    from lab.control.foretell import foretold

    return (*access.warnings(loaded), *foretold(loaded)), _line(target, loaded)


def _read_one(path: Path, target: str, access: Access) -> tuple[tuple[Mistake, ...], str]:
    """The same for a topology, or a CE's own file."""
    from lab.files.lint import read_own
    from lab.files.physical import load_physical
    from lab.files.topology_file import read_topology_file

    if target.endswith(FRR):
        return (), f"{target}: no mistakes; {plural(len(read_own(path).interfaces), 'tagged sub-interface')}"
    found = read_topology_file(path, target)
    if any(not mistake.warning for mistake in found.mistakes):
        raise Mistakes([*found.mistakes, *found.warnings])
    line = f"{target}: no mistakes; {plural(len(found.topology.nodes), 'node')}"
    return access.warnings(load_physical(target, None, Path.cwd())), line


def _line(target: str | None, loaded: Loaded) -> str:
    circuits, peerings = loaded.spec.circuits, [p for c in loaded.spec.circuits for p in c.peerings]
    name = Path(loaded.spec.file).name
    if target and Path(target).exists():
        name = target if Path(target).is_file() else str(Path(target) / name)
    return (
        f"{name}: no mistakes; {plural(len(circuits), 'circuit')}, "
        f"{plural(len(peerings), 'peering')}, {plural(len(loaded.spec.virtual_networks), 'VNet')}, "
        f"{plural(len(loaded.spec.customer_edges), 'CE')}, topology {loaded.spec.topology}"
    )

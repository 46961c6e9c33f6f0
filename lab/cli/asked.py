"""Where `check` finds the user's own checks: in the circuit file as it is now, and in files of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lab.errors import Impossible, Mistake, Mistakes

if TYPE_CHECKING:
    from lab.asked.base import Ask
    from lab.check.expect import Expectation
    from lab.control.record import Applied
    from lab.control.running import Running

Command = TypeVar("Command", bound=Callable[..., object])
BLOCK = b"checks"


def own_options(command: Command) -> Command:
    """`--checks FILE`, `--only NAME`, `--list` and `--schema`."""
    options = (
        click.option("--checks", "files", metavar="FILE", multiple=True,
                     help="Checks of your own, beside those of the circuit file."),
        click.option("--only", "only", metavar="NAME", multiple=True,
                     help="Only checks with this id or of this kind, or that a pattern (*) matches."),
        click.option("--list", "list_", is_flag=True, help="List the checks and check nothing; no lab is needed."),
        click.option("--schema", "schema", is_flag=True, help="Print the JSON Schema of files with checks."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def own_checks(circuit_file: Path | None, files: Sequence[str]) -> tuple[Ask, ...]:
    """The checks of a circuit file and of files of their own. Raises Mistakes, those of all files at once."""
    found: list[Ask] = []
    mistakes: list[Mistake] = []
    for path, whole in ((circuit_file, False), *((Path(name), True) for name in files)):
        # Without the word there is nothing to look for, and no parser to load.
        if path is None or (not whole and BLOCK not in _bytes(path)):
            continue
        from lab.files.asked import read_file, read_in_circuit_file
        from lab.files.outside import outside, refuse_outside, without_text

        name = str(path) if whole else shown(path)
        try:
            refuse_outside(path, name)
            found += read_file(path, name) if whole else read_in_circuit_file(path, name)
        except Mistakes as error:
            mistakes += without_text(error.mistakes, [name] if outside(path, path.parent) else [])
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(found)


def circuit_file_of(running: Running) -> Path | None:
    """The circuit file of a running lab; None for one made by hand, or where it has gone."""
    path = Path(running.document["file"])
    return None if running.document["by_hand"] or not path.is_file() else path


def listing(
    target: str | None, running: Running | None, files: Sequence[str], only: Sequence[str]
) -> list[dict[str, Any]]:
    """Every check, as an object: of a running lab, else of the files alone. Raises Impossible, Mistakes."""
    from lab.check.only import Only

    applied, path = _applied(target, running)
    asks = own_checks(path, files)
    expectations, own = fitting(applied, asks)
    chosen = Only(tuple(only))
    chosen.refuse_unknown([*((e.id, e.kind) for e in expectations), *((a.id, a.kind) for a in own)])
    return [
        entry for entry in (*map(_expectation_object, expectations), *map(_ask_object, own))
        if chosen.wants(entry["id"], entry["kind"])
    ]


def fitting(applied: Applied, asks: tuple[Ask, ...]) -> tuple[tuple[Expectation, ...], tuple[Ask, ...]]:
    """What a lab promises, and the user's checks, which have to fit it. Raises Mistakes, and Impossible where there is
    nothing to check."""
    from lab.check.expect import expectations

    found = expectations(applied.spec, applied.topology, applied.sessions, applied.slots)
    if not found:
        raise Impossible(f"nothing to check: {applied.spec.lab} has no session", next="mseelab status")
    if asks:
        from lab.check.own.fit import refuse_unfit

        refuse_unfit(asks, applied)
    return found, asks


def _applied(target: str | None, running: Running | None) -> tuple[Applied, Path | None]:
    from lab.control import record

    if running is not None:
        return record.from_document(running.document).applied, circuit_file_of(running)
    from lab.files.load import load

    loaded = load(target, Path.cwd(), fallback=False, lint=False, keys=False)
    value, _ = record.applied(
        loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, "", digests=loaded.digests
    )
    return value, Path(loaded.spec.files[0])


def _expectation_object(wanted: Expectation) -> dict[str, Any]:
    from lab.check.evaluate import promise

    source = wanted.source or None
    return {"id": wanted.id, "kind": wanted.kind, "asks": promise(wanted), "severity": "error", "source": source,
            "own": False}


def _ask_object(ask: Ask) -> dict[str, Any]:
    from lab.asked.kinds import KINDS

    asks = KINDS[ask.kind].asks(ask.value)
    return {"id": ask.id, "kind": ask.kind, "asks": asks, "severity": ask.severity, "source": ask.source, "own": True}


def shown(path: Path) -> str:
    """As messages call it: from this folder where it is in it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _bytes(path: Path) -> bytes:
    from lab.files.reading import read_bytes

    try:
        return read_bytes(path, str(path))
    except Mistakes:
        return BLOCK  # the reader says what is wrong

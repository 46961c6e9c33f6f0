"""`mseelab init [LAB]`: a shipped lab's circuit file, and what it refers to, in this folder."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import click

from lab.errors import HostCannot, Impossible

CIRCUIT_FILES = ("circuit.yml", "circuit.yaml", "circuit.json")
STANDARD = "dual-path"
TOPOLOGY = ".clab.yml"
_TOPOLOGY_LINE = re.compile(r"^topology: .*$", re.MULTILINE)


@click.command()
@click.argument("name", metavar="[LAB]", default=STANDARD)
@click.option("--topology", is_flag=True, help="Also the topology file, to change nodes and links.")
def init(name: str, topology: bool) -> None:
    """Put a shipped lab's circuit file into this folder, to edit it. Nothing is overwritten."""
    import topologies

    if name not in topologies.names():
        raise Impossible(f"no shipped lab named {name}", next=f"one of: {' '.join(topologies.names())}")
    copied = copy(topologies.folder(name), Path.cwd(), topology=topology)
    first = next((file for file in copied if file in CIRCUIT_FILES), copied[0])
    more = [file for file in copied if file != first]
    beside = f", with {' '.join(more)}" if more else ""
    sys.stdout.write(f"{first} written{beside}; from the shipped lab {name}\n")
    sys.stdout.write(f"  next         edit {first}, then mseelab up\n")


def copy(source: Path, folder: Path, *, topology: bool) -> list[str]:
    """Copies a shipped lab's files and returns their names. Raises Impossible where one is there already."""
    names = sorted(
        entry.name
        for entry in source.iterdir()
        if entry.is_file() and _wanted(entry.name, topology)
    )
    there = [name for name in [*names, *CIRCUIT_FILES] if (folder / name).exists()]
    if there:
        next_step = f"mseelab up, or move {there[0]} away"
        raise Impossible(f"{there[0]} is here already; nothing is overwritten", next=next_step)
    uses = _uses(source, names) if topology else {}
    try:
        for name in names:
            # Opened with O_EXCL: what appeared meanwhile is not overwritten either.
            with open(source / name, "rb") as original, open(folder / name, "xb") as made:
                made.write(uses[name]) if name in uses else shutil.copyfileobj(original, made)
            if name not in CIRCUIT_FILES and not name.endswith((".yml", ".conf")):
                os.chmod(folder / name, 0o600)
    except FileExistsError as error:
        raise Impossible(f"{error.filename} is here already; nothing is overwritten") from error
    except OSError as error:
        raise HostCannot(f"cannot write here: {error.strerror}") from error
    return names


def _uses(source: Path, names: list[str]) -> dict[str, bytes]:
    """The circuit file, by name, as one that names the topology file beside it. Raises Impossible where it has no place
    for that."""
    beside = next((name for name in names if name.endswith(TOPOLOGY)), "")
    for name in (name for name in names if name in CIRCUIT_FILES):
        text, found = _TOPOLOGY_LINE.subn(f"topology: ./{beside}", (source / name).read_text())
        if found:
            return {name: text.encode()}
    raise Impossible(
        f"the circuit file of {source.name} is Azure's own, and names no topology",
        next="mseelab init dual-path --topology",
    )


def _wanted(name: str, topology: bool) -> bool:
    """The lab's files but for its description and, unless asked for, its topology: that stays the shipped one."""
    if name.endswith(TOPOLOGY):
        return topology
    return not name.startswith((".", "_")) and not name.endswith((".md", ".py", ".pyc"))

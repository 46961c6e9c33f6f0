"""From what the user typed to everything a lab needs: circuit, topology, keys, the CEs' own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import topologies
from bgp.frr.config import OwnConfig
from lab.asked.base import Ask
from lab.circuit.keys import Keyring
from lab.circuit.models import CustomerEdge, Spec
from lab.errors import Impossible, Mistake, Mistakes
from lab.files.asked import unknown_names
from lab.files.ce_file import read_ce_file
from lab.files.circuit_file import CircuitFile, read_circuit
from lab.files.fit import check_fit
from lab.files.host_access import NO_ACCESS, HostAccess
from lab.files.keys import collect_keys, undeclared
from lab.files.lint import lint_text
from lab.files.outside import outside, refusal, refuse_outside, without_text
from lab.files.registry import read_file as read_registry_file
from lab.files.topology_file import TopologyFile, read_topology_file
from lab.files.tree import clip
from lab.topology import Topology
from lab.wiring import Tag

CIRCUIT_FILES = ("circuit.yml", "circuit.yaml", "circuit.json")
FALLBACK = "dual-path"
ABSENT_KEY = ("ER206", "ER503")


@dataclass(frozen=True)
class Loaded:
    """The files of one lab, read and checked.

    `own` and `interfaces` hold, by CE, its own FRR file and the tagged sub-interfaces that file names; `shipped` is
    whether the lab came with mseelab. `spec.file` is the circuit file as messages call it, `spec.files` the absolute
    paths of all files read, the circuit file first; `topology_file` is an absolute path too.
    """

    spec: Spec
    topology: Topology
    keyring: Keyring
    own: dict[str, OwnConfig]
    interfaces: dict[str, tuple[Tag, ...]]
    warnings: tuple[Mistake, ...]
    shipped: bool
    topology_file: Path
    digests: Mapping[str, str] | None = None
    """SHA-256 by path of the files as they were read, where that was earlier."""
    asks: tuple[Ask, ...] = ()
    """The checks of the circuit file."""
    access: HostAccess = NO_ACCESS
    """What the topology file can do to the host where containerlab runs it."""
    document: Mapping[str, Any] | None = None
    """The topology as it was read, where an engine shall be given that and not the file."""


def load(
    target: str | None, cwd: Path, *, fallback: bool = False, lint: bool = True, keys: bool = True
) -> Loaded:
    """The lab `target` means: a circuit file, a folder with one, or a shipped lab's name; None this folder's file.

    With `fallback`, a folder without a file means the shipped `dual-path`. `lint` asks FRR about the CEs' own files;
    without `keys` a shared key that is not here is no mistake.
    Raises Impossible when the target means nothing or two things, Mistakes with those of all files at once.
    """
    path, shown, shipped = find(target, cwd, fallback=fallback)
    return load_file(path, shown, shipped=shipped, lint=lint, keys=keys)


def load_file(path: Path, shown: str, *, shipped: bool = False, lint: bool = True, keys: bool = True) -> Loaded:
    """The lab of the circuit file at `path`, called `shown` in messages. Raises Mistakes."""
    strange: set[str] = set()
    try:
        loaded = _load_file(path, shown, strange, shipped=shipped, lint=lint, keys=keys)
    except Mistakes as error:
        # Not from the error: what it quotes may not be shown.
        raise Mistakes(without_text(error.mistakes, strange)) from None
    return replace(loaded, warnings=tuple(without_text(loaded.warnings, strange)))


def _load_file(path: Path, shown: str, strange: set[str], *, shipped: bool, lint: bool, keys: bool) -> Loaded:
    """The same; `strange` takes the names, as in messages, of files that may not be quoted."""
    refuse_outside(path, shown)
    if outside(path, path.parent):
        strange.add(shown)
    circuit = read_circuit(path, shown)
    mistakes, warnings = list(circuit.mistakes), list(circuit.warnings)
    own_place = _Place(circuit, path, shown, mistakes, strange)
    found, topology_path = _topology(own_place)
    spec = circuit.spec
    files = [*spec.files, *([str(topology_path.absolute())] if topology_path else [])]
    if found and not circuit.edges_given:
        edges = tuple(CustomerEdge(node.name) for node in found.topology.with_role("ce"))
        spec = replace(spec, customer_edges=edges or spec.customer_edges)
    if spec.registry is not None and own_place.allows(Path(spec.registry), spec.registry, "registry", "registry"):
        files.append(spec.registry)
        mistakes += read_registry_file(Path(spec.registry))[1]
    own: dict[str, OwnConfig] = {}
    interfaces: dict[str, tuple[Tag, ...]] = {}
    for edge in spec.customer_edges:
        if edge.config is None:
            continue
        config = path.parent / edge.config
        name = os.path.join(os.path.dirname(shown), edge.config)
        if not own_place.allows(config, name, f"customerEdges.{edge.name}.config", "config"):
            continue
        files.append(str(config.absolute()))
        try:
            ce = read_ce_file(config, name)
        except Mistakes as error:
            mistakes += error.mistakes
            continue
        mistakes += sorted(ce.mistakes + (lint_text(ce.own.text, ce.own.file) if lint else []))
        own[edge.name], interfaces[edge.name] = ce.own, ce.interfaces
    unknown = undeclared(spec, own)
    keyring, key_mistakes = collect_keys(spec, {} if unknown else own, circuit.literals)
    mistakes += unknown
    mistakes += [m for m in key_mistakes if keys or m.rule not in ABSENT_KEY]
    if found:
        mistakes += found.mistakes
        warnings += found.warnings
        if not found.mistakes:
            fit = check_fit(spec, found.topology, interfaces)
            mistakes += [m for m in fit if not m.warning]
            warnings += [m for m in fit if m.warning]
            mistakes += unknown_names(circuit.asks, spec, found.topology)
    if mistakes or found is None or topology_path is None:
        # What a key was probably meant to be explains a mistake beside it.
        meant = [w for w in warnings if w.rule == "ER911" and "did you mean" in w.message] if mistakes else []
        raise Mistakes(_in_order([*mistakes, *meant], shown))
    spec = replace(spec, files=tuple(dict.fromkeys(files)))
    return Loaded(
        spec, found.topology, keyring, own, interfaces, tuple(warnings), shipped, topology_path.absolute(),
        asks=circuit.asks, access=found.access,
    )


@dataclass(frozen=True)
class _Place:
    """A circuit file and where it is, for the other files that it names."""

    circuit: CircuitFile
    path: Path
    shown: str
    mistakes: list[Mistake]
    strange: set[str]

    def line(self, key: str) -> int:
        return self.circuit.spec.lines.get(key, 1)

    def allows(self, file: Path, shown: str, key: str, field: str) -> bool:
        """Whether the file may be read; a mistake where it may not. Notes one that may not be quoted."""
        if why := refusal(file, self.path.parent):
            message = f"found {clip(os.path.basename(shown))}, which {why}"
            self.mistakes.append(Mistake(self.shown, self.line(key), 1, "ER907", field, message=message))
            return False
        if outside(file, self.path.parent):
            self.strange.add(shown)
        return True


def find(target: str | None, cwd: Path, *, fallback: bool) -> tuple[Path, str, bool]:
    """Which circuit file `target` means: its path, its name in messages, and whether it is a shipped lab's."""
    if target is None:
        found = _in_folder(cwd, "")
        if found:
            return *found, False
        if not fallback:
            raise Impossible("no circuit.yml in this folder", next="mseelab init, or name a circuit file")
        return _shipped(FALLBACK, cwd)
    path = cwd / target
    is_shipped = target in topologies.names()
    if os.path.isdir(path):
        found = _in_folder(path, target)
        if found and is_shipped and not path.samefile(topologies.folder(target)):
            raise Impossible(f"{target} is a folder here and a shipped lab", next=f"say ./{target} for the folder")
        if found:
            return *found, False
        if not is_shipped:
            raise Impossible(f"no circuit.yml in {target}", next="mseelab init, or name a circuit file")
    elif os.path.exists(path):
        return path, target, False
    if is_shipped:
        return _shipped(target, cwd)
    shipped = ", ".join(topologies.names())
    raise Impossible(f"no file, folder or shipped lab named {clip(target)}", next=f"shipped: {shipped}")


def _in_folder(folder: Path, shown: str) -> tuple[Path, str] | None:
    there = [name for name in CIRCUIT_FILES if os.path.lexists(folder / name)]
    if len(there) > 1:
        where = shown or "this folder"
        raise Impossible(f"{where} has {' and '.join(there)}", next=f"name one: {os.path.join(shown, there[0])}")
    return (folder / there[0], os.path.join(shown, there[0])) if there else None


def _shipped(name: str, cwd: Path) -> tuple[Path, str, bool]:
    folder = topologies.folder(name)
    found = _in_folder(folder, str(folder))
    if found is None:
        raise Impossible(f"the shipped lab {name} has no circuit file", next="install mseelab again")
    path = found[0]
    return path, str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path), True


def _topology(place: _Place) -> tuple[TopologyFile | None, Path | None]:
    """The topology file the circuit names: a path, seen from the circuit file, or a shipped lab's."""
    name, shown, mistakes = place.circuit.spec.topology, place.shown, place.mistakes
    line = place.line("topology")
    if "/" in name or name.endswith((".yml", ".yaml")):
        file, label = place.path.parent / name, os.path.normpath(os.path.join(os.path.dirname(shown), name))
        if not os.path.isfile(file):
            message = f"found {clip(name)}, which is not a file"
            mistakes.append(Mistake(shown, line, 1, "ER602", "topology", message=message))
            return None, None
        if not place.allows(file, label, "topology", "topology"):
            return None, None
    elif name in topologies.names():
        file = topologies.folder(name) / f"{name}.clab.yml"
        label = file.name
    else:
        allowed = f"{', '.join(topologies.names())}, or a path such as ./site.clab.yml"
        mistakes.append(Mistake(shown, line, 1, "ER602", "topology", clip(name), allowed))
        return None, None
    try:
        return read_topology_file(file, label), file
    except Mistakes as error:
        mistakes += error.mistakes
        return None, file


def _in_order(mistakes: list[Mistake], first: str) -> list[Mistake]:
    """The circuit file's first, then file by file as they were read, each by line."""
    files = list(dict.fromkeys([first, *(m.file for m in mistakes)]))
    return sorted(dict.fromkeys(mistakes), key=lambda m: (files.index(m.file), m.line, m.column, m.rule))

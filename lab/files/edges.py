"""Customer edges: what they advertise, their own configuration, the circuits they are cabled for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from lab.circuit.models import PATHS, CeKind, CustomerEdge, Handoff, Network, PrefixRange
from lab.circuit.models import Path as EdgePath
from lab.files.networks import network_at, unusable
from lab.files.notes import Notes, entry, listed, mappings, number, place, text, texts
from lab.files.tree import Mapping, Scalar, clip

MAX_PREFIXES = 100_000


def read_edges(
    root: Mapping, notes: Notes, names: dict[str, Scalar], circuits: set[str], folder: Path
) -> list[CustomerEdge]:
    """The CEs of the file; `names` are the checked places of their names, `folder` where `config` is looked up."""
    found = []
    for node in mappings(root, "customerEdges"):
        name = text(node, "name")
        if name is None or names.get(name) is not node.entries["name"]:
            continue
        kind = cast(CeKind | None, text(node, "kind"))
        config = _config(node, kind, notes, folder)
        redistribute = any(item.value == "connected" for item in texts(node, "redistribute"))
        if redistribute and (config is not None or kind not in (None, "frr")):
            notes.say(place(node, "redistribute"), "ER508", "redistribute", "allowed on a generated FRR router only")
        handoff = cast(Handoff, text(node, "handoff") or "dot1q")
        mine = _circuits(node, notes, circuits)
        by_path = _by_path(node, config is not None or kind == "external", notes)
        every = (item for _, items in by_path for item in items)
        advertise = tuple(dict.fromkeys(every)) if by_path else _advertise(node, "advertise", notes)
        found.append(CustomerEdge(name, kind, config, advertise, redistribute, handoff, mine, by_path))
        notes.lines[f"customerEdges.{name}"] = node.line
        for key in ("kind", "config", "advertise", "redistribute", "handoff", "circuits"):
            if key in node.entries:
                notes.lines[f"customerEdges.{name}.{key}"] = place(node, key).line
        given = entry(node, "advertise")
        if isinstance(given, Mapping):
            notes.lines |= {f"customerEdges.{name}.advertise.{path}": place(given, path).line for path in given.entries}
    return found


def _config(node: Mapping, kind: CeKind | None, notes: Notes, folder: Path) -> str | None:
    config = text(node, "config")
    if config is None:
        return None
    where = place(node, "config")
    if kind not in (None, "frr"):
        notes.say(where, "ER508", "config", "allowed with kind frr only: it is an FRR file")
        return None
    if not os.path.isfile(folder / config):
        notes.say(where, "ER502", "config", f"found {clip(config)}, which is not a file")
        return None
    return config


def _circuits(node: Mapping, notes: Notes, circuits: set[str]) -> tuple[str, ...]:
    found = []
    for item in texts(node, "circuits"):
        if item.text not in circuits:
            notes.wrong(item, "ER506", "circuits", _some(circuits))
        elif item.text in found:
            notes.say(item, "ER102", "circuits", f"found {clip(item.text)} twice; allowed once")
        else:
            found.append(item.text)
    return tuple(found)


def _by_path(node: Mapping, own: bool, notes: Notes) -> tuple[tuple[EdgePath, tuple[Network | PrefixRange, ...]], ...]:
    """`advertise: {primary: […], secondary: […]}`, a path that is left out announces nothing; empty for a list."""
    given = entry(node, "advertise")
    if not isinstance(given, Mapping):
        return ()
    if not own:
        message = "by path with config or kind external only; a generated router sends one list"
        notes.say(place(node, "advertise"), "ER508", "advertise", message)
    return tuple((path, _advertise(given, path, notes)) for path in PATHS)


def _advertise(node: Mapping, key: str, notes: Notes) -> tuple[Network | PrefixRange, ...]:
    found: list[Network | PrefixRange] = []
    for item in listed(node, key):
        if isinstance(item, Mapping):
            range_ = _range(item, notes)
            if range_ is not None:
                found.append(range_)
        elif isinstance(item, Scalar) and isinstance(item.value, str):
            network = network_at(notes, item, "ER501", "advertise")
            if network is not None:
                found.append(network)
    return tuple(found)


def _range(node: Mapping, notes: Notes) -> PrefixRange | None:
    first = entry(node, "first")
    if not isinstance(first, Scalar) or not isinstance(first.value, str):
        return None
    network = network_at(notes, first, "ER501", "first")
    count = number(node, "count")
    if entry(node, "count") is None:
        notes.say(node, "ER912", "count", "missing")
    if network is None or count is None:
        return None
    where = place(node, "count")
    if not 1 <= count <= MAX_PREFIXES:
        notes.wrong(where, "ER501", "count", f"1-{MAX_PREFIXES}")
        return None
    last = int(network.network_address) + ((count - 1) << (network.max_prefixlen - network.prefixlen))
    if last >> network.max_prefixlen or (network.prefixlen and unusable(type(network)((last, network.prefixlen)))):
        notes.wrong(where, "ER501", "count", f"as many as there are unicast /{network.prefixlen} from {network} on")
        return None
    return PrefixRange(network, count)


def _some(names: set[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:8]) + (", …" if len(ordered) > 8 else "") if ordered else "none"

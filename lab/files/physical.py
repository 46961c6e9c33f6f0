"""The physical plane alone: nodes, cables and what stands at the customer's, without a circuit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab.circuit.keys import Keyring
from lab.circuit.models import CustomerEdge, Spec
from lab.circuit.names import NAME, NAME_RULE
from lab.errors import Impossible, Mistakes
from lab.files.load import Loaded, load
from lab.files.topology_file import read_topology_file
from lab.files.tree import clip


def load_physical(target: str, lab: str | None, cwd: Path) -> Loaded:
    """The lab of `target` without its circuits: a shipped lab's name, a circuit file, a folder, or a `.clab.yml`.

    `lab` is its name; left out, the topology's. Raises Impossible and Mistakes as `load` does.
    """
    if lab is not None and not NAME.fullmatch(lab):
        raise Impossible(f"found {clip(lab)} as the lab's name; allowed {NAME_RULE}", rule="ER101")
    if target.endswith((".clab.yml", ".clab.yaml")):
        return _cables(cwd / target, target, lab)
    loaded = load(target, cwd)
    spec = replace(
        loaded.spec,
        lab=lab or loaded.topology.name,
        circuits=(),
        virtual_networks=(),
        route_filters=(),
        ports=(),
        customer_edges=tuple(replace(edge, circuits=()) for edge in loaded.spec.customer_edges),
    )
    own_keys = {name for own in loaded.own.values() for name in own.keys}
    keyring = Keyring({name: loaded.keyring[name] for name in own_keys})
    return replace(loaded, spec=spec, keyring=keyring, warnings=())


def with_edges(kept: Spec, found: Spec) -> Spec:
    """`kept` with the customer edges of `found`: those that it has stay as they are."""
    known = {edge.name: edge for edge in kept.customer_edges}
    return replace(kept, customer_edges=tuple(known.get(edge.name, edge) for edge in found.customer_edges))


def _cables(path: Path, shown: str, lab: str | None) -> Loaded:
    found = read_topology_file(path, shown)
    if found.mistakes:
        raise Mistakes(found.mistakes)
    edges = tuple(CustomerEdge(node.name) for node in found.topology.with_role("ce"))
    file = str(path.absolute())
    spec = Spec(lab or found.topology.name, shown, file, (), (), edges, files=(file,))
    warnings = tuple(found.warnings)
    return Loaded(spec, found.topology, Keyring({}), {}, {}, warnings, False, path.absolute(), access=found.access)

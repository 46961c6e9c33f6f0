"""What each CE is on an engine: a node with an image of the user's own is theirs, unless the file says what it runs."""

from __future__ import annotations

from dataclasses import replace

from lab.circuit.models import CeKind, CustomerEdge
from lab.engine.base import Engine
from lab.files.load import Loaded


def decided(loaded: Loaded, engine: Engine) -> Loaded:
    """The files with the kind of every CE decided."""
    edges = tuple(replace(edge, kind=edge.kind or _kind(edge, loaded, engine)) for edge in loaded.spec.customer_edges)
    return replace(loaded, spec=replace(loaded.spec, customer_edges=edges))


def _kind(edge: CustomerEdge, loaded: Loaded, engine: Engine) -> CeKind:
    """With a `config` it is FRR, whatever the image."""
    image = loaded.topology.node(edge.name).image
    return "frr" if edge.config is not None or engine.ours(image) else "external"

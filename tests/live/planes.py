"""Topology files for live tests: the two-path lab as a file of the user's, with what a test wants changed."""

from __future__ import annotations

from typing import Any

import yaml

import topologies
from tests.live import circuits
from tests.live.harness import Labs

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
FILE = "site.clab.yml"


def plane(shipped: str = "dual-path", name: str = "er-site") -> dict[str, Any]:
    """A shipped topology under another name."""
    text = (topologies.folder(shipped) / f"{shipped}.clab.yml").read_text()
    document: dict[str, Any] = yaml.safe_load(text)
    document["name"] = name
    return document


def link(document: dict[str, Any], end: str) -> dict[str, Any]:
    """The link of a port, such as `ce1:eth1`."""
    found: dict[str, Any] = next(one for one in document["topology"]["links"] if end in one["endpoints"])
    return found


def circuit(ces: int = 1, topology: str = f"./{FILE}", name: str = "er-site") -> dict[str, Any]:
    """The lab with one circuit on that topology, with `ces` CEs that announce the same."""
    document = circuits.one()
    document |= {"name": name, "topology": topology}
    (first,) = document["customerEdges"]
    document["customerEdges"] = [first | {"name": f"ce{number}"} for number in range(1, ces + 1)]
    return document


def write(labs: Labs, topology: dict[str, Any] | None, document: dict[str, Any]) -> None:
    """Writes both files; keys are in the environment."""
    if topology is not None:
        labs.write(FILE, yaml.safe_dump(topology, sort_keys=False))
    labs.write("circuit.yml", circuits.text(document))
    labs.environment = {**labs.environment, **ENVIRONMENT}

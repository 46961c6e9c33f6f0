"""The FRR of each node: this host's where nodes share its files, the image's where they have their own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.daemons import Frr, FrrMissing, find_frr
from lab.engine.base import Engine, Node
from lab.engine.run import read_file, run_in
from lab.errors import HostCannot, Impossible
from lab.role.state import NodeState

PROBE_SECONDS = 10.0
USER = "frr"


def installed_frr() -> Frr:
    """The FRR of this host. Raises HostCannot with the line to type."""
    try:
        return find_frr()
    except FrrMissing as error:
        raise HostCannot(str(error), next="sudo apt-get install frr, or MSEELAB_FRR_DIR=…") from error


def frr_of(engine: Engine, nodes: Mapping[str, Node], states: Iterable[NodeState]) -> dict[str, Frr]:
    """By node, the FRR of those that run one. Raises HostCannot where there is none."""
    names = [s.name for s in states if isinstance(s.router, FrrConfig | OwnConfig)]
    if not engine.own_files:
        return dict.fromkeys(names, installed_frr())
    return {name: _of_node(nodes[name]) for name in names}


def _of_node(node: Node) -> Frr:
    try:
        found = find_frr({}, _Inside(node))
    except FrrMissing as error:
        raise HostCannot(f"{node.name}: {error}", next="an image with FRR, such as mseelab/frr") from error
    passwd = (line.split(":") for line in read_file(node, "/etc/passwd").splitlines())
    owner = next(((int(fields[2]), int(fields[3])) for fields in passwd if fields[0] == USER), None)
    return replace(found, user=USER, owner=owner) if owner else found


@dataclass(frozen=True)
class _Inside:
    """The file system of a node; see `bgp.frr.daemons.Place`."""

    node: Node

    def has(self, program: str) -> bool:
        return os.access(self.node.root + program, os.X_OK)

    def output(self, argv: Sequence[str]) -> str:
        try:
            done = run_in(self.node, argv, timeout=PROBE_SECONDS)
        except Impossible as error:
            raise FileNotFoundError(error.message) from error
        return done.stdout + done.stderr

"""The routers' programs on each node: this host's where nodes share its files, else the image's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bgp.driver import Driver, SpeakerMissing
from bgp.drivers import find_driver
from bgp.exabgp import process as exabgp
from bgp.exabgp.config import ExaBgpConfig
from bgp.exabgp.process import Runtime
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.daemons import HOST, Frr, FrrMissing, Place, find_frr
from bgp.speaker import SpeakerConfig
from lab.engine.base import Engine, Node
from lab.engine.run import read_file, run_in
from lab.errors import HostCannot, Impossible
from lab.role.state import NodeState

PROBE_SECONDS = 10.0
USER = "frr"


@dataclass(frozen=True)
class Programs:
    """What each node has for its router, by node. `own_files` as of the engine."""

    own_files: bool
    exabgp: Runtime = exabgp.HOST
    frr: Mapping[str, Frr] = field(default_factory=dict)
    speakers: Mapping[str, Driver] = field(default_factory=dict)


def of_host(engine: Engine, states: Iterable[NodeState]) -> Programs | None:
    """The programs of nodes that share this host's files, known before there are nodes; else None.

    Raises HostCannot with the line to type.
    """
    return None if engine.own_files else programs_of(engine, {}, states)


def programs_of(engine: Engine, nodes: Mapping[str, Node], states: Iterable[NodeState]) -> Programs:
    """Looks for what every node of `states` needs. Raises HostCannot where something is missing."""
    frr: dict[str, Frr] = {}
    speakers: dict[str, Driver] = {}
    shared: Frr | None = None
    for state in states:
        place: Place = _Inside(nodes[state.name]) if engine.own_files else HOST
        if isinstance(state.router, ExaBgpConfig):
            if engine.own_files and not os.path.exists(nodes[state.name].root + exabgp.IMAGE.relay):
                line = "an image with ExaBGP, such as mseelab/ce"
                raise HostCannot(f"{state.name} is exabgp, and its image has none", next=line)
        elif isinstance(state.router, SpeakerConfig):
            speakers[state.name] = _speaker(state, place, engine)
        elif isinstance(state.router, FrrConfig | OwnConfig):
            if engine.own_files:
                frr[state.name] = _frr_of(nodes[state.name], place)
            else:
                shared = shared or installed_frr()
                frr[state.name] = shared
    return Programs(engine.own_files, exabgp.IMAGE if engine.own_files else exabgp.HOST, frr, speakers)


def installed_frr() -> Frr:
    """The FRR of this host. Raises HostCannot with the line to type."""
    try:
        return find_frr()
    except FrrMissing as error:
        raise HostCannot(str(error), next="sudo apt-get install frr, or MSEELAB_FRR_DIR=…") from error


def _frr_of(node: Node, place: Place) -> Frr:
    try:
        found = find_frr({}, place)
    except FrrMissing as error:
        raise HostCannot(f"{node.name}: {error}", next="an image with FRR, such as mseelab/frr") from error
    passwd = (line.split(":") for line in read_file(node, "/etc/passwd").splitlines())
    owner = next(((int(fields[2]), int(fields[3])) for fields in passwd if fields[0] == USER), None)
    return replace(found, user=USER, owner=owner) if owner else found


def _speaker(state: NodeState, place: Place, engine: Engine) -> Driver:
    assert isinstance(state.router, SpeakerConfig)
    try:
        return find_driver(state.router.kind, place)
    except SpeakerMissing as error:
        line = f"sudo apt-get install {error.package}"
        if engine.own_files:
            line = f"an image with {error.package}, such as mseelab/ce"
        raise HostCannot(f"{state.name} is {state.router.kind}, and {error}", next=line) from error


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

"""Which daemons should run on each node, as `lab.control.health` asks for them. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.speaker import SpeakerConfig
from lab.control.programs import Programs
from lab.control.questions import FEED
from lab.role.state import NodeState


def expected(states: Iterable[NodeState], programs: Programs) -> dict[str, tuple[str, ...]]:
    """By node, the names of its daemons, in the order in which they depend on each other."""
    return {state.name: tuple(_of(state, programs)) for state in states}


def _of(state: NodeState, programs: Programs) -> Iterator[str]:
    match state.router:
        case FrrConfig():
            yield from programs.frr[state.name].daemons
        case OwnConfig():
            yield from programs.frr[state.name].own_daemons
        case ExaBgpConfig():
            yield "exabgp"
        case SpeakerConfig(kind=kind):
            yield kind
    if state.feed is not None:
        yield FEED

"""The registry of speakers: one line a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bgp.bird.driver import find_bird
from bgp.driver import Driver
from bgp.frr.daemons import HOST, Place
from bgp.gobgp.driver import find_gobgp
from bgp.openbgpd.driver import find_openbgpd
from bgp.speaker import Kind

FINDERS: Mapping[Kind, Callable[[Place], Driver]] = {
    "bird": find_bird,
    "gobgp": find_gobgp,
    "openbgpd": find_openbgpd,
}


class _Anywhere:
    """A place that has every program, in the first folder where it is looked for."""

    def has(self, program: str) -> bool:
        return True

    def output(self, argv: Sequence[str]) -> str:
        raise FileNotFoundError(argv[0])


def described(kind: Kind) -> Driver:
    """The driver of `kind` for what does not depend on where its programs are. Nothing of it may be run."""
    return FINDERS[kind](_Anywhere())


def find_driver(kind: Kind, place: Place = HOST) -> Driver:
    """The driver of `kind` with its programs as they are in `place`. Raises SpeakerMissing."""
    return FINDERS[kind](place)

"""BIRD 2: TCP MD5 and BFD in both families, routes in the kernel, and a `configure` that moves only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import ClassVar

from bgp.bird.render import config_text
from bgp.driver import Account, Change, Command, Probe, moved, program, same_router
from bgp.frr.daemons import HOST, Place
from bgp.speaker import Kind, SpeakerConfig

PACKAGE = "bird2"
DIRECTORY = "/run/bird"
CONFIG = f"{DIRECTORY}/bird.conf"
SOCKET = f"{DIRECTORY}/bird.ctl"


@dataclass(frozen=True)
class Bird:
    """See `bgp.driver.Driver`. `control` is birdc."""

    kind: ClassVar[Kind] = "bird"
    directory: ClassVar[str] = DIRECTORY
    log: ClassVar[str] = f"{DIRECTORY}/bird.log"
    socket: ClassVar[str] = SOCKET
    account: ClassVar[Account | None] = None

    daemon: str
    control: str

    def files(self, config: SpeakerConfig, keys: Mapping[str, str]) -> dict[str, str]:
        return {CONFIG: config_text(config, keys)}

    def argv(self, *, own_files: bool = False) -> list[str]:
        del own_files
        return [self.daemon, "-f", "-c", CONFIG, "-s", SOCKET]

    def ready(self, config: SpeakerConfig) -> Probe:
        del config
        return Probe(self._birdc("show", "status"), "Daemon is up and running")

    def first(self, config: SpeakerConfig) -> tuple[Command, ...]:
        del config
        return ()

    def change(
        self, old: SpeakerConfig, new: SpeakerConfig, *, changed_keys: Set[str] = frozenset()
    ) -> Change | None:
        if not same_router(old, new):
            return None
        if old == new and not moved(old, new, changed_keys):
            return Change()
        return Change((self._birdc("configure"),))

    def _birdc(self, *words: str) -> Command:
        return (self.control, "-s", SOCKET, *words)


def find_bird(place: Place = HOST) -> Bird:
    """BIRD as it is in `place`. Raises SpeakerMissing."""
    return Bird(program("bird", PACKAGE, place), program("birdc", PACKAGE, place))

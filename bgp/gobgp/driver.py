"""GoBGP 3: TCP MD5 in both families, no BFD, no routes in the kernel without a zebra beside it.

Prefixes are originated by command, one a process of 8 ms, after every start. A daemon that answers but has not read
its file yet takes such a command with exit code 0 and forgets it, so it is ready only once it says its AS number.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import ClassVar, Literal

from bgp.driver import Account, Change, Command, Probe, moved, program, same_router
from bgp.frr.daemons import HOST, Place
from bgp.gobgp.render import config_text
from bgp.speaker import Kind, SpeakerConfig, family_of

PACKAGE = "gobgpd"
DIRECTORY = "/run/gobgp"
CONFIG = f"{DIRECTORY}/gobgpd.toml"
SOCKET = f"{DIRECTORY}/gobgpd.sock"


@dataclass(frozen=True)
class GoBgp:
    """See `bgp.driver.Driver`. `control` is the gobgp command."""

    kind: ClassVar[Kind] = "gobgp"
    directory: ClassVar[str] = DIRECTORY
    log: ClassVar[str] = f"{DIRECTORY}/gobgpd.log"
    socket: ClassVar[str] = SOCKET
    account: ClassVar[Account | None] = None

    daemon: str
    control: str

    def files(self, config: SpeakerConfig, keys: Mapping[str, str]) -> dict[str, str]:
        return {CONFIG: config_text(config, keys)}

    def argv(self, *, own_files: bool = False) -> list[str]:
        del own_files
        options = ["--log-plain", "--pprof-disable", f"--api-hosts=unix://{SOCKET}"]
        return [self.daemon, f"--config-file={CONFIG}", "--config-type=toml", *options]

    def ready(self, config: SpeakerConfig) -> Probe:
        return Probe(self._gobgp("--json", "global"), f'"asn":{config.local_as},')

    def first(self, config: SpeakerConfig) -> tuple[Command, ...]:
        return tuple(self._rib("add", prefix) for prefix in config.prefixes)

    def change(
        self, old: SpeakerConfig, new: SpeakerConfig, *, changed_keys: Set[str] = frozenset()
    ) -> Change | None:
        if not same_router(old, new) or moved(old, new, changed_keys):
            return None
        had, shall = set(old.prefixes), set(new.prefixes)
        return Change(
            (
                *(self._rib("del", prefix) for prefix in old.prefixes if prefix not in shall),
                *(self._rib("add", prefix) for prefix in new.prefixes if prefix not in had),
            ),
            hangup=old.sessions != new.sessions,
        )

    def _gobgp(self, *words: str) -> Command:
        return (self.control, "--target", f"unix://{SOCKET}", *words)

    def _rib(self, verb: Literal["add", "del"], prefix: str) -> Command:
        return self._gobgp("global", "rib", verb, "-a", family_of(prefix), prefix, "origin", "igp")


def find_gobgp(place: Place = HOST) -> GoBgp:
    """GoBGP as it is in `place`. Raises SpeakerMissing."""
    return GoBgp(program("gobgpd", PACKAGE, place), program("gobgp", PACKAGE, place))

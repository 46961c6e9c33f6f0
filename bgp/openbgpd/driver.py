"""OpenBGPD 7.7, the portable one: TCP MD5 in both families, no BFD, no routes in the kernel.

It splits into processes that become a user of their own and lock themselves into that user's home, which has to be
this folder: no home of the host's is open to an ordinary user's root.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import ClassVar

from bgp.driver import Account, Change, Command, Probe, moved, program, same_router
from bgp.frr.daemons import HOST, Place
from bgp.openbgpd import launch
from bgp.openbgpd.render import config_text
from bgp.speaker import Kind, SpeakerConfig

PACKAGE = "openbgpd"
DIRECTORY = "/run/openbgpd"
CONFIG = f"{DIRECTORY}/bgpd.conf"
SOCKET = f"{DIRECTORY}/bgpd.sock"


@dataclass(frozen=True)
class OpenBgpd:
    """See `bgp.driver.Driver`. `control` is bgpctl."""

    kind: ClassVar[Kind] = "openbgpd"
    directory: ClassVar[str] = DIRECTORY
    log: ClassVar[str] = f"{DIRECTORY}/bgpd.log"
    socket: ClassVar[str] = SOCKET
    account: ClassVar[Account | None] = Account("_openbgpd", DIRECTORY)

    daemon: str
    control: str

    def files(self, config: SpeakerConfig, keys: Mapping[str, str]) -> dict[str, str]:
        return {CONFIG: config_text(config, keys, SOCKET)}

    def argv(self, *, own_files: bool = False) -> list[str]:
        command = [self.daemon, "-d", "-v", "-f", CONFIG]
        return command if own_files else [sys.executable, launch.__file__, *command]

    def ready(self, config: SpeakerConfig) -> Probe:
        del config
        return Probe(self._bgpctl("show", "summary"), "Neighbor")

    def first(self, config: SpeakerConfig) -> tuple[Command, ...]:
        del config
        return ()

    def change(
        self, old: SpeakerConfig, new: SpeakerConfig, *, changed_keys: Set[str] = frozenset()
    ) -> Change | None:
        if not same_router(old, new):
            return None
        others = moved(old, new, changed_keys)
        if old == new and not others:
            return Change()
        # `clear` would wait five seconds before it starts again.
        again = (self._bgpctl("neighbor", s.address, verb) for s in others for verb in ("down", "up"))
        return Change((self._bgpctl("reload"), *again))

    def _bgpctl(self, *words: str) -> Command:
        return (self.control, "-s", SOCKET, *words)


def find_openbgpd(place: Place = HOST) -> OpenBgpd:
    """OpenBGPD as it is in `place`; FRR's bgpd has another folder and no bgpctl. Raises SpeakerMissing."""
    return OpenBgpd(program("bgpd", PACKAGE, place), program("bgpctl", PACKAGE, place))

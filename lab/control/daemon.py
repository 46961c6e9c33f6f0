"""A daemon's command socket, by node and name: what can happen to it is an error with a sentence and a next step."""

from __future__ import annotations

from bgp.frr.vty import Vty
from lab.engine.base import Node
from lab.errors import DaemonGone, DaemonSilent

SECONDS_TO_ANSWER = 10.0
"""A daemon with thousands of routes may take seconds for a table; one that hangs is found by `lab.control.health`."""
MENDS = "mseelab up"


class NodeVty(Vty):
    """The command socket of `daemon` on `node`.

    Raises DaemonGone where it does not run or ends, DaemonSilent where an answer takes longer than `timeout` seconds.
    """

    def __init__(self, node: Node, daemon: str = "bgpd", *, timeout: float = SECONDS_TO_ANSWER) -> None:
        self._who = f"{daemon} on {node.name}"
        try:
            super().__init__(f"{node.root}/run/frr/{daemon}.vty", timeout=timeout)
        except (DaemonGone, DaemonSilent):
            raise
        except TimeoutError as error:
            raise self._silent() from error
        except (ConnectionError, FileNotFoundError, ProcessLookupError) as error:
            raise DaemonGone(f"{self._who} does not run", next=MENDS) from error

    def ask(self, text: str) -> tuple[int, str]:
        try:
            return super().ask(text)
        except TimeoutError as error:
            raise self._silent() from error
        except ConnectionError as error:
            raise DaemonGone(f"{self._who} has ended", next=MENDS) from error

    def _silent(self) -> DaemonSilent:
        return DaemonSilent(f"{self._who} does not answer", next=MENDS)

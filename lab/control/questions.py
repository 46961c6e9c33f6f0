"""How each daemon is asked whether it lives: the cheapest question that only its own main loop can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.engine.processes import Process

FEED = "feed"
FRR = ("zebra", "mgmtd", "bgpd", "bfdd", "staticd")
ZEBRA_CLIENTS = "/run/frr/zserv.api"
OPENBGPD_SOCKET = "/run/openbgpd/bgpd.sock"


@dataclass(frozen=True)
class Question:
    """`says` is sent to `socket`; the answer has come once `ends` is in it. With `command`, that is run in the node
    instead and has to end with 0. `needs` is another file without which the daemon serves nobody new. `mine` knows the
    daemon among a node's processes."""

    socket: str
    mine: Callable[[Process], bool]
    says: bytes = b""
    ends: bytes = b""
    needs: str = ""
    command: tuple[str, ...] = ()


def _frr(daemon: str) -> Question:
    return Question(
        f"/run/frr/{daemon}.vty", lambda process: process.name == daemon, b"enable\0", b"\0\0\0",
        ZEBRA_CLIENTS if daemon == "zebra" else "",
    )


def _exabgp(process: Process) -> bool:
    return "exabgp" in process.argv or any(word.endswith("/exabgp/relay.py") for word in process.argv)


# The relay hands it on, so both have to be there and at work.
_EXABGP = Question("/run/exabgp/relay.sock", _exabgp, b"version\n", b"\n")
QUESTIONS: Mapping[str, Question] = {
    **{daemon: _frr(daemon) for daemon in FRR},
    "exabgp": _EXABGP,
    FEED: _EXABGP,
    # Both greet whoever connects.
    "bird": Question("/run/bird/bird.ctl", lambda process: process.name == "bird", b"", b"ready"),
    "gobgp": Question("/run/gobgp/gobgpd.sock", lambda process: process.name == "gobgpd"),
    "openbgpd": Question(
        OPENBGPD_SOCKET, lambda process: process.name == "bgpd",
        command=("bgpctl", "-s", OPENBGPD_SOCKET, "show", "summary"),
    ),
}
NAMES = {
    FEED: "Microsoft's feed (ExaBGP)", "exabgp": "ExaBGP", "bird": "BIRD", "gobgp": "GoBGP", "openbgpd": "OpenBGPD",
}

"""How ExaBGP is started on a node, and the files it needs. The node shares this host's file system and interpreter."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from bgp.exabgp.config import ExaBgpConfig
from bgp.exabgp.render import commands, config_text

DIRECTORY = "/run/exabgp"
CONFIG = f"{DIRECTORY}/exabgp.conf"
FIRST = f"{DIRECTORY}/first.commands"
SOCKET = f"{DIRECTORY}/relay.sock"
LOG = f"{DIRECTORY}/exabgp.log"


def files(config: ExaBgpConfig, keys: Mapping[str, str]) -> dict[str, str]:
    """The files by absolute path, to be written 0600: they hold keys. Raises KeyError for a name without a key."""
    first = "".join(f"{line}\n" for line in commands(config, "announce", config.prefixes))
    return {CONFIG: config_text(config, keys, SOCKET, FIRST), FIRST: first}


def argv() -> list[str]:
    """The command, in the foreground."""
    return [sys.executable, "-m", "exabgp", "server", CONFIG]


def environment(config: ExaBgpConfig) -> dict[str, str]:
    """The whole environment. ExaBGP connects and does not listen: two active ends would collide."""
    del config
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "exabgp_daemon_user": "root",
        "exabgp_daemon_drop": "false",
        "exabgp_daemon_daemonize": "false",
        "exabgp_api_cli": "false",
        "exabgp_api_ack": "true",
        # ExaBGP takes fifty routes a turn and then sleeps a hundredth of this.
        "exabgp_reactor_speed": "0.5",
        "exabgp_log_level": "WARNING",
        "exabgp_log_destination": "stderr",
    }

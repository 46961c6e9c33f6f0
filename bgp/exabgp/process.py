"""How ExaBGP is started on a node, and the files it needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from bgp.exabgp import relay
from bgp.exabgp.config import ExaBgpConfig
from bgp.exabgp.render import commands, config_text

DIRECTORY = "/run/exabgp"
CONFIG = f"{DIRECTORY}/exabgp.conf"
FIRST = f"{DIRECTORY}/first.commands"
SOCKET = f"{DIRECTORY}/relay.sock"
LOG = f"{DIRECTORY}/exabgp.log"


@dataclass(frozen=True)
class Runtime:
    """The interpreter that runs ExaBGP and its relay, `relay` being the script's path; `packages` holds ExaBGP's
    own where the interpreter does not find it by itself."""

    python: str
    relay: str
    packages: str = ""


HOST = Runtime(sys.executable, relay.__file__)
# Where the image of other CE kinds than FRR has it.
IMAGE = Runtime("/usr/bin/python3", "/opt/exabgp/relay.py", "/opt/exabgp")


def files(config: ExaBgpConfig, keys: Mapping[str, str], runtime: Runtime = HOST) -> dict[str, str]:
    """The files by absolute path, to be written 0600: they hold keys. Raises KeyError for a name without a key."""
    first = "".join(f"{line}\n" for line in commands(config, "announce", config.announcements))
    return {CONFIG: config_text(config, keys, f"{runtime.python} {runtime.relay} {SOCKET} {FIRST}"), FIRST: first}


def argv(runtime: Runtime = HOST) -> list[str]:
    """The command, in the foreground."""
    return [runtime.python, "-m", "exabgp", "server", CONFIG]


def environment(runtime: Runtime = HOST) -> dict[str, str]:
    """The whole environment. ExaBGP connects and does not listen: two active ends would collide."""
    path = {"PYTHONPATH": runtime.packages} if runtime.packages else {}
    return path | {
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

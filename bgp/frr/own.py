"""A user's own FRR file on a node: one integrated `frr.conf`, loaded by vtysh once the daemons answer, as on a box.

The file stays as it is but for `${NAME}` after a neighbor's `password` and the word `agentx`, and nothing of ours
stays in the router.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bgp.frr.config import OwnConfig
from bgp.frr.daemons import CONFIG_DIRECTORY, RUN_DIRECTORY, Daemon
from bgp.frr.reference import resolved
from bgp.frr.render import DELAY_TIMER, VTYSH_USER
from bgp.secret import masked

VTYSH = "vtysh"
FILE = f"{CONFIG_DIRECTORY}/frr.conf"
LOAD = f"{RUN_DIRECTORY}/load.conf"
_TIMER = re.compile(r"bgp\s+route-map\s+delay-timer\s+\d+")
_AGENTX = re.compile(r"^[ \t]*agentx[ \t\r]*$", re.MULTILINE)
_REFUSED = re.compile(r"^line (\d+):", re.MULTILINE)


def config_files(config: OwnConfig, keys: Mapping[str, str]) -> dict[str, str]:
    """The files of `/etc/frr` by name, to be written 0600: they hold keys. Raises KeyError for a name without one."""
    return {
        "frr.conf": _taken(config, keys),
        "vtysh.conf": f"service integrated-vtysh-config\n{VTYSH_USER}\n",
        "zebra.conf": "",
        "bgpd.conf": "",
        "bfdd.conf": "",
        "staticd.conf": "",
    }


def _taken(config: OwnConfig, keys: Mapping[str, str]) -> str:
    """The text without `agentx`, which daemons know only with the module for SNMP. Raises KeyError."""
    return _AGENTX.sub("!", resolved(config.text, keys))


def refusals(config: OwnConfig, output: str) -> tuple[tuple[int, str], ...]:
    """The lines that the daemons refused, from what `load_argv` printed: number and text as the user wrote it.

    vtysh prints the line with its key in it; the user's own line has the reference instead, and is masked:
    a key can stand in it literally. FRR 10's says a line once for each daemon.
    """
    lines = config.text.splitlines()
    numbers = dict.fromkeys(int(found[1]) for found in _REFUSED.finditer(output))
    return tuple((number, masked(lines[number - 1].strip())) for number in numbers if 0 < number <= len(lines))


def load_argv(daemon: Daemon | None = None) -> list[str]:
    """The command, run inside the node, that hands the file to the daemons, or to one that started after them.

    The first reads `LOAD`, which has `load_text`. It does not end with 0 when a line was refused.
    """
    return [VTYSH, "-d", daemon, "-f", FILE] if daemon else [VTYSH, "-f", LOAD]


def load_text(config: OwnConfig, keys: Mapping[str, str]) -> str:
    """The file as the daemons read it first: what FRR does five seconds after it has read a route-map, holding
    sessions and updates until then, it is told to do at the end. Raises KeyError for a name without a key.

    A timer that becomes 0 has run out (bgpd/bgp_routemap.c), and one that stays 0 never looks at a route-map again: so
    afterwards it is as the file has it, or FRR's own.
    """
    return "\n".join([_taken(config, keys), *_timer_run_out(config), ""])


def change_text(config: OwnConfig, commands: Iterable[str]) -> str:
    """`commands` (`userfile.change`) as a router reads them that becomes one with this file."""
    return "\n".join([*commands, *_timer_run_out(config), ""])


def _timer_run_out(config: OwnConfig) -> tuple[str, str]:
    theirs = [line for line in map(str.strip, config.text.splitlines()) if _TIMER.fullmatch(line)]
    return DELAY_TIMER, theirs[-1] if theirs else f"no {DELAY_TIMER}"

"""`mseelab exec NODE [CMD…]`: a router prompt, or a command, in a node."""

from __future__ import annotations

import shlex

import click

from lab.cli.output import lab_option
from lab.errors import Impossible

ROUTER_PROMPT = ["vtysh"]
ROUTER_WORDS = ("clear", "debug", "no", "write")
"""With something behind them these are the router's, whatever programs of their names there are."""


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@lab_option
@click.argument("node")
@click.argument("command", metavar="[CMD]...", nargs=-1, type=click.UNPROCESSED)
def exec_(lab: str | None, node: str, command: tuple[str, ...]) -> int:
    """A router prompt in NODE, or CMD run there; `show …` is asked of its router. The exit code is CMD's."""
    from lab.control.running import find
    from lab.engine.run import exec_in

    running = find(lab)
    where = running.node(node)
    running.enter()
    return exec_in(where, argv_of(command))


def argv_of(command: tuple[str, ...]) -> list[str]:
    """What runs in the node: a router's own words go to its command line, so nobody has to quote `vtysh -c`.

    One word with spaces in it is a command line, as a shell takes it. Raises Impossible when a quote is left open.
    """
    words = list(command[1:] if command[:1] == ("--",) else command)
    if not words:
        return ROUTER_PROMPT
    line = " ".join(words).strip()
    first, _, rest = line.partition(" ")
    if first == "show" or (first in ROUTER_WORDS and rest):
        return [*ROUTER_PROMPT, "-c", line]
    if len(words) > 1:
        return words
    try:
        return shlex.split(line) or ROUTER_PROMPT
    except ValueError as error:
        raise Impossible(f"{line}: {str(error).lower()}", next="mseelab exec NODE CMD ARGUMENT…") from error

"""`mseelab exec NODE [CMD…]`: a router prompt, or a command, in a node."""

from __future__ import annotations

import click

from lab.cli.output import lab_option

ROUTER_PROMPT = ["vtysh"]


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
    """What runs in the node. A router's own words go to its command line, so nobody has to quote `vtysh -c`."""
    words = list(command[1:] if command[:1] == ("--",) else command)
    if not words:
        return ROUTER_PROMPT
    if words[0] == "show":
        return [*ROUTER_PROMPT, "-c", " ".join(words)]
    return words

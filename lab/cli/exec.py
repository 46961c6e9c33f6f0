"""`mseelab exec NODE [CMD…]`: a router prompt, or a command, in a node."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

import click

from lab.cli.output import lab_option
from lab.errors import Impossible

if TYPE_CHECKING:
    from lab.circuit.document import Document

ROUTER_PROMPT = ["vtysh"]
ROUTER_WORDS = ("clear", "debug", "no", "write")
"""With something behind them these are the router's, whatever programs of their names there are."""

PROBES = {"ping": "-I", "traceroute": "-s"}
"""What sends packets, with its option for their source."""


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@lab_option
@click.option("--vrf", metavar="NAME", help="On an MSEE: the routing domain, where it has several.")
@click.argument("node")
@click.argument("command", metavar="[CMD]...", nargs=-1, type=click.UNPROCESSED)
def exec_(lab: str | None, vrf: str | None, node: str, command: tuple[str, ...]) -> int:
    """A router prompt in NODE, or CMD run there; `show …` is asked of its router. The exit code is CMD's.

    On an MSEE `show bgp`, `show ip route`, `ping` and `traceroute` are of the peering's routing domain; at a CE `ping`
    and `traceroute` leave from an address that it advertises, unless -I or -s says another.
    """
    from lab.control.running import find
    from lab.engine.run import exec_in

    running = find(lab)
    where = running.node(node)
    argv = argv_of(command)
    domains = list(dict.fromkeys(s["vrf"] for s in running.document["sessions"] if s["msee"] == node and s["vrf"]))
    if vrf is not None and vrf not in domains:
        raise Impossible(f"{node} has no routing domain {vrf}", next=f"one of: {' '.join(domains) or 'none'}")
    if domains and argv[:2] == [*ROUTER_PROMPT, "-c"]:
        argv[2] = in_domain(argv[2], vrf or (domains[0] if len(domains) == 1 else "all"))
    probes = argv[0] in PROBES
    if domains and probes and vrf is None:
        if len(domains) > 1:
            raise Impossible(
                f"{node} has {len(domains)} routing domains; which one?", next=f"--vrf, one of: {' '.join(domains)}"
            )
        vrf = domains[0]
    source = _source(running.document, node, argv) if probes and not domains else None
    if source is not None:
        argv[1:1] = [PROBES[argv[0]], source]
        sys.stderr.write(f"mseelab: from {source}, which {node} advertises; {PROBES[argv[0]]} says another\n")
    running.enter()
    return exec_in(where, argv, vrf or "")


def in_domain(line: str, domain: str) -> str:
    """A router's line that shows BGP or routes, of that VRF where it names none."""
    words = line.split()
    at = next((number for number in (1, 2) if words[number : number + 1] in (["bgp"], ["route"])), None)
    if words[:1] != ["show"] or at is None or {"vrf", "vrfs", "view", "views"} & set(words):
        return line
    if at == 2 and words[1] not in ("ip", "ipv6"):
        return line
    return " ".join([*words[: at + 1], "vrf", domain, *words[at + 1 :]])


def _source(document: Document, node: str, argv: Sequence[str]) -> str | None:
    """The address from which a CE's packets are answered: one that it advertises, in the family of the target."""
    from lab.control.record import from_document
    from lab.role.expect import legs, to_ce

    if any(word.startswith(("-I", "-s", "-S", "-h", "-V")) for word in argv):
        return None
    target = next((found for word in reversed(argv[1:]) if (found := _address(word)) is not None), None)
    if target is None:
        return None
    applied = from_document(document).applied
    there = {
        (s.circuit, s.peering, s.path, s.family) for s in applied.sessions
        if s.ce == node and any(target in prefix for prefix in to_ce(applied.spec, s))
    }
    mine = [leg for leg in legs(applied.spec, applied.sessions) if leg.ce == node]
    return next((leg.source for leg in mine if (leg.circuit, leg.peering, leg.path, leg.family) in there), None)


def _address(word: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(word)
    except ValueError:
        return None


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

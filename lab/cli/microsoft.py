"""`mseelab microsoft …`: what Microsoft decides about a circuit."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import click

from lab.cli.circuit import one_name
from lab.cli.peering import PrefixList
from lab.cli.steps import perform, step_options

if TYPE_CHECKING:
    from lab.circuit.lifecycle import Decision
    from lab.circuit.models import Network


@click.group()
def microsoft() -> None:
    """What Microsoft decides: the validation of public prefixes."""


_circuit = click.argument("circuit", required=False)
_name = click.option("--circuit", "--circuit-name", "given", metavar="NAME", help="The same as CIRCUIT.")
_prefixes = click.option("--prefix", "--prefixes", "prefixes", type=PrefixList(), metavar="PREFIX,…",
                         help="These alone; else every declared one.")


@microsoft.command("approve-prefixes")
@_circuit
@_name
@_prefixes
@step_options
def approve(circuit: str | None, given: str | None, prefixes: list[str] | None, lab: str | None, output: str) -> int:
    """Accept the proof of ownership: prefixes Configured, the sessions may come up."""
    return _decide(one_name(circuit, given), prefixes, "approve", lab, output)


@microsoft.command("reject-prefixes")
@_circuit
@_name
@_prefixes
@step_options
def reject(circuit: str | None, given: str | None, prefixes: list[str] | None, lab: str | None, output: str) -> int:
    """Refuse the proof of ownership: the sessions are closed."""
    return _decide(one_name(circuit, given), prefixes, "reject", lab, output)


def _decide(
    circuit: str | None, prefixes: list[str] | None, decision: Decision, lab: str | None, output: str
) -> int:
    from lab.cli.outcomes import decided_outcome
    from lab.control.edits import decide_prefixes

    networks = [_network(text) for text in prefixes or ()]
    step = decide_prefixes(circuit, networks, decision)
    return perform(step, lab, circuit, output, lambda stepped: decided_outcome(stepped, circuit))


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise click.BadParameter(f"found {text[:60]!r}; allowed a prefix such as 198.51.100.0/24") from None

"""`mseelab trace ce1 10.100.0.36`: hop by hop there and back, and which session and route decided."""

from __future__ import annotations

from typing import Any

import click

from lab.cli.output import emit, lab_option, output_option
from lab.errors import Impossible

ANSWER_SECONDS = 1.0


@click.command()
@click.argument("ce")
@click.argument("target")
@output_option()
@lab_option
@click.option("--source", metavar="ADDRESS", help="The address to send from, one of the CE's own.")
def trace(ce: str, target: str, output: str, lab: str | None, source: str | None) -> int:
    """Which way packets go from a CE to an address or VNet, and how the answer comes back. Exit 1 without an answer."""
    from lab.control import ways
    from lab.control.observe import Daemons
    from lab.control.record import from_document
    from lab.control.running import find
    from lab.net.ping import ping
    from lab.trace.decided import decided
    from lab.trace.report import as_object, report_lines
    from lab.trace.walk import Walker

    running = find(lab)
    applied = from_document(running.document).applied
    flow = _flow(applied, ce, target, source)
    running.enter()
    found = Walker(applied, running.world.nodes).trace(*flow)
    with Daemons(running.world.nodes) as daemons:
        there, back = decided(daemons, found)
    (answer,) = ping([ways.as_routed(running.world.nodes, flow)], ANSWER_SECONDS)
    emit(
        as_object(running.lab, found, there, back, answer.answered), output,
        lambda: "\n".join(report_lines(found, there, back, answer.answered)),
    )
    return 0 if answer.answered else 1


def _flow(applied: Any, ce: str, target: str, source: str | None) -> tuple[str, str, str]:
    """(CE, source, target). Raises Impossible for what is no CE, no address and no VNet, and without a source."""
    from ipaddress import ip_address

    from lab.role.expect import legs

    edges = [edge.name for edge in applied.spec.customer_edges]
    if ce not in edges:
        raise Impossible(f"no CE {ce}", next=f"mseelab trace {edges[0] if edges else 'ce1'} {target}")
    known = [leg for leg in legs(applied.spec, applied.sessions) if leg.ce == ce]
    target = next((leg.target for leg in known if leg.beyond == target), target)
    try:
        version = ip_address(target).version
        if source is not None and ip_address(source).version != version:
            raise Impossible(f"{source} and {target} are not of one family", next=f"mseelab trace {ce} {target}")
    except ValueError:
        raise Impossible(f"{target} is no address and no VNet behind {ce}", next="mseelab show lab") from None
    family = "ipv6" if version == 6 else "ipv4"
    sources = [leg.source for leg in known if leg.family == family]
    exact = [leg.source for leg in known if leg.target == target]
    if source is None and not sources:
        raise Impossible(f"{ce} advertises no {family} prefix to send from", next="mseelab trace --source ADDRESS")
    return ce, source or [*exact, *sources][0], target

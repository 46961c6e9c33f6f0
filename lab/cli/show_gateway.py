"""`mseelab show bgp-peer-status | learned-routes | advertised-routes`: what the gateway of a VNet sees."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, TypeVar

import click

from lab.cli.output import emit, lab_option, output_option
from lab.cli.table import azure_table

Command = TypeVar("Command", bound=Callable[..., object])


def _address(context: click.Context, option: click.Parameter, value: str) -> str:
    """An IP address in its usual spelling."""
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not an IP address", context, option) from error


def _which(command: Command) -> Command:
    """Options that name a gateway."""
    for decorate in (
        output_option(),
        lab_option,
        click.option("--instance", type=click.Choice(["0", "1"]), default="0", show_default=True,
                     help="Which of its two instances (.12 and .13) answers."),
        click.option("--vnet", metavar="NAME", help="Whose gateway, where there are several VNets."),
    ):
        command = decorate(command)
    return command


@click.command("bgp-peer-status")
@_which
def bgp_peer_status(**which: Any) -> None:
    """A VNet's gateway and its MSEEs.

    As `az network vnet-gateway list-bgp-peer-status` prints it: one instance answers, and a row is an MSEE with the
    sessions of both families.
    """
    from lab.show.gateway_tables import peer_status

    _azure(which, lambda view: peer_status(view.gateway, view.peers()))


@click.command("learned-routes")
@_which
def learned_routes(**which: Any) -> None:
    """The gateway's routes: its own and the CE's.

    As `az network vnet-gateway list-learned-routes` prints them.
    """
    from lab.show.gateway_tables import learned_routes as made

    _azure(which, lambda view: made(view.gateway, view.routes()))


@click.command("advertised-routes")
@click.option("--peer", callback=_address, required=True, metavar="ADDRESS",
              help="An MSEE's address inside the GatewaySubnet, as bgp-peer-status has it.")
@_which
def advertised_routes(peer: str, **which: Any) -> None:
    """What the gateway sends to an MSEE.

    As `az network vnet-gateway list-advertised-routes` prints it: empty for an MSEE's address on a link subnet, since
    the gateway has no such peer.
    """
    from lab.show.gateway_tables import advertised_routes as made

    _azure(which, lambda view: made(view.gateway, view.advertised(peer)))


def _azure(which: dict[str, Any], make: Callable[[Any], Any]) -> None:
    from lab.control.running import find
    from lab.show.gateway import GatewayView

    with GatewayView(find(which["lab"]), which["vnet"], int(which["instance"])) as view:
        made = make(view)
    emit({"value": list(made.objects)}, which["output"], lambda: azure_table(made.columns, made.rows))


COMMANDS = (bgp_peer_status, learned_routes, advertised_routes)

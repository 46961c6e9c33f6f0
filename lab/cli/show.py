"""`mseelab show …`: Azure's own tables, and what became of each prefix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from lab.cli import show_gateway
from lab.cli.azure_flags import AzureGroup
from lab.cli.output import emit, lab_option, output_option
from lab.cli.table import azure_table, table

PEERINGS = ("AzurePrivatePeering", "MicrosoftPeering")
Command = TypeVar("Command", bound=Callable[..., object])


@click.group(cls=AzureGroup)
def show() -> None:
    """Azure's own tables, of the MSEEs and of a VNet's gateway; prefixes; lab."""


for command in show_gateway.COMMANDS:
    show.add_command(command)


def _which(command: Command) -> Command:
    """Options that name a circuit and a peering."""
    for decorate in (
        output_option(),
        lab_option,
        click.option("--circuit", metavar="NAME", help="Which circuit, where there are several."),
        click.option("--peering", "--peering-name", type=click.Choice(PEERINGS), help="Which peering, likewise."),
    ):
        command = decorate(command)
    return command


def _family(default: str | None) -> Callable[[Command], Command]:
    return click.option("--family", type=click.Choice(["ipv4", "ipv6"]), default=default, help="One family only.")


_flavour = click.option("--flavour", type=click.Choice(["junos", "ios"]), default="junos", show_default=True,
                        help="Whose table it looks like: Azure has MSEEs of both kinds.")
_path = click.option("--path", type=click.Choice(["primary", "secondary"]), required=True, help="Which MSEE.")


@show.command("arp-table")
@_path
@_family("ipv4")
@click.option("--on-prem-only", is_flag=True, help="The CE's row alone, as some of Azure's MSEEs list it.")
@_which
def arp_table(path: str, family: str, on_prem_only: bool, **which: Any) -> None:
    """Who answers on the link: the CE (On-Prem) and the MSEE (Microsoft); with --family ipv6 by ND."""
    from lab.show.arp import arp_entries
    from lab.show.tables import arp_table as made

    _azure(which, lambda view: made(arp_entries(view.daemons, view.sessions(path, family)), on_prem_only=on_prem_only))


@show.command("route-table")
@_path
@_family(None)
@_flavour
@_which
def route_table(path: str, family: str | None, flavour: Any, **which: Any) -> None:
    """The MSEE's routes: those of the gateways, then the CE's."""
    from lab.show.tables import route_table as made

    _azure(which, lambda view: made(view.routes(path, family), view.ce_addresses(path), flavour))


@show.command("route-table-summary")
@_path
@_family(None)
@_flavour
@_which
def route_table_summary(path: str, family: str | None, flavour: Any, **which: Any) -> None:
    """The MSEE's neighbors, and how many prefixes each sent."""
    from lab.show.tables import summary_table as made

    _azure(which, lambda view: made(view.peers(path, family), flavour))


@show.command()
@_which
def stats(**which: Any) -> None:
    """Octets into Azure and out of it, by path."""
    from lab.show.tables import stats_table

    with _view(which) as view:
        made = stats_table(view.octets())
    # `az network express-route get-stats` prints one object, not a list.
    emit(made.objects[0], which["output"], lambda: azure_table(made.columns, made.rows))


@show.command()
@click.option("--path", type=click.Choice(["primary", "secondary"]), help="One MSEE only.")
@_family(None)
@_which
def prefixes(path: str | None, family: str | None, **which: Any) -> None:
    """What was sent on each session, and what became of it."""
    from lab.show.tables import PREFIX_COLUMNS

    with _view(which) as view:
        found = view.prefixes(path, family)
    columns = PREFIX_COLUMNS if path else ("PATH", *PREFIX_COLUMNS)
    rows = [(*(() if path else (where,)), r.prefix, r.direction, r.state, r.as_path, r.rule) for where, r in found]
    value = [
        {"path": where, "prefix": r.prefix, "direction": r.direction, "state": r.state, "asPath": r.as_path,
         "rule": r.rule}
        for where, r in found
    ]
    emit({"value": value}, which["output"], lambda: table(columns, rows))


@show.command("lab")
@output_option()
@lab_option
def lab_(output: str, lab: str | None) -> None:
    """The nodes of the lab, their ports, sub-interfaces and addresses; where its files are."""
    from lab.control.running import find
    from lab.show.inventory import inventory

    running = find(lab)
    found = inventory(running.document)
    emit(found, output, partial(_inventory_text, found))


def _inventory_text(found: dict[str, Any]) -> str:
    columns = ("NODE", "ROLE", "PID", "INTERFACE", "VRF", "LINK", "ADDRESSES")
    rows = [
        (node["node"], node["role"], node["pid"], *_interface_cells(i))
        for node in found["nodes"]
        for i in node["interfaces"]
    ]
    made = f"engine {found['engine']}, topology {found['topology']}, VLAN tags by {found['vlanAttacher']}"
    head = f"{found['lab']}   {made}"
    return f"{head}\nfiles {' '.join(found['files'])}\n\n{table(columns, rows)}"


def _interface_cells(interface: dict[str, Any]) -> tuple[object, ...]:
    addresses = " ".join(interface["addresses"])
    return interface["interface"], interface["vrf"] or None, interface["link"] or None, addresses


def _azure(which: dict[str, Any], make: Callable[[Any], Any]) -> None:
    with _view(which) as view:
        made = make(view)
    emit({"value": list(made.objects)}, which["output"], lambda: azure_table(made.columns, made.rows))


def _view(which: dict[str, Any]) -> Any:
    from lab.control.running import find
    from lab.show.view import View

    return View(find(which["lab"]), which["circuit"], which["peering"])

"""`mseelab connection …`: VNets linked to a circuit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.circuit.models import PRIVATE
from lab.cli.azure_flags import AzureGroup
from lab.cli.output import emit, lab_option, output_option
from lab.cli.peering import PrefixList
from lab.cli.steps import Outcome, circuit_option, of_peering, perform, prefixes_text, row, step_options
from lab.cli.table import table

if TYPE_CHECKING:
    from lab.circuit.models import Circuit, Spec, VnetConnection
    from lab.control.workflow import Stepped

FLAGS = {"name": "--vnet", "addressPrefixes": "--address-prefix", "routingWeight": "--routing-weight"}


@click.group(cls=AzureGroup)
def connection() -> None:
    """VNets linked to a circuit."""


@connection.command()
@click.option("-n", "--name", metavar="NAME", help="Else VNET-CIRCUIT.")
@click.option("--vnet", required=True, metavar="NAME")
@click.option("--address-prefix", "--address-prefixes", "prefixes", type=PrefixList(), metavar="PREFIX,…",
              help="The address space of a VNet that is not there yet.")
@click.option("--routing-weight", "weight", type=int, metavar="0-32000", help="The higher wins.")
@circuit_option
@step_options
def create(
    name: str | None, vnet: str, prefixes: list[str] | None, weight: int | None, circuit: str | None,
    lab: str | None, output: str,
) -> int:
    """Link a VNet's gateway to the circuit: its address space goes to the CE."""
    from lab.control.edits import connect
    from lab.control.workflow import circuit_of

    def told(stepped: Stepped) -> Outcome:
        spec = stepped.after.applied.spec
        made = circuit_of(spec, circuit)
        link = next(c for c in made.connections if c.vnet == vnet)
        return _outcome(stepped, spec, made, link)

    return perform(connect(circuit, name, vnet, prefixes or (), weight, FLAGS), lab, circuit, output, told)


@connection.command()
@click.option("-n", "--name", required=True, metavar="NAME")
@click.option("--routing-weight", "weight", type=int, required=True, metavar="0-32000")
@step_options
def update(name: str, weight: int, lab: str | None, output: str) -> int:
    """Another routingWeight; no session moves."""
    from lab.control.edits import reweigh, the_connection

    def told(stepped: Stepped) -> Outcome:
        spec = stepped.after.applied.spec
        made, vnet = the_connection(spec, name)
        return _outcome(stepped, spec, made, next(c for c in made.connections if c.vnet == vnet))

    return perform(reweigh(name, weight, FLAGS), lab, None, output, told)


@connection.command()
@click.argument("name", required=False)
@click.option("-n", "--name", "given", metavar="NAME", help="The same as NAME.")
@step_options
def delete(name: str | None, given: str | None, lab: str | None, output: str) -> int:
    """Take a connection away: its address space is withdrawn from the CE."""
    from lab.cli.circuit import one_name
    from lab.control.edits import disconnect, the_connection

    chosen = one_name(name, given)
    if chosen is None:
        raise click.UsageError("which connection? NAME, or --name")

    def told(stepped: Stepped) -> Outcome:
        spec = stepped.before.applied.spec
        _, vnet = the_connection(spec, chosen)
        space = " ".join(map(str, spec.vnet(vnet).prefixes))
        return Outcome(stepped, {"name": chosen}, [f"{chosen}   deleted; {space} withdrawn"])

    return perform(disconnect(chosen), lab, None, output, told)


@connection.command("list")
@lab_option
@output_option()
def list_(lab: str | None, output: str) -> None:
    """Every connection of a lab."""
    from lab.control.record import from_document
    from lab.control.workflow import lab_of

    spec = from_document(lab_of(lab, None, Path.cwd()).document).applied.spec
    value = [_object(spec, c, link) for c in spec.circuits for link in c.connections]
    rows = [(v["name"], v["circuit"], v["virtualNetwork"], v["routingWeight"]) for v in value]
    emit(value, output, lambda: table(("CONNECTION", "CIRCUIT", "VNET", "WEIGHT"), rows) if rows else "no connection")


def _outcome(stepped: Stepped, spec: Spec, circuit: Circuit, link: VnetConnection) -> Outcome:
    from lab.circuit.lifecycle import connection_name
    from lab.circuit.models import FAMILIES, GATEWAY_ASN
    from lab.role.layout import GATEWAY_OFFSETS, gateway_address

    vnet = spec.vnet(link.vnet)
    family = next(f for f in FAMILIES if vnet.gateway_subnet(f))
    addresses = [str(gateway_address(vnet, i, family)) for i in range(len(GATEWAY_OFFSETS))]
    weight = f", routingWeight {link.weight}" if link.weight else ""
    gateways = f"gateways AS {GATEWAY_ASN} at {' and '.join(addresses)}"
    lines = [f"{connection_name(circuit, vnet.name)}   Connected; {gateways}{weight}"]
    peering = circuit.peering(PRIVATE)
    views = of_peering(stepped, PRIVATE)
    if peering and views:
        lines.append(row("prefixes", prefixes_text(spec, circuit, peering, views)))
    else:
        lines.append(row("prefixes", "none: no private peering yet; next mseelab peering create"))
    return Outcome(stepped, _object(spec, circuit, link), lines)


def _object(spec: Spec, circuit: Circuit, link: VnetConnection) -> dict[str, Any]:
    from lab.circuit.lifecycle import connection_name

    return {
        "name": connection_name(circuit, link.vnet),
        "circuit": circuit.name,
        "virtualNetwork": link.vnet,
        "addressPrefixes": [str(p) for p in spec.vnet(link.vnet).prefixes],
        "routingWeight": link.weight,
        "connectionStatus": "Connected" if circuit.provisioned else "NotConnected",
    }

"""`mseelab circuit …`: the customer orders, reads, changes and hands back a circuit."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.circuit.models import MBPS_A_GBPS
from lab.cli.azure_flags import AzureGroup
from lab.cli.output import emit, lab_option, output_option, plural
from lab.cli.steps import Outcome, perform, row, short, states, step_options
from lab.cli.table import table

if TYPE_CHECKING:
    from lab.control.workflow import Stepped

TIERS = click.Choice(["Local", "Standard", "Premium"])
FAMILIES = click.Choice(["MeteredData", "UnlimitedData"])
FLAGS = {
    "name": "--name",
    "bandwidthInMbps": "--bandwidth",
    "bandwidthInGbps": "--bandwidth",
    "tier": "--sku-tier",
    "family": "--sku-family",
    "expressRoutePort": "--express-route-port",
    "serviceProviderName": "--provider",
    "peeringLocation": "--peering-location",
}
_BANDWIDTH = re.compile(r"(\d{1,7})\s*(Mbps|Gbps)?", re.IGNORECASE)


class Bandwidth(click.ParamType[int]):
    """`1000`, `1000 Mbps` or `1 Gbps`, as Mbps."""

    name = "bandwidth"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = _BANDWIDTH.fullmatch(str(value).strip())
        if not found:
            self.fail("allowed a number of Mbps, or with its unit: 1 Gbps", param, ctx)
        return int(found[1]) * (MBPS_A_GBPS if (found[2] or "").lower() == "gbps" else 1)


@click.group(cls=AzureGroup)
def circuit() -> None:
    """Order, read, change and hand back a circuit."""


@circuit.command()
@click.option("-n", "--name", required=True, metavar="NAME")
@click.option("--provider", metavar="NAME", help="The connectivity provider.")
@click.option("--peering-location", metavar="NAME")
@click.option("--bandwidth", type=Bandwidth(), metavar="MBPS", help="1000, or with its unit: 1 Gbps.")
@click.option("--express-route-port", "port", metavar="NAME", help="A Direct port pair, instead of a provider.")
@click.option("--sku-tier", "tier", type=TIERS, default="Standard", show_default=True)
@click.option("--sku-family", "family", type=FAMILIES, default="MeteredData", show_default=True)
@step_options
def create(
    name: str, provider: str | None, peering_location: str | None, bandwidth: int | None, port: str | None,
    tier: str, family: str, lab: str | None, output: str,
) -> int:
    """Create a circuit: its service key is made, and billing runs."""
    from lab.control.edits import create_circuit

    values: dict[str, Any] = {"sku": {"tier": tier, "family": family}}
    if port is not None:
        if provider is not None or peering_location is not None:
            raise click.UsageError("--express-route-port takes no --provider and --peering-location beside it")
        if bandwidth is None or bandwidth % MBPS_A_GBPS:
            raise click.UsageError("--bandwidth on a port is in Gbps: --bandwidth '2 Gbps'")
        values |= {"expressRoutePort": {"id": port}, "bandwidthInGbps": bandwidth // MBPS_A_GBPS}
    else:
        lacking = [f for f, v in (("--provider", provider), ("--peering-location", peering_location),
                                  ("--bandwidth", bandwidth)) if v is None]
        if lacking:
            raise click.UsageError(f"{' and '.join(lacking)} missing")
        values["serviceProviderProperties"] = {
            "serviceProviderName": provider, "peeringLocation": peering_location, "bandwidthInMbps": bandwidth,
        }

    def told(stepped: Stepped) -> Outcome:
        made, key = stepped.after.applied.spec.circuit(name), stepped.after.service_keys[name]
        what = f"mseelab provider provision {short(key)}"
        lines = [
            f"{name}   created; billing runs until it is deleted",
            states(made),
            row("service key", key),
            row("next", "mseelab peering create" if made.port else f"hand it to the provider: {what}"),
        ]
        return Outcome(stepped, circuit_object(stepped, name), lines)

    return perform(create_circuit(name, values, FLAGS), lab, name, output, told)


@circuit.command()
@click.argument("name", required=False)
@click.option("-n", "--name", "given", metavar="NAME", help="The same as NAME.")
@click.option("--bandwidth", type=Bandwidth(), metavar="MBPS")
@click.option("--sku-tier", "tier", type=TIERS)
@click.option("--sku-family", "family", type=FAMILIES)
@step_options
def update(
    name: str | None, given: str | None, bandwidth: int | None, tier: str | None, family: str | None,
    lab: str | None, output: str,
) -> int:
    """Change tier, billing or bandwidth, as far as a circuit can change."""
    from lab.control.edits import update_circuit
    from lab.control.workflow import circuit_of

    name = one_name(name, given)
    if bandwidth is None and tier is None and family is None:
        raise click.UsageError("nothing to change: --bandwidth, --sku-tier or --sku-family")

    def told(stepped: Stepped) -> Outcome:
        made = circuit_of(stepped.after.applied.spec, name)
        bandwidth_text = f"{made.bandwidth_gbps} Gbps" if made.port else f"{made.bandwidth_mbps} Mbps"
        lines = [f"{made.name}   {made.tier}, {made.sku_family}, {bandwidth_text}", states(made)]
        return Outcome(stepped, circuit_object(stepped, made.name), lines)

    step = update_circuit(name, tier=tier, family=family, bandwidth_mbps=bandwidth, flags=FLAGS)
    return perform(step, lab, name, output, told)


@circuit.command()
@click.argument("name", required=False)
@click.option("-n", "--name", "given", metavar="NAME", help="The same as NAME.")
@step_options
def delete(name: str | None, given: str | None, lab: str | None, output: str) -> int:
    """Delete a circuit, once its provider has deprovisioned it and nothing is connected."""
    from lab.control.edits import delete_circuit
    from lab.control.workflow import circuit_of

    name = one_name(name, given)

    def told(stepped: Stepped) -> Outcome:
        gone = circuit_of(stepped.before.applied.spec, name)
        key = stepped.before.service_keys[gone.name]
        lasted = time.time() - stepped.before.created[gone.name]
        value = {"name": gone.name, "serviceKey": key, "peerings": len(gone.peerings), "billedSeconds": round(lasted)}
        many = len(gone.peerings)
        peerings = f" with its {plural(many, 'peering') if many > 1 else 'peering'}" if many else ""
        text = f"deleted{peerings}; service key {short(key)} is void; billing ended after {lasted_text(lasted)}"
        return Outcome(stepped, value, [f"{gone.name}   {text}"])

    return perform(delete_circuit(name), lab, name, output, told)


@circuit.command()
@click.argument("name", required=False)
@click.option("-n", "--name", "given", metavar="NAME", help="The same as NAME.")
@lab_option
@output_option()
def show(name: str | None, given: str | None, lab: str | None, output: str) -> None:
    """A circuit; with -o yaml as the file that `up` takes."""
    from lab.control.record import from_document
    from lab.control.workflow import circuit_of, lab_of
    from lab.files.document import file_of

    name = one_name(name, given)
    running = lab_of(lab, name, Path.cwd())
    record = from_document(running.document)
    chosen = circuit_of(record.applied.spec, name)
    value = file_of(record.applied.spec, chosen, record.service_keys, Path.cwd())
    lines = [
        f"{chosen.name}   {chosen.tier}, {chosen.sku_family}",
        states(chosen),
        row("service key", record.service_keys[chosen.name]),
        row("peerings", " ".join(p.type for p in chosen.peerings) or "none"),
        row("connections", " ".join(chosen.vnets) or "none"),
    ]
    emit(value, output, lambda: "\n".join(lines))


@circuit.command("list")
@lab_option
@output_option()
def list_(lab: str | None, output: str) -> None:
    """Every circuit of every lab that runs here, with its states and service key."""
    from lab.control.running import all_running, find

    labs = all_running() if lab is None else [find(lab)]
    found = [{"lab": running.lab, **circuit} for running in labs for circuit in running.document["circuits"]]
    columns = ("LAB", "CIRCUIT", "PROVIDER-STATE", "STATUS", "SERVICE-KEY")
    rows = [
        (c["lab"], c["name"], c["serviceProviderProvisioningState"], c["circuitProvisioningState"], c["serviceKey"])
        for c in found
    ]
    emit({"circuits": found}, output, lambda: table(columns, rows) if rows else "no circuit")


def circuit_object(stepped: Stepped, name: str) -> dict[str, Any]:
    """The circuit as `az network express-route show` prints it."""
    from lab.files.document import circuit_document

    record = stepped.after
    return circuit_document(record.applied.spec.circuit(name), record.service_keys[name])


def one_name(name: str | None, given: str | None) -> str | None:
    """NAME and --name mean the same; both, and different, is a mistake."""
    if name is not None and given is not None and name != given:
        raise click.UsageError("NAME and --name say different things")
    return name if name is not None else given


def lasted_text(seconds: float) -> str:
    """`14m10s`, `2h05m`: how long a circuit was billed."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}h{minute:02}m" if hours else f"{minutes}m{second:02}s" if minutes else f"{second}s"

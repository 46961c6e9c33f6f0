"""`mseelab peering …`: the routing domains of a circuit, with the flags of `az network express-route peering`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lab.circuit.validation import REGISTRIES
from lab.cli.azure_flags import AzureGroup
from lab.cli.output import emit, lab_option, output_option
from lab.cli.steps import Outcome, circuit_option, perform, step_options
from lab.cli.table import table

if TYPE_CHECKING:
    from lab.circuit.models import Family, Owner, PeeringType
    from lab.control.running import Running
    from lab.control.workflow import Stepped

Command = TypeVar("Command", bound=Callable[..., object])
TYPES = ("AzurePrivatePeering", "MicrosoftPeering")
FLAGS = {
    "peerASN": "--peer-asn",
    "vlanId": "--vlan-id",
    "primaryPeerAddressPrefix": "--primary-peer-subnet",
    "secondaryPeerAddressPrefix": "--secondary-peer-subnet",
    "sharedKey": "--shared-key",
    "advertisedPublicPrefixes": "--advertised-public-prefixes",
    "customerASN": "--customer-asn",
    "routingRegistryName": "--routing-registry-name",
    "routeFilter": "--route-filter",
    "communities": "--communities",
    "name": "--name",
}
_KEY = re.compile(r"\{?\s*(env|file)\s*:\s*([^{}]+?)\s*\}?")


class KeyReference(click.ParamType[dict[str, str]]):
    """`env:NAME` or `file:PATH`, also in braces as in a file. Never a key: other processes see a command line."""

    name = "shared key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        found = _KEY.fullmatch(str(value))
        if not found:
            raise click.BadParameter("allowed env:NAME or file:PATH; a key itself would be seen by every process",
                                     ctx, param)
        source, name = found.groups()
        return {source: str(Path(name).absolute()) if source == "file" else name}


class PrefixList(click.ParamType[list[str]]):
    """Prefixes with commas or blanks between them."""

    name = "prefixes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        found = [word for word in re.split(r"[\s,]+", str(value)) if word]
        if not found:
            self.fail("allowed one prefix or more", param, ctx)
        return found


def _type_option(command: Command) -> Command:
    return click.option("-n", "--name", "--peering-type", "type_", type=click.Choice(TYPES), required=True)(command)


def _fields(*, required: bool) -> Callable[[Command], Command]:
    """The options whose values a peering is made of."""
    options = (
        click.option("--peer-asn", type=int, metavar="ASN", required=required, help="The CE's AS number."),
        click.option("--vlan-id", type=int, metavar="VLAN", required=required, help="The C-tag, on both paths."),
        click.option("--primary-peer-subnet", "primary", metavar="PREFIX", help="A /30, or a /126 with ipv6."),
        click.option("--secondary-peer-subnet", "secondary", metavar="PREFIX"),
        click.option("--shared-key", type=KeyReference(), metavar="env:NAME|file:PATH", help="The MD5 key."),
        click.option("--ip-version", "version", type=click.Choice(["ipv4", "ipv6"]), default="ipv4",
                     show_default=True, help="Whose subnets, prefixes and route filter these are."),
        click.option("--advertised-public-prefixes", "prefixes", type=PrefixList(), metavar="PREFIX,…"),
        click.option("--customer-asn", type=int, metavar="ASN", help="Who owns the prefixes, if not the peer's AS."),
        click.option("--routing-registry-name", "registry", type=click.Choice(REGISTRIES)),
        click.option("--route-filter", "filter_", metavar="NAME", help="What Microsoft sends; '' detaches it."),
    )

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def values_of(
    peer_asn: int | None, vlan_id: int | None, primary: str | None, secondary: str | None,
    shared_key: dict[str, str] | None, prefixes: list[str] | None, customer_asn: int | None, registry: str | None,
    filter_: str | None, **_: Any,
) -> dict[str, Any]:
    """What was typed, as fields of the circuit file; None where nothing was."""
    microsoft = {
        "advertisedPublicPrefixes": prefixes, "customerASN": customer_asn, "routingRegistryName": registry,
    }
    return {
        "peerASN": peer_asn,
        "vlanId": vlan_id,
        "primaryPeerAddressPrefix": primary,
        "secondaryPeerAddressPrefix": secondary,
        "sharedKey": shared_key,
        "microsoftPeeringConfig": microsoft if any(v is not None for v in microsoft.values()) else None,
        "routeFilter": None if filter_ is None else {"id": filter_},
    }


@click.group(cls=AzureGroup)
def peering() -> None:
    """The routing domains of a circuit: private and Microsoft peering."""


@peering.command()
@_type_option
@_fields(required=True)
@circuit_option
@step_options
def create(type_: PeeringType, circuit: str | None, lab: str | None, output: str, **typed: Any) -> int:
    """Make a peering; both its paths come up."""
    return put(type_, circuit, lab, output, typed, by="Customer", new=True)


@peering.command()
@_type_option
@_fields(required=False)
@click.option("--state", type=click.Choice(["Enabled", "Disabled"]), help="Disabled closes its sessions.")
@circuit_option
@step_options
def update(
    type_: PeeringType, circuit: str | None, lab: str | None, output: str, state: str | None, **typed: Any
) -> int:
    """Change a peering; what is not given stays."""
    return put(type_, circuit, lab, output, typed, by="Customer", new=False, state=state)


@peering.command()
@_type_option
@circuit_option
@step_options
def delete(type_: PeeringType, circuit: str | None, lab: str | None, output: str) -> int:
    """Delete a peering that no connection uses."""
    return remove(type_, circuit, lab, output)


@peering.command()
@_type_option
@circuit_option
@lab_option
@output_option()
def show(type_: PeeringType, circuit: str | None, lab: str | None, output: str) -> None:
    """A peering as `az network express-route peering show` prints it; its key is never shown."""
    from lab.cli.outcomes import peering_lines, peering_object
    from lab.control.record import from_document
    from lab.control.workflow import circuit_of, lab_of
    from lab.errors import Impossible

    running = lab_of(lab, circuit, Path.cwd())
    record = from_document(running.document)
    chosen = circuit_of(record.applied.spec, circuit)
    found = chosen.peering(type_)
    if found is None:
        raise Impossible(f"{chosen.name} has no {type_}", next="mseelab peering list")
    emit(peering_object(found), output, lambda: "\n".join(peering_lines(found)))


@peering.command("list")
@circuit_option
@lab_option
@output_option()
def list_(circuit: str | None, lab: str | None, output: str) -> None:
    """The peerings of a circuit."""
    from lab.cli.outcomes import peering_object
    from lab.control.record import from_document
    from lab.control.workflow import circuit_of, lab_of

    running = lab_of(lab, circuit, Path.cwd())
    chosen = circuit_of(from_document(running.document).applied.spec, circuit)
    columns = ("PEERING", "STATE", "PEER-ASN", "VLAN", "PREFIXES-STATE", "LAST-MODIFIED-BY")
    rows = [
        (p.type, "Enabled" if p.enabled else "Disabled", p.peer_asn, p.vlan_id,
         " ".join(dict.fromkeys(config.state for _, config in p.microsoft)) or "-", p.modified_by)
        for p in chosen.peerings
    ]
    value = [peering_object(p) for p in chosen.peerings]
    emit(value, output, lambda: table(columns, rows) if rows else "no peering")


def put(
    type_: PeeringType, circuit: str | None, lab: str | None, output: str, typed: dict[str, Any], *,
    by: Owner, new: bool, state: str | None = None, running: Running | None = None,
) -> int:
    """Makes or changes a peering, for its customer or its provider."""
    from lab.cli.outcomes import put_outcome
    from lab.control.edits import put_peering

    family: Family = typed["version"]
    values = {**values_of(**typed), "state": state}
    if not new and all(value is None for value in values.values()):
        raise click.UsageError("nothing to change: see --help for what can")
    step = put_peering(circuit, type_, values, FLAGS, by=by, new=new, family=family)
    return perform(step, lab, circuit, output, lambda stepped: put_outcome(stepped, circuit, type_), running=running)


def remove(
    type_: PeeringType, circuit: str | None, lab: str | None, output: str, *, running: Running | None = None
) -> int:
    from lab.control.edits import delete_peering

    def told(stepped: Stepped) -> Outcome:
        return Outcome(stepped, {"name": type_}, [f"{type_}   deleted; its sub-interfaces are gone"])

    return perform(delete_peering(circuit, type_), lab, circuit, output, told, running=running)


def add_for_provider(group: click.Group) -> None:
    """The same verbs for the provider, who names the circuit by its service key."""
    key = click.argument("key", metavar="SERVICE_KEY")

    @group.command("create")
    @key
    @_type_option
    @_fields(required=True)
    @step_options
    def provider_create(key: str, type_: PeeringType, lab: str | None, output: str, **typed: Any) -> int:
        """Make a peering for the customer: provider-managed layer 3."""
        running, name = _of(key, lab)
        return put(type_, name, lab, output, typed, by="Provider", new=True, running=running)

    @group.command("update")
    @key
    @_type_option
    @_fields(required=False)
    @click.option("--state", type=click.Choice(["Enabled", "Disabled"]))
    @step_options
    def provider_update(
        key: str, type_: PeeringType, lab: str | None, output: str, state: str | None, **typed: Any
    ) -> int:
        """Change a peering; the provider's edit overwrites the customer's."""
        running, name = _of(key, lab)
        return put(type_, name, lab, output, typed, by="Provider", new=False, state=state, running=running)

    @group.command("delete")
    @key
    @_type_option
    @step_options
    def provider_delete(key: str, type_: PeeringType, lab: str | None, output: str) -> int:
        """Delete a peering that no connection uses."""
        running, name = _of(key, lab)
        return remove(type_, name, lab, output, running=running)


def _of(key: str, lab: str | None) -> tuple[Running, str]:
    from lab.control.workflow import by_service_key

    return by_service_key(key, lab)


@peering.group("route-filter")
def route_filter() -> None:
    """Route filters: what Microsoft peering sends, by BGP community."""


@route_filter.command("create")
@click.option("-n", "--name", "name", required=True, metavar="NAME")
@click.option("--communities", type=PrefixList(), required=True, metavar="12076:N,…")
@step_options
def filter_create(name: str, communities: list[str], lab: str | None, output: str) -> int:
    """Make a route filter, or replace the rule of one: what it lets through changes at once, no session moves."""
    from lab.control.edits import put_filter

    def told(stepped: Stepped) -> Outcome:
        users = [
            f"{c.name} {p.type}" for c in stepped.after.applied.spec.circuits for p in c.peerings
            if name in dict(p.route_filters).values()
        ]
        attached = f"attached to {', '.join(users)}" if users else "attached to no peering"
        value = {"name": name, "rules": [{"access": "Allow", "communities": communities}]}
        return Outcome(stepped, value, [f"{name}   Allow {' '.join(communities)}; {attached}"])

    return perform(put_filter(name, communities, FLAGS), lab, None, output, told)


@route_filter.command("delete")
@click.option("-n", "--name", "name", required=True, metavar="NAME")
@step_options
def filter_delete(name: str, lab: str | None, output: str) -> int:
    """Delete a route filter that no peering has."""
    from lab.control.edits import delete_filter

    def told(stepped: Stepped) -> Outcome:
        return Outcome(stepped, {"name": name}, [f"{name}   deleted"])

    return perform(delete_filter(name), lab, None, output, told)


@route_filter.command("list")
@lab_option
@output_option()
def filter_list(lab: str | None, output: str) -> None:
    """The route filters of a lab."""
    from lab.control.record import from_document
    from lab.control.running import find

    spec = from_document(find(lab).document).applied.spec
    value = [{"name": f.name, "rules": [{"access": "Allow", "communities": list(f.communities)}]}
             for f in spec.route_filters]
    rows = [(f.name, "Allow", " ".join(f.communities)) for f in spec.route_filters]
    emit(value, output, lambda: table(("NAME", "ACCESS", "COMMUNITIES"), rows) if rows else "no route filter")

"""`mseelab port …`: ExpressRoute Direct, as `az network express-route port` has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lab.circuit.models import MBPS_A_GBPS
from lab.cli.azure_flags import AzureGroup
from lab.cli.circuit import one_name
from lab.cli.output import emit, lab_option, output_option
from lab.cli.steps import Outcome, perform, row, sessions_text, step_options
from lab.cli.table import table
from lab.errors import HostCannot, Impossible
from lab.files.tree import clip

if TYPE_CHECKING:
    from lab.circuit.models import LinkName, PortPair, Spec
    from lab.control.record import Record
    from lab.control.workflow import Step, Stepped

Command = TypeVar("Command", bound=Callable[..., object])
FLAGS = {
    "name": "--name",
    "bandwidthInGbps": "--bandwidth",
    "encapsulation": "--encapsulation",
    "peeringLocation": "--peering-location",
    "customerEdge": "--ce",
}
LINK = click.Choice(["link1", "link2"])
UNITS = ("Gbps", "Mbps")
LONGEST = 100
LETTER = "loa.txt"
_BANDWIDTH = re.compile(r"(\d{1,7})\s*(Gbps|Mbps)?", re.IGNORECASE)


class Words(click.ParamType[str]):
    """A text of 1-100 printable characters, on one line."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not text or len(text) > LONGEST or not text.isprintable():
            self.fail(f"allowed 1-{LONGEST} printable characters", param, ctx)
        return text


class Bandwidth(click.ParamType[tuple[int, str]]):
    """`10`, `10 Gbps` or `10000 Mbps`, as (number, unit); the unit is empty where none was typed."""

    name = "bandwidth"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        if isinstance(value, tuple):
            return value
        found = _BANDWIDTH.fullmatch(str(value).strip())
        if not found:
            self.fail("allowed a number of Gbps, or with its unit: 10 Gbps", param, ctx)
        return int(found[1]), (found[2] or "").capitalize()


def _named(command: Command) -> Command:
    """NAME, or -n NAME as az has it."""
    argument = click.argument("name", required=False)
    option = click.option("-n", "--name", "given", metavar="NAME", help="The same as NAME.")
    return argument(option(command))


@click.group(cls=AzureGroup)
def port() -> None:
    """ExpressRoute Direct: port pairs, their links and letters of authorization."""


@port.command()
@click.option("-n", "--name", required=True, metavar="NAME")
@click.option("--peering-location", "location", type=Words(), required=True, metavar="NAME")
@click.option("--bandwidth", type=Bandwidth(), required=True, metavar="GBPS", help="10, 100 or 400.")
@click.option("--unit", type=click.Choice(UNITS, case_sensitive=False), help="Of --bandwidth; else Gbps.")
@click.option("--encapsulation", type=click.Choice(["Dot1Q", "QinQ"], case_sensitive=False), required=True,
              help="Fixed for the port pair.")
@click.option("--ce", metavar="NAME", help="Whose cables they are, where several CEs have both.")
@step_options
def create(
    name: str, location: str, bandwidth: tuple[int, str], unit: str | None, encapsulation: str, ce: str | None,
    lab: str | None, output: str,
) -> int:
    """Order a port pair: the cables of a CE to both MSEEs. Its links are Disabled."""
    from lab.control.ports import create_port, lab_of_port

    values = {"name": name, "peeringLocation": location, "encapsulation": encapsulation,
              "bandwidthInGbps": gbps(bandwidth, unit)}

    def told(stepped: Stepped) -> Outcome:
        letter = f'mseelab port loa {name} --customer-name "…"'
        lines = [
            *_head(stepped.after, name, "created"),
            row("billing", "runs from the first link that is Enabled, at the latest in 45 days"),
            row("next", f"{letter}, then mseelab port enable {name}"),
        ]
        return Outcome(stepped, _object(stepped.after, name), lines)

    running = lab_of_port(lab, None, Path.cwd())
    step = create_port(values, ce, FLAGS)
    return perform(step, lab, None, output, told, running=running, circuits=nobody)


@port.command()
@_named
@lab_option
@output_option()
def show(name: str | None, given: str | None, lab: str | None, output: str) -> None:
    """A port pair, its circuits and where its links end."""
    record, chosen = _read(lab, one_name(name, given))
    emit(_object(record, chosen), output, lambda: "\n".join([*_head(record, chosen, ""), "", _links(record, chosen)]))


@port.command("list")
@lab_option
@output_option()
def list_(lab: str | None, output: str) -> None:
    """Every port pair of every lab that runs here."""
    from lab.control.record import from_document
    from lab.control.running import all_running, find

    records = [from_document(r.document) for r in (all_running() if lab is None else [find(lab)])]
    found = [
        {"lab": record.lab, **_object(record, each.name)} for record in records for each in record.applied.spec.ports
    ]
    columns = ("LAB", "PORT", "LOCATION", "GBPS", "BOOKED", "ENCAPSULATION", "CE", "LINK1", "LINK2")
    rows = [
        (p["lab"], p["name"], p.get("peeringLocation"), p["bandwidthInGbps"], p["provisionedBandwidthInGbps"],
         p["encapsulation"], p["customerEdge"], *(link["adminState"] for link in p["links"]))
        for p in found
    ]
    text = table(columns, rows, right=("GBPS", "BOOKED")) if rows else "no port pair"
    emit({"ports": found}, output, lambda: text)


@port.command()
@_named
@step_options
def delete(name: str | None, given: str | None, lab: str | None, output: str) -> int:
    """Give a port pair back, once no circuit is on it."""
    from lab.control.ports import delete_port, lab_of_port

    chosen = one_name(name, given)
    if chosen is None:
        raise click.UsageError("which port pair? NAME, or --name")

    def told(stepped: Stepped) -> Outcome:
        gone = stepped.before.applied.spec.port(chosen)
        lines = [f"{chosen}   deleted; the cables of {gone.ce} stay"]
        return Outcome(stepped, _object(stepped.before, chosen), lines)

    running = lab_of_port(lab, chosen, Path.cwd())
    return perform(delete_port(chosen), lab, None, output, told, running=running, circuits=nobody)


@port.command()
@_named
@click.option("--link", "--link-name", "link", type=LINK, help="One link only.")
@step_options
def enable(name: str | None, given: str | None, link: LinkName | None, lab: str | None, output: str) -> int:
    """Set the admin state of the links to Enabled: light comes on."""
    return _switch(one_name(name, given), link, True, lab, output)


@port.command()
@_named
@click.option("--link", "--link-name", "link", type=LINK, help="One link only.")
@step_options
def disable(name: str | None, given: str | None, link: LinkName | None, lab: str | None, output: str) -> int:
    """Set the admin state of the links to Disabled: dark, for every circuit on them."""
    return _switch(one_name(name, given), link, False, lab, output)


@port.command()
@_named
@click.option("--customer-name", "customer", type=Words(), required=True, metavar="NAME", help="Who orders.")
@click.option("--file", "file", type=click.Path(), default=LETTER, show_default=True, metavar="FILE")
@lab_option
@output_option()
def loa(
    name: str | None, given: str | None, customer: str, file: str, lab: str | None, output: str
) -> None:
    """Write the letter of authorization that orders the cross-connects. Nothing is overwritten."""
    from lab.show.ports import letter

    record, chosen = _read(lab, one_name(name, given))
    applied = record.applied
    write(file, letter(applied.topology, applied.spec.port(chosen), customer, date.today()))
    lines = [
        f"{chosen}   letter of authorization for {customer}: {clip(file)}",
        row("next", f"hand it to the facility, then mseelab port enable {chosen}   (here the cables are in)"),
    ]
    emit({"name": chosen, "customerName": customer, "file": file}, output, lambda: "\n".join(lines))


port.add_command(loa, "generate-loa")


@port.group("link")
def links() -> None:
    """The two links of a port pair: link1 is the primary path, link2 the secondary."""


_port_name = click.option("--port-name", "name", metavar="NAME", help="Which port pair, where there are several.")


@links.command("list")
@_port_name
@lab_option
@output_option()
def link_list(name: str | None, lab: str | None, output: str) -> None:
    """Both links: admin state and where they end."""
    record, chosen = _read(lab, name)
    emit(_object(record, chosen)["links"], output, lambda: _links(record, chosen))


@links.command("show")
@_port_name
@click.option("-n", "--name", "--link-name", "link", type=LINK, required=True)
@lab_option
@output_option()
def link_show(name: str | None, link: LinkName, lab: str | None, output: str) -> None:
    """One link."""
    record, chosen = _read(lab, name)
    value = next(each for each in _object(record, chosen)["links"] if each["name"] == link)
    emit(value, output, lambda: _links(record, chosen, only=link))


@links.command("update")
@_port_name
@click.option("-n", "--name", "--link-name", "link", type=LINK, required=True)
@click.option("--admin-state", "state", type=click.Choice(["Enabled", "Disabled"], case_sensitive=False), required=True)
@step_options
def link_update(name: str | None, link: LinkName, state: str, lab: str | None, output: str) -> int:
    """Set a link's admin state."""
    return _switch(name, link, state == "Enabled", lab, output)


def nobody(_: Spec) -> tuple[str, ...]:
    """The circuits that a step without sessions is about."""
    return ()


def gbps(bandwidth: tuple[int, str], unit: str | None) -> int:
    """Whole Gbps of what was typed. Raises UsageError where two units contradict, or Mbps make no whole Gbps."""
    number, typed = bandwidth
    if typed and unit and typed != unit:
        raise click.UsageError(f"--bandwidth is in {typed} and --unit says {unit}")
    if (typed or unit or UNITS[0]) == UNITS[0]:
        return number
    if number % MBPS_A_GBPS:
        raise click.UsageError("--bandwidth of a port is in whole Gbps")
    return number // MBPS_A_GBPS


def write(file: str, text: str) -> None:
    """Writes a new file. Raises Impossible where it is there, or is to be no text; HostCannot where it cannot be."""
    if file.lower().endswith(".pdf"):
        raise Impossible("the letter is a text file, not a PDF", rule="ER709", next=f"--file {LETTER}")
    try:
        with open(file, "x", encoding="utf-8") as made:
            made.write(text)
    except FileExistsError as error:
        raise Impossible(f"{clip(file)} is here already; nothing is overwritten", next="--file FILE") from error
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise Impossible(f"no file can be at {clip(file) or 'an empty name'}", next="--file FILE") from error
    except OSError as error:
        raise HostCannot(f"the letter cannot be written: {error.strerror}", next="--file FILE") from error


def _switch(name: str | None, link: LinkName | None, enabled: bool, lab: str | None, output: str) -> int:
    from lab.circuit.models import LINKS
    from lab.control.ports import circuits_on, lab_of_port, switch_links, the_port

    chosen: Sequence[LinkName] = LINKS if link is None else (link,)

    def told(stepped: Stepped) -> Outcome:
        made = the_port(stepped.after.applied.spec, name)
        return Outcome(stepped, _object(stepped.after, made.name), _switched(stepped, made, chosen, enabled))

    def concerned(spec: Spec) -> list[str]:
        return circuits_on(spec, the_port(spec, name))

    step: Step = switch_links(name, chosen, enabled=enabled)
    running = lab_of_port(lab, name, Path.cwd())
    return perform(step, lab, None, output, told, running=running, circuits=concerned)


def _switched(stepped: Stepped, made: PortPair, links: Sequence[LinkName], enabled: bool) -> list[str]:
    from lab.show.ports import places

    ends = [end for end in places(stepped.after.applied.topology, made) if end.link in links]
    what = "light on" if enabled else "dark:"
    cables = ", ".join(end.cable for end in ends)
    lines = [f"{made.name}   {what} {cables}", _states(made)]
    if stepped.views:
        dark = sum(bool(view.session.why) for view in stepped.views)
        lines.append(row("sessions", sessions_text(stepped.views, stepped.seconds)
                         + (f"; {dark} on a link that is Disabled" if dark else "")))
    if not enabled:
        flag = f" --link {links[0]}" if len(links) == 1 else ""
        lines.append(row("next", f"mseelab port enable {made.name}{flag}"))
    return lines


def _read(lab: str | None, name: str | None) -> tuple[Record, str]:
    from lab.control.ports import lab_of_port, the_port
    from lab.control.record import from_document

    record = from_document(lab_of_port(lab, name, Path.cwd()).document)
    return record, the_port(record.applied.spec, name).name


def _object(record: Record, name: str) -> dict[str, Any]:
    from lab.show.ports import port_object

    spec = record.applied.spec
    return port_object(spec, record.applied.topology, spec.port(name))


def _head(record: Record, name: str, what: str) -> list[str]:
    from lab.circuit.offers import OVERSUBSCRIPTION, booked_gbps
    from lab.show.ports import places

    spec = record.applied.spec
    made = spec.port(name)
    cables = ", ".join(end.cable for end in places(record.applied.topology, made))
    on_it = [f"{c.name} {c.bandwidth_gbps}" for c in spec.circuits if c.port == name]
    most = OVERSUBSCRIPTION * made.bandwidth_gbps
    where = f", {made.location}" if made.location else ""
    return [
        f"{name}   {f'{what}: ' if what else ''}{cables}",
        f"  {made.bandwidth_gbps} Gbps, {made.encapsulation}{where}",
        _states(made),
        row("circuits", f"{', '.join(on_it) or 'none'}; {booked_gbps(name, spec.circuits)} of {most} Gbps booked"),
    ]


def _states(made: PortPair) -> str:
    first, second = ("Enabled" if on else "Disabled" for on in made.links_enabled)
    return f"  link1 adminState : {first:<18} link2 adminState : {second}"


def _links(record: Record, name: str, only: LinkName | None = None) -> str:
    from lab.show.ports import CONNECTOR, places

    columns = ("LINK", "PATH", "ADMIN-STATE", "ROUTER", "INTERFACE", "RACK", "PATCH-PANEL", "CONNECTOR", "CE")
    rows = [
        (end.link, end.path, "Enabled" if end.enabled else "Disabled", end.near.node, end.near.interface, end.rack,
         end.patch_panel, CONNECTOR, end.far)
        for end in places(record.applied.topology, record.applied.spec.port(name))
        if only is None or end.link == only
    ]
    return table(columns, rows)

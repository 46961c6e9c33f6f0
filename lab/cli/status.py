"""`mseelab status`: sessions and prefixes of a running lab, in a tenth of a second."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from lab.cli.output import clock, colour, emit, lab_option, output_option, plural
from lab.cli.streams import as_it_is
from lab.cli.table import table
from lab.control.observe import SessionView

if TYPE_CHECKING:
    from lab.control.health import Sick

MANY = 10
NAMED_FAULTS = 2
FAULT_FIELDS = ("kind", "circuit", "peering", "path", "family", "side", "options")
REDRAW_SECONDS = 1.0


@dataclass(frozen=True)
class Seen:
    """Everything `status` prints. `circuits` are the records of the lab's document, `changed` files to apply, `lost`
    nodes whose first process has ended, `sick` daemons that do not run or do not answer."""

    lab: str
    engine: str
    topology: str
    up_seconds: float
    attacher: str
    circuits: tuple[dict[str, Any], ...]
    views: tuple[SessionView, ...]
    changed: tuple[str, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    lost: tuple[str, ...] = ()
    sick: tuple[Sick, ...] = ()

    def of(self, circuit: str) -> list[SessionView]:
        return [view for view in self.views if view.session.circuit == circuit]


@click.command()
@output_option("wide")
@lab_option
@click.option("--watch", is_flag=True, help="Draw again every second, until Ctrl-C.")
def status(output: str, lab: str | None, watch: bool) -> None:
    """Sessions and prefixes of the running lab, and who in it does not run or does not answer."""
    from lab.control.running import find

    running = find(lab)
    before = running.document
    changed = tuple(running.changed_files())
    running.enter()
    while True:
        document = {**before, "faults": (running.store.read() or before).get("faults", ())}
        seen = look(document, running.up_seconds, running.sessions, running.world, changed)
        if watch and sys.stdout.isatty():
            as_it_is(sys.stdout, "\x1b[H\x1b[2J")
        wide = output == "wide"
        emit(status_object(seen), "table" if wide else output, partial(text, seen, wide))
        if not watch:
            return
        sys.stdout.flush()
        _pause()


def look(
    document: dict[str, Any],
    up_seconds: float,
    sessions: Any,
    world: Any,
    changed: tuple[str, ...],
) -> Seen:
    """What is to be printed now. Needs the lab's world."""
    from lab.control import health
    from lab.control.observe import Daemons, observe

    sick = health.look(world, document.get("daemons", {}))
    with Daemons(world.nodes, health.silent(sick)) as daemons:
        views = observe(daemons, sessions)
    return Seen(
        document["lab"], document["engine"], document["topology"], up_seconds, document["attacher"],
        tuple(document["circuits"]), views, changed, tuple(document.get("faults", ())), world.lost, sick,
    )


def text(seen: Seen, wide: bool = False) -> str:
    """The whole page, as ux.md draws it."""
    lines = _head(seen)
    if seen.views:
        up = sum(view.established for view in seen.views)
        lines += ["", _table(seen, wide), f"{up} of {len(seen.views)} Established"]
    else:
        lines += ["", _why_no_sessions(seen)]
    return "\n".join(lines)


def _head(seen: Seen) -> list[str]:
    lines = []
    if len(seen.circuits) <= MANY:
        lines += [circuit_line(circuit) for circuit in seen.circuits] or [f"{seen.lab}   no circuit"]
    else:
        ready = sum(_provisioned(circuit) for circuit in seen.circuits)
        lines.append(f"{seen.lab}   {len(seen.circuits)} circuits, {ready} Enabled / Provisioned")
    faults = plural(len(seen.faults), "fault") + " active" if seen.faults else "no fault active"
    if 0 < len(seen.faults) <= NAMED_FAULTS:
        faults += ": " + ", ".join(str(fault["label"]) for fault in seen.faults)
    changed = f"{plural(len(seen.changed), 'file')} changed: mseelab plan" if seen.changed else "nothing to apply"
    lines.append(
        f"engine {seen.engine}, topology {seen.topology}, up {clock(seen.up_seconds)}, {faults}, {changed}"
    )
    if seen.lost:
        many = len(seen.lost) > 1
        lines.append(f"! {' '.join(seen.lost)} {'have' if many else 'has'} stopped or restarted: mseelab up heals it")
    return lines + [f"! {sick.sentence}: mseelab up mends it" for sick in seen.sick if sick.node not in seen.lost]


def circuit_line(circuit: dict[str, Any]) -> str:
    """`er-ams   Status Enabled, provider Provisioned   Lab Exchange, Amsterdam, 1000 Mbps, Premium`."""
    bandwidth = circuit.get("bandwidth")
    service = [circuit.get("provider"), circuit.get("location"), f"{bandwidth} Mbps" if bandwidth else None]
    if circuit.get("port"):
        service = [f"port pair {circuit['port']}", f"{circuit['bandwidthInGbps']} Gbps"]
    return (
        f"{circuit['name']}   Status {circuit['circuitProvisioningState']}, "
        f"provider {circuit['serviceProviderProvisioningState']}   "
        + ", ".join(str(part) for part in [*service, circuit.get("tier")] if part)
    )


def _provisioned(circuit: dict[str, Any]) -> bool:
    states = circuit["circuitProvisioningState"], circuit["serviceProviderProvisioningState"]
    return states == ("Enabled", "Provisioned")


def _why_no_sessions(seen: Seen) -> str:
    if not seen.circuits:
        return "no sessions: the cables are in; next mseelab circuit create"
    if not any(_provisioned(circuit) for circuit in seen.circuits):
        if seen.circuits[0]["circuitProvisioningState"] != "Enabled":
            return f"no sessions: the circuit's Status is {seen.circuits[0]['circuitProvisioningState']}"
        return f"no sessions: the provider's state is {seen.circuits[0]['serviceProviderProvisioningState']}"
    return "no sessions: no peering with a cabled CE"


def _table(seen: Seen, wide: bool) -> str:
    several = len(seen.circuits) > 1
    columns = ["CIRCUIT"] if several else []
    columns += ["PEERING", "PATH", "FAMILY", "STATE", "UPTIME", "FROM-CE", "TO-CE", "MD5", "BFD"]
    if wide:
        columns += ["MSEE", "MSEE-ADDRESS", "CE", "CE-ADDRESS", "LAST-ERROR"]
    rows = [_row(view, several, wide) for view in seen.views]
    drawn = table(columns, rows, right=("FROM-CE", "TO-CE"))
    return drawn if all(view.established for view in seen.views) else _marked(drawn, seen.views)


def _row(view: SessionView, several: bool, wide: bool) -> Sequence[object]:
    session = view.session
    counts = (view.from_ce, view.to_ce) if view.established else (None, None)
    row: list[object] = [session.circuit] if several else []
    row += [session.peering, session.path, session.family, view.state, clock(view.uptime_seconds)]
    row += [*counts, view.md5, view.bfd]
    if wide:
        row += [session.msee, session.msee_address, session.ce, session.ce_address, view.last_error]
    return row


def _marked(drawn: str, views: Sequence[SessionView]) -> str:
    """The rows of sessions that are down, in red on a terminal."""
    first, *rows = drawn.split("\n")
    marked = (row if view.established else colour(row, "31") for row, view in zip(rows, views, strict=True))
    return "\n".join([first, *marked])


def status_object(seen: Seen) -> dict[str, Any]:
    """The shape others build on (`status -o json`)."""
    keys = ("name", "circuitProvisioningState", "serviceProviderProvisioningState", "serviceKey")
    return {
        "lab": seen.lab,
        "engine": seen.engine,
        "topology": seen.topology,
        "upSeconds": round(seen.up_seconds, 1),
        "vlanAttacher": seen.attacher,
        "faults": [{name: fault[name] for name in FAULT_FIELDS} for fault in seen.faults],
        "lost": list(seen.lost),
        "sick": [sick.as_object() for sick in seen.sick],
        "circuits": [
            {key: circuit.get(key) for key in keys}
            | {"sessions": [session_object(view) for view in seen.of(circuit["name"])]}
            for circuit in seen.circuits
        ],
    }


def session_object(view: SessionView) -> dict[str, Any]:
    session = view.session
    return {
        "peering": session.peering, "path": session.path, "family": session.family, "state": view.state,
        "uptimeSeconds": view.uptime_seconds, "prefixesFromCe": view.from_ce, "prefixesToCe": view.to_ce,
        "md5": view.md5, "bfd": view.bfd, "msee": session.msee, "ce": session.ce,
        "mseeAddress": session.msee_address, "ceAddress": session.ce_address, "lastError": view.last_error,
    }


def _pause() -> None:
    from lab.control.wait import pass_time

    pass_time(REDRAW_SECONDS)


__all__ = ["Seen", "circuit_line", "session_object", "status", "status_object", "text"]

"""`mseelab check`: is everything as the files say? Uses the running lab, or one of its own that goes again."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from lab.check.report import report_lines
from lab.check.result import CheckResult, Report
from lab.cli.asked import circuit_file_of, fitting, listing, own_checks, own_options
from lab.cli.clock import begun
from lab.cli.faults import lift_left_faults
from lab.cli.output import colour, emit, engine_option, lab_option, output_option, trust_option, wait_option
from lab.cli.progress import chosen
from lab.cli.reports import Reports, report_options
from lab.cli.table import table
from lab.control.progress import Progress
from lab.errors import Impossible, NotAsItShould

COLOURS = {"good": "32", "bad": "31", "warn": "33"}


@click.command()
@click.argument("target", metavar="[LAB]", required=False)
@output_option()
@report_options
@lab_option
@engine_option
@trust_option
@click.option("--timeout", type=click.FloatRange(0), default=10.0, show_default=True, metavar="SECONDS",
              help="How long the lab may take to be as it should be.")
@wait_option
@click.option("--keep", is_flag=True, help="Leave a lab running that this check has started.")
@click.option("--strict", is_flag=True, help="Exit 3 when there are warnings.")
@own_options
def check(
    target: str | None, output: str, lab: str | None, engine: str | None, trust: bool, timeout: float, patient: bool,
    keep: bool, strict: bool, files: tuple[str, ...], only: tuple[str, ...], list_: bool, schema: bool,
    **reports_to: str | None,
) -> int:
    """Is everything as the files say, and as your own checks ask? Exit 1 if not."""
    started = begun()
    if schema:
        return _print_schema()
    if list_:
        return _print_list(listing(target, _running(target, lab), files, only), output)
    progress = chosen(quiet=output != "table")
    asked = Asked(files, only, timeout, patient)
    with Reports(reports_to) as reports, reports.of_errors(target):
        running = _running(target, lab)
        if running is None:
            _refuse_unfit(target, asked)
            start = partial(_up, target, engine, trust, progress, patient)
            report = _own_lab(target, start, asked, keep, progress, started)
        else:
            (running,) = lift_left_faults([running], progress)
            report = inside(running, asked, progress, started)
        report = replace(report, seconds=time.monotonic() - started)
        emit(report.as_object(), output, lambda: "\n".join(report_lines(report, strict=strict, paint=paint)))
        sys.stdout.flush()
        reports.write(report)
    return report.exit_code(strict=strict)


def _print_schema() -> int:
    from lab.asked.kinds import json_schema

    emit(json_schema(), "json", str)
    return 0


def _print_list(entries: list[dict[str, Any]], output: str) -> int:
    rows = [(e["id"], e["kind"], e["asks"], e["source"]) for e in entries]
    emit({"checks": entries}, output, lambda: table(("ID", "KIND", "ASKS", "SOURCE"), rows))
    return 0


def paint(text: str, style: str) -> str:
    return colour(text, COLOURS[style])


@dataclass(frozen=True)
class Asked:
    """What to check: the user's files with checks, the names of `--only`, how long the lab may take, and whether that
    is waited for where waiting mends nothing."""

    files: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    timeout: float = 10.0
    patient: bool = False


def inside(running: Any, asked: Asked, progress: Progress, started: float) -> Report:
    """The report on a running lab; this process is in its world afterwards."""
    from lab.check.daemons import KIND, id_of
    from lab.check.expect import concerns
    from lab.check.only import Only
    from lab.check.run import run_checks
    from lab.check.symmetry import KIND as SYMMETRY
    from lab.control import health
    from lab.control.record import from_document, our_version
    from lab.control.sources import sources

    record = from_document(running.document)
    value = record.applied
    wanted, asks = fitting(value, own_checks(circuit_file_of(running), asked.files))
    unwise = (*concerns(value.spec, value.topology, value.sessions, record.attacher), *_changed(running))
    only = Only(asked.only)
    known = [(e.id, e.kind) for e in wanted] + [(ask.id, ask.kind) for ask in asks]
    known += [(id_of(running.lab, node, name), KIND) for node, names in record.daemons.items() for name in names]
    only.refuse_unknown([*known, *((kind, kind) for kind in (SYMMETRY, *(kind for kind, _ in unwise)))])
    mine = tuple(ask for ask in asks if only.wants(ask.id, ask.kind))
    if mine:
        from lab.check.own.run import OwnChecks
    running.enter()
    lost = running.world.lost
    if lost:
        raise NotAsItShould(f"{running.lab}: {' '.join(lost)}: stopped or restarted since", next="mseelab up")
    report = run_checks(
        running.lab,
        running.world.nodes,
        wanted,
        unwise,
        timeout=asked.timeout,
        patient=asked.patient,
        own=sources(value),
        started=started,
        progress=progress,
        asked=OwnChecks(mine, running, record) if mine else None,
        only=only,
        record=record,
        look=partial(health.look, running.world, record.daemons),
        daemons=record.daemons,
    )
    facts = {"mseelab": our_version(), "engine": record.engine, "topology": value.topology.name,
             "VLAN tags": record.attacher}
    own_files = not record.shipped and not record.by_hand
    folder = str(Path(running.document["file"]).parent) if own_files else ""
    return replace(report, facts={**facts, **report.facts}, folder=folder)


def _changed(running: Any) -> list[tuple[str, str]]:
    """A warning where the lab is not what its files say now: everything else is judged by what was applied."""
    names = [Path(name).name for name in running.changed_files()]
    if not names:
        return []
    have = "has" if len(names) == 1 else "have"
    said = f"{' '.join(names)} {have} changed since the last apply and counts as it was then"
    return [("files", f"{said}: mseelab plan shows what differs")]


def _running(target: str | None, lab: str | None) -> Any:
    """The running lab that is meant, None where one has to be started for this check."""
    from lab.control.running import all_damaged, all_running, find

    if lab is not None:
        return find(lab)
    labs = {running.lab: running for running in all_running()}
    if target is not None:
        from lab.files.load import load

        return labs.get(load(target, Path.cwd(), fallback=False, lint=False).spec.lab)
    if labs:
        here = [r for r in labs.values() if Path(r.document["file"]).parent == Path.cwd() and not r.document["shipped"]]
        if here or not _file_here():
            return find(None)
    if not _file_here():
        for _, damaged in all_damaged():
            raise damaged
        nothing = "nothing to check: no circuit.yml in this folder and no lab runs"
        raise Impossible(nothing, next="mseelab init, or mseelab up")
    return None


def _file_here() -> bool:
    return any((Path.cwd() / f"circuit.{end}").exists() for end in ("yml", "yaml", "json"))


def _refuse_unfit(target: str | None, asked: Asked) -> None:
    """Raises Impossible and Mistakes, before a lab is built, for checks that would be refused when it runs."""
    from lab.check.daemons import KIND
    from lab.check.expect import CONCERNS
    from lab.check.only import Only

    found = listing(target, None, asked.files, ())
    known = [(str(entry["id"]), str(entry["kind"])) for entry in found]
    # Of daemons and patterns only the lab itself can say.
    named = tuple(name for name in asked.only if f"/{KIND}/" not in name and "*" not in name)
    Only(named).refuse_unknown([*known, *((kind, kind) for kind in (KIND, *CONCERNS))])


def _forget(target: str | None) -> None:
    """Takes down the lab that was being built for this check, where it stands already."""
    from lab.control.down import down
    from lab.control.running import all_running
    from lab.files.load import load

    name = load(target, Path.cwd(), fallback=False, lint=False, keys=False).spec.lab
    if any(running.lab == name for running in all_running()):
        down(name, Path.cwd())


def _own_lab(
    target: str | None, start: Callable[[], str], asked: Asked, keep: bool, progress: Progress, started: float
) -> Report:
    """Starts a lab, checks it and takes it down, each in a process of its own: this one stays outside the world."""
    from lab.control.down import down
    from lab.control.running import find, in_child

    try:
        name = in_child(start)
    except (BrokenPipeError, KeyboardInterrupt):
        # It may have come so far that it would go on without us.
        if not keep:
            _forget(target)
        raise
    try:
        answer = in_child(lambda: _as_record(inside(find(name), asked, progress, started)))
    finally:
        if not keep:
            down(name, Path.cwd())
    results = tuple(CheckResult(**result) for result in answer["results"])
    return Report(**answer | {"results": results, "seconds": time.monotonic() - started})


def _up(target: str | None, engine: str | None, trust: bool, progress: Progress, patient: bool) -> str:
    from lab.cli.verdict import Lasting
    from lab.control.up import up

    hopeless = None if patient else Lasting()
    started = up(
        target, Path.cwd(), progress=progress, engine=engine, fallback=False, trust=trust, hopeless=hopeless
    )
    return started.record.lab


def _as_record(report: Report) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(report)

"""`mseelab diagnose`: why a session is not up, bottom layer first. Changes nothing."""

from __future__ import annotations

from typing import Any

import click

from lab.cli.output import emit, lab_option, output_option
from lab.errors import Impossible, NotAsItShould

PEERINGS = ("AzurePrivatePeering", "MicrosoftPeering")


@click.command()
@click.argument("words", metavar="[SESSION]", nargs=-1)
@output_option("wide")
@lab_option
@click.option("--circuit", metavar="NAME", help="Sessions of this circuit alone.")
@click.option("--peering", type=click.Choice(PEERINGS), help="Sessions of this peering alone.")
@click.option("--path", type=click.Choice(["primary", "secondary"]), help="Sessions of this path alone.")
@click.option("--family", type=click.Choice(["ipv4", "ipv6"]), help="Sessions of this family alone.")
def diagnose(
    words: tuple[str, ...], output: str, lab: str | None, circuit: str | None, peering: str | None, path: str | None,
    family: str | None,
) -> int:
    """What is wrong with a session, with evidence and the next step. Exit 1 with a verdict.

    SESSION are words of its name, in any order: a circuit, a peering, a path, a family.
    """
    from lab.cli.faults import lift_left_faults
    from lab.cli.progress import chosen as progress
    from lab.control import health
    from lab.control.record import from_document
    from lab.control.running import find
    from lab.diagnose.diagnose import diagnose as explain
    from lab.diagnose.report import as_object, report_lines
    from lab.diagnose.subjects import subjects

    (running,) = lift_left_faults([find(lab)], progress(quiet=output not in ("table", "wide")))
    record = from_document(running.document)
    every = [subject.session for subject in subjects(record.applied, record.attacher)]
    if not every:
        raise Impossible(f"nothing to diagnose: {running.lab} has no session", next="mseelab status")
    asked = [word for word in (*words, circuit, peering, path, family) if word is not None]
    sessions = chosen(every, asked)
    running.enter()
    lost = running.world.lost
    if lost:
        raise NotAsItShould(f"{running.lab}: {' '.join(lost)}: stopped or restarted since", next="mseelab up")
    sick = health.look(running.world, record.daemons)
    found = explain(record, running.world.nodes, sessions, sick=sick)
    wide = output == "wide"
    emit(
        as_object(running.lab, found), "table" if wide else output,
        lambda: "\n".join(report_lines(running.lab, found, wide=wide)),
    )
    return 0 if all(each.healthy for each in found) else 1


def chosen(sessions: list[Any], words: list[str]) -> list[Any]:
    """The sessions that all `words` name. Raises Impossible for a word that names none, and where none is left."""
    for word in words:
        known = dict.fromkeys(name for session in sessions for name in _names(session))
        if word not in known:
            raise Impossible(f"no session has {word} in its name", next=f"words: {' '.join(known)}")
    found = [session for session in sessions if set(words) <= set(_names(session))]
    if not found:
        raise Impossible(f"no session is {' '.join(words)}", next="mseelab status")
    return found


def _names(session: Any) -> tuple[str, str, str, str]:
    return session.circuit, session.peering, session.path, session.family

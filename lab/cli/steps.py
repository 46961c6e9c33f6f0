"""What the workflow verbs share: options, taking a step on the lab that is meant, and how its outcome is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lab.cli.output import emit, lab_option, output_option, seconds_text

if TYPE_CHECKING:
    from lab.circuit.models import Circuit, Peering, Spec
    from lab.control.observe import SessionView
    from lab.control.running import Running
    from lab.control.workflow import Step, Stepped

Command = TypeVar("Command", bound=Callable[..., object])
LABEL = 13
KEY = 8
LISTED = 4
STATE_LABEL = "ServiceProviderProvisioningState"
PREFIXES_LABEL = "AdvertisedPublicPrefixesState"


def step_options(command: Command) -> Command:
    """`--lab`, `-o`: what every step has."""
    return output_option()(lab_option(command))


def circuit_option(command: Command) -> Command:
    return click.option("--circuit", "--circuit-name", "circuit", metavar="NAME",
                        help="Which circuit, where there are several.")(command)


@dataclass(frozen=True)
class Outcome:
    """A step that was taken, with what `-o json` prints of it and the lines of the table form."""

    stepped: Stepped
    value: Any
    lines: Sequence[str]


def perform(
    step: Step, lab: str | None, circuit: str | None, output: str, told: Callable[[Stepped], Outcome],
    *, running: Running | None = None, circuits: Callable[[Spec], Collection[str]] | None = None,
) -> int:
    """Takes the step on the lab that is meant, prints its outcome, and returns the exit code.

    The sessions of `circuit` are waited for, or of the only one there is; with `circuits` those that it names.
    """
    from lab.control.progress import Quiet
    from lab.control.workflow import lab_of, take

    def after(spec: Spec) -> Collection[str]:
        names = [c.name for c in spec.circuits]
        if circuit is not None:
            return [circuit] if circuit in names else []
        return names if len(names) == 1 else []

    meant = running or lab_of(lab, circuit, Path.cwd())
    stepped = take(meant, step, progress=Quiet(), circuits=circuits or after)
    outcome = told(stepped)
    emit(outcome.value, output, lambda: "\n".join([*outcome.lines, *_missing(stepped)]))
    sys.stdout.flush()
    return 0 if stepped.ok else 1


def row(label: str, text: str) -> str:
    return f"  {label:<{LABEL}}{text}"


def states(circuit: Circuit) -> str:
    return f"  {STATE_LABEL} : {circuit.provider_state:<18} Status : {circuit.circuit_state}"


def short(key: str) -> str:
    """The first letters of a service key: enough to name it by."""
    return key[:KEY]


def of_peering(stepped: Stepped, type_: str) -> list[SessionView]:
    return [view for view in stepped.views if view.session.peering == type_]


def sessions_text(views: Sequence[SessionView], seconds: float) -> str:
    """`2 of 2 Established in 1.3 s`."""
    up = sum(view.established for view in views)
    return f"{up} of {len(views)} Established in {seconds_text(seconds)}"


def prefixes_text(spec: Spec, circuit: Circuit, peering: Peering, views: Sequence[SessionView]) -> str:
    """`from CE 1, to CE 0: no VNet is linked; next mseelab connection create`: each prefix counted once."""
    got, sent = _counted(views, "from_ce"), _counted(views, "to_ce")
    return f"from CE {got}, to CE {sent}{_why(spec, circuit, peering, sent)}"


def _counted(views: Sequence[SessionView], field: str) -> int:
    families = {view.session.family for view in views}
    return sum(max(getattr(v, field) or 0 for v in views if v.session.family == f) for f in families)


def _why(spec: Spec, circuit: Circuit, peering: Peering, sent: int) -> str:
    from lab.circuit.models import AZURE_ASN, PRIVATE

    if peering.type == PRIVATE and not circuit.connections:
        return ": no VNet is linked; next mseelab connection create"
    if peering.type != PRIVATE and not peering.route_filters:
        return ": no route filter is attached"
    if peering.type == PRIVATE and sent:
        spaces = [str(p) for name in circuit.vnets for p in spec.vnet(name).prefixes]
        if len(spaces) <= LISTED:
            return f": {' '.join(spaces)}, AS path {AZURE_ASN}"
    return ""


def _missing(stepped: Stepped) -> list[str]:
    if stepped.ok:
        return []
    return [*(row("why", sentence) for sentence in stepped.converged.missing), row("next", "mseelab check")]

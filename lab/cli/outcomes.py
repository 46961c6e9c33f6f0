"""What a peering says after a step: its state, what Microsoft has validated, its sessions and their prefixes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.circuit.models import (
    AZURE_ASN,
    MICROSOFT,
    Circuit,
    MicrosoftConfig,
    Peering,
    PeeringType,
    PublicPrefix,
    Spec,
)
from lab.circuit.validation import NO_REGISTRY, is_private
from lab.cli.steps import PREFIXES_LABEL, Outcome, of_peering, prefixes_text, row, sessions_text
from lab.control.observe import SessionView
from lab.control.workflow import Stepped, circuit_of
from lab.files.document import peering_document


def peering_object(peering: Peering) -> dict[str, Any]:
    """The peering as Azure prints it: the key is null, whatever it is."""
    return {**peering_document(peering), "azureASN": AZURE_ASN, "sharedKey": None}


def put_outcome(stepped: Stepped, circuit: str | None, type_: PeeringType) -> Outcome:
    """After `peering create` and `peering update`."""
    spec = stepped.after.applied.spec
    made = circuit_of(spec, circuit)
    peering = made.peering(type_)
    assert peering is not None  # the step has put it there
    views = of_peering(stepped, type_)
    lines = [
        *peering_lines(peering),
        *_session_lines(stepped, spec, made, peering, views),
        *_next(made, peering),
    ]
    was = next((c.peering(type_) for c in stepped.before.applied.spec.circuits if c.name == made.name), None)
    if was is not None and was.modified_by != peering.modified_by:
        lines.append(row("!", f"ER112: it was the {was.modified_by.lower()}'s; this has overwritten it"))
    return Outcome(stepped, peering_object(peering), lines)


def decided_outcome(stepped: Stepped, circuit: str | None) -> Outcome:
    """After Microsoft has decided on prefixes."""
    spec = stepped.after.applied.spec
    made = circuit_of(spec, circuit)
    peering = made.peering(MICROSOFT)
    assert peering is not None  # the step refuses a circuit without
    views = of_peering(stepped, MICROSOFT)
    lines = list(_validation(peering))
    if any(view.session.enabled for view in views):
        told = prefixes_text(spec, made, peering, views)
        lines.append(row("sessions", f"{sessions_text(views, stepped.seconds)}; {told}"))
    else:
        lines += [row("sessions", _why_none(peering, views)), *_next(made, peering)]
    return Outcome(stepped, peering_object(peering), lines)


def peering_lines(peering: Peering) -> list[str]:
    """State, AS and, on Microsoft peering, what is validated."""
    state = "Enabled" if peering.enabled else "Disabled"
    by = "" if peering.modified_by == "Customer" else f", lastModifiedBy {peering.modified_by}"
    return [f"{peering.type}   state {state}, azureASN {AZURE_ASN}{by}", *_validation(peering)]


def _validation(peering: Peering) -> Iterator[str]:
    reasons: dict[str, None] = {}
    for _, config in peering.microsoft:
        listed = ", ".join(f"{p.network} {p.state}" for p in config.prefixes)
        yield f"  {PREFIXES_LABEL} : {config.state:<21} {listed}"
        for prefix in config.prefixes:
            reason = _why_not(peering, config, prefix)
            if reason:
                reasons[reason] = None
    for reason in reasons:
        yield row("why", reason)


def _next(circuit: Circuit, peering: Peering) -> Iterator[str]:
    if any(config.state != "Configured" for _, config in peering.microsoft):
        verb = f"mseelab microsoft approve-prefixes {circuit.name}"
        yield row("next", f"{verb}   (in life: a support ticket with proof)")


def _why_not(peering: Peering, config: MicrosoftConfig, prefix: PublicPrefix) -> str:
    if prefix.state == "AsnValidationFailed":
        return f"ER303: {config.registry} names another AS as the origin of {prefix.network}"
    if prefix.state == "ValidationFailed":
        return f"ER303: Microsoft has refused {prefix.network}"
    if prefix.state != "ManualValidationNeeded":
        return ""
    if is_private(config.customer_asn or peering.peer_asn):
        asn = f"customerASN {config.customer_asn}" if config.customer_asn else f"peerASN {peering.peer_asn}"
        return f"ER305: {asn} is private; no registry can say that it owns the prefix"
    if config.registry == NO_REGISTRY:
        return "ER303: no routing registry is named (--routing-registry-name)"
    return f"ER303: {config.registry} knows nothing of {prefix.network}"


def _session_lines(
    stepped: Stepped, spec: Spec, circuit: Circuit, peering: Peering, views: list[SessionView]
) -> Iterator[str]:
    if not any(view.session.enabled for view in views):
        yield row("sessions", _why_none(peering, views))
        return
    yield row("sessions", f"{sessions_text(views, stepped.seconds)} ({_edges(spec, views)})")
    yield row("prefixes", prefixes_text(spec, circuit, peering, views))


def _edges(spec: Spec, views: list[SessionView]) -> str:
    edges = {edge.name: edge for edge in spec.customer_edges}
    names = list(dict.fromkeys(view.session.ce for view in views))
    own = [name for name in names if edges[name].config or edges[name].kind == "external"]
    if own:
        return f"{' and '.join(own)} {'has its' if len(own) == 1 else 'have their'} own configuration"
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} generated: configured to match"


def _why_none(peering: Peering, views: list[SessionView]) -> str:
    if not views:
        return "none: no CE is cabled for this circuit"
    if not peering.enabled:
        return f"0 of {len(views)}: the peering is Disabled; its configuration is kept"
    sessions = [view.session for view in views]
    if dark := dict.fromkeys(s.why for s in sessions if s.why and peering.validated(s.family)):
        return f"0 of {len(views)}: {' and '.join(dark)} (mseelab port enable)"
    return f"0 of {len(views)}: not enabled before the prefixes are Configured"

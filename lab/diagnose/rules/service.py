"""What keeps a session down by design: the states of the service plane, where the wire agrees with the record."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import Evidence
from lab.diagnose.rules.base import Rule, Verdict


def not_provisioned(e: Evidence) -> Iterator[Verdict]:
    subject, session = e.subject, e.session
    if subject.provisioned or e.msee.face is not None:
        return
    states = f"Status {subject.circuit_state}, ServiceProviderProvisioningState {subject.provider_state}"
    yield Verdict(
        "NOT-PROVISIONED",
        f"{session.circuit} has no layer 2 yet: {states}",
        (f"{session.msee} has no sub-interface for the peering: ARP and ND of a CE stay unanswered",),
        f"mseelab provider provision {session.circuit}",
    )


def held_down(e: Evidence) -> Iterator[Verdict]:
    subject, session = e.subject, e.session
    neighbor = e.msee.bgp.neighbor if e.msee.bgp else None
    if e.established or not session.ce:
        return
    if subject.prefixes_state and neighbor is None:
        yield Verdict(
            "VALIDATION-NEEDED",
            f"the public prefixes are {subject.prefixes_state}: the session is enabled once all are Configured",
            (f"{session.msee} has no neighbor {session.ce_address}",),
            f"mseelab microsoft approve-prefixes {session.circuit}",
        )
    elif not subject.peering_enabled and (neighbor is None or neighbor.administratively_down):
        yield Verdict(
            "PEERING-DISABLED",
            f"the state of {session.peering} is Disabled",
            (f"{session.msee} holds neighbor {session.ce_address} shut down (Cease/Administrative Shutdown)",),
            f"mseelab peering update --name {session.peering} --state Enabled",
        )


PROVISIONED = Rule("vlan", not_provisioned)
ENABLED = Rule("open", held_down)

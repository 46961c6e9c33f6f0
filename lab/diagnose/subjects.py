"""Which sessions there are to explain: those of the lab's record, and those that its files ask for and cannot have yet.

A circuit that is not provisioned has no sessions; a path without a CE has none either. Both are what somebody who asks
«why is it not up» may mean, so each gets a subject like any other. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.circuit.models import FAMILIES, MICROSOFT, PATHS, Circuit, CustomerEdge, Peering, Session, Spec
from lab.control.record import Applied
from lab.diagnose.evidence import Subject, Tags
from lab.role import expect, layout


def subjects(value: Applied, attacher: str) -> tuple[Subject, ...]:
    """Every session that the applied files ask for, whatever its state, in their order; `attacher` made the tags."""
    spec, topology, slots = value.spec, value.topology, value.slots
    edges = {edge.name: edge for edge in spec.customer_edges}
    known = {(s.circuit, s.peering, s.path, s.family): s for s in value.sessions}
    asked = layout.sessions(_as_if_provisioned(spec), topology, slots)
    every = [known.get((s.circuit, s.peering, s.path, s.family), s) for s in asked]
    found = [_subject(value, edges[session.ce], session, attacher) for session in every]
    return tuple(sorted([*found, *_without_ce(value)], key=lambda subject: _order(spec, subject.session)))


def _as_if_provisioned(spec: Spec) -> Spec:
    circuits = tuple(replace(c, circuit_state="Enabled", provider_state="Provisioned") for c in spec.circuits)
    return replace(spec, circuits=circuits)


def _order(spec: Spec, session: Session) -> tuple[int, int, int, int]:
    names = [circuit.name for circuit in spec.circuits]
    at = names.index(session.circuit)
    peerings = [peering.type for peering in spec.circuits[at].peerings]
    return at, peerings.index(session.peering), PATHS.index(session.path), FAMILIES.index(session.family)


def _subject(value: Applied, edge: CustomerEdge, session: Session, attacher: str) -> Subject:
    spec = value.spec
    circuit = spec.circuit(session.circuit)
    peering = _peering(circuit, session)
    cable = value.topology.ce_port(edge.name, session.path)
    subnet = peering.subnet(session.path, session.family)
    config = peering.microsoft_config(session.family)
    provisioned = circuit.provisioned
    return Subject(
        session,
        _tags(spec, circuit, peering, edge),
        cable[0].interface if cable else "",
        cable[1].interface if cable else "",
        subnet.prefixlen if subnet else 0,
        peering.peer_asn,
        inspected=edge.kind != "external",
        frr=edge.kind in (None, "frr"),
        ce_listens=edge.kind != "exabgp",
        tags_on_wire=attacher != "switch",
        circuit_state=circuit.circuit_state,
        provider_state=circuit.provider_state,
        peering_enabled=peering.enabled,
        prefixes_state="" if peering.validated(session.family) else config.state if config else "not declared",
        beyond=_beyond(spec, circuit, peering, session),
        from_ce=len(expect.from_ce(spec, session)) if provisioned else 0,
        to_ce=len(expect.to_ce(spec, session)) if provisioned else 0,
        arms_bfd=edge.kind in (None, "frr") and edge.config is None,
    )


def _tags(spec: Spec, circuit: Circuit, peering: Peering, edge: CustomerEdge) -> Tags:
    if spec.handoff(edge) == "qinq" and circuit.stag is not None:
        return circuit.stag, peering.vlan_id
    return (peering.vlan_id,)


def _beyond(spec: Spec, circuit: Circuit, peering: Peering, session: Session) -> tuple[str, ...]:
    if peering.type == MICROSOFT:
        name = peering.route_filter(session.family)
        return (name,) if name else ()
    return tuple(name for name in circuit.vnets if session.family in spec.vnet(name).families)


def _without_ce(value: Applied) -> Iterator[Subject]:
    """The sessions of paths that no CE is cabled to; none where no path of the circuit has one."""
    spec, topology, slots = value.spec, value.topology, value.slots
    for circuit in spec.circuits:
        bare = [path for path in PATHS if layout.handoff(spec, topology, circuit, path) is None]
        if len(bare) == len(PATHS):
            continue
        for peering in circuit.peerings:
            for path, family, subnet in peering.subnets:
                if path in bare:
                    session = Session(
                        circuit.name, peering.type, path, family, topology.msee(path).name,
                        layout.vrf_of(slots, circuit, peering), subnet.msee, "", subnet.ce, enabled=False,
                    )
                    yield Subject(
                        session, (peering.vlan_id,), "", "", subnet.prefixlen, peering.peer_asn,
                        inspected=False, frr=False, circuit_state=circuit.circuit_state,
                        provider_state=circuit.provider_state, peering_enabled=peering.enabled,
                    )


def _peering(circuit: Circuit, session: Session) -> Peering:
    return next(p for p in circuit.peerings if p.type == session.peering)

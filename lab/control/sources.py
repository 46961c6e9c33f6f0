"""The CEs' own files and what each session needs of them: for whoever asks which line is to blame. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bgp.frr.userfile.blame import Needs
from bgp.frr.userfile.reader import UserFile, read
from lab.circuit.models import AZURE_ASN, Network, Session
from lab.control.record import Applied
from lab.role import expect
from lab.role.msee import tagged_name


@dataclass(frozen=True)
class Source:
    """A CE's own FRR file: its name as the circuit file has it, its text, and what each of its sessions needs of it:
    its ends and key, the prefixes that it has to send and to take."""

    name: str
    text: str
    needs: Mapping[Session, Needs]
    sends: Mapping[Session, tuple[Network, ...]] = field(default_factory=dict)
    takes: Mapping[Session, tuple[Network, ...]] = field(default_factory=dict)

    @cached_property
    def file(self) -> UserFile:
        return read(self.text)

    def place(self, line: int) -> str:
        """`ce2.conf:14`."""
        return f"{self.name}:{line}"


Sources = Mapping[str, Source]
"""By CE."""


def sources(applied: Applied) -> dict[str, Source]:
    """The own files of a lab."""
    edges = {edge.name: edge for edge in applied.spec.customer_edges}
    return {ce: _source(applied, ce, edges[ce].config or own.file) for ce, own in applied.own.items() if ce in edges}


def _source(applied: Applied, ce: str, name: str) -> Source:
    mine = [session for session in applied.sessions if session.ce == ce]
    return Source(
        name,
        applied.own[ce].text,
        {session: _needs(applied, session) for session in mine},
        {session: expect.from_ce(applied.spec, session) for session in mine},
        {session: expect.to_ce(applied.spec, session) for session in mine},
    )


def _needs(applied: Applied, session: Session) -> Needs:
    spec = applied.spec
    circuit, edge = spec.circuit(session.circuit), next(e for e in spec.customer_edges if e.name == session.ce)
    peering = next(p for p in circuit.peerings if p.type == session.peering)
    subnet = peering.subnet(session.path, session.family)
    cable = applied.topology.ce_port(session.ce, session.path)
    shared = peering.shared_key
    stag = circuit.stag if spec.handoff(edge) == "qinq" else None
    return Needs(
        session.msee_address, session.ce_address, subnet.prefixlen if subnet else 0, session.family,
        tagged_name(cable[0].interface, peering.vlan_id, stag) if cable else "", AZURE_ASN, peering.peer_asn,
        key=shared.name if shared is not None and shared.source == "env" else None, signed=shared is not None,
    )

"""What a lab promises, as values: the checks that follow from its files. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from bgp.speaker import WITH_BFD
from lab.circuit.models import MICROSOFT, CustomerEdge, Family, Peering, Session, Spec
from lab.role import expect as role_expect
from lab.role.expect import Leg
from lab.role.gateways import Behind, behind
from lab.role.msee import tagged_name
from lab.role.slots import Slots
from lab.topology import PATHS, Topology

Kind = Literal["sessions", "from-ce", "to-ce", "reach"]
KINDS: tuple[Kind, ...] = ("sessions", "from-ce", "to-ce", "reach")
MAX_HOLD_SECONDS = 180


@dataclass(frozen=True)
class Expectation:
    """One check.

    `session` is set but for reach, which has `beyond`, `target` and `legs` instead. `prefixes` are text. `peer_asn` is
    the AS that the CE has to have. `bfd` is whether the CE is known to arm BFD, `generated` whether the lab writes its
    configuration, `ce_interface` the sub-interface that the peering's tag asks of it (`eth1.100`). `behind` are the
    gateways at which the CE's prefixes have to arrive. `source` is where in
    the files the expectation comes from (`circuit.yml:32`), `about` what is there.
    """

    kind: Kind
    circuit: str
    family: Family
    session: Session | None = None
    prefixes: tuple[str, ...] = ()
    peer_asn: int = 0
    bfd: bool = False
    ce_interface: str = ""
    generated: bool = True
    beyond: str = ""
    target: str = ""
    legs: tuple[Leg, ...] = ()
    behind: tuple[Behind, ...] = ()
    source: str = ""
    about: str = ""

    @property
    def id(self) -> str:
        """Stable and readable: `er-lab/AzurePrivatePeering/primary/ipv4/from-ce`, `er-lab/hub/ipv4/reach`."""
        if self.session is None:
            return f"{self.circuit}/{self.beyond}/{self.family}/{self.kind}"
        return f"{self.circuit}/{self.session.peering}/{self.session.path}/{self.family}/{self.kind}"

    @property
    def label(self) -> str:
        return self.session.label if self.session is not None else f"{self.beyond} {self.family}"


def expectations(
    spec: Spec, topology: Topology, sessions: tuple[Session, ...], slots: Slots
) -> tuple[Expectation, ...]:
    """Every check that follows from the files, kind by kind: sessions, from-ce, to-ce, reach."""
    edges = {edge.name: edge for edge in spec.customer_edges}
    found = [_session(spec, topology, edges[s.ce], s) for s in sessions]
    enabled = [s for s in sessions if s.enabled]
    told = [s for s in enabled if role_expect.says_from_ce(spec, s)]
    found += [_from_ce(spec, edges[s.ce], s, behind(spec, topology, slots, s)) for s in told]
    found += [_to_ce(spec, edges[s.ce], s) for s in enabled]
    found += _reach(spec, sessions)
    return tuple(found)


CONCERNS = ("redundancy", "state", "vlan")


def concerns(
    spec: Spec, topology: Topology, sessions: tuple[Session, ...], attacher: str
) -> tuple[tuple[str, str], ...]:
    """What is allowed and unwise, as (kind, sentence), a kind of `CONCERNS`: warnings of every check."""
    circuits: dict[str, list[str]] = {}
    for circuit in spec.circuits:
        mine = [s for s in sessions if s.circuit == circuit.name]
        by_path = {path: {s.ce for s in mine if s.path == path} for path in PATHS}
        for ce in sorted(by_path["primary"] & by_path["secondary"]):
            circuits.setdefault(f"one CE router on both paths, {ce}", []).append(circuit.name)
        for path in PATHS:
            if mine and not by_path[path]:
                missing = f"no CE is cabled to the {path} MSEE, {topology.msee(path).name}"
                circuits.setdefault(missing, []).append(circuit.name)
    found = [("redundancy", f"{_some(names)}: {sentence}") for sentence, names in circuits.items()]
    for why in dict.fromkeys(s.why for s in sessions if s.why):
        found.append(("state", _held_down(why, [s for s in sessions if s.why == why])))
    if attacher == "switch":
        found.append(("vlan", "VLAN tags only modelled: no tag is on the wire (attacher switch)"))
    return tuple(found)


def _held_down(why: str, sessions: list[Session]) -> str:
    """`er-prod er-test: link1 is Disabled, 3 sessions on the primary path expected to be down`."""
    names = list(dict.fromkeys(s.circuit for s in sessions))
    paths = {s.path for s in sessions}
    where = f" on the {sessions[0].path} path" if len(paths) == 1 else ""
    return f"{_some(names)}: {why}, {len(sessions)} session{'s'[: len(sessions) != 1]}{where} expected to be down"


def _some(names: list[str]) -> str:
    return " ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more circuits"


def _session(spec: Spec, topology: Topology, edge: CustomerEdge, session: Session) -> Expectation:
    circuit = spec.circuit(session.circuit)
    peering = _peering(spec, session)
    cable = topology.ce_port(edge.name, session.path)
    stag = circuit.stag if spec.handoff(edge) == "qinq" else None
    interface = tagged_name(cable[0].interface, peering.vlan_id, stag) if cable else ""
    return Expectation(
        "sessions", session.circuit, session.family, session, peer_asn=peering.peer_asn, bfd=_arms_bfd(edge),
        ce_interface=interface, generated=_generated(edge),
        source=_source(spec, f"circuits.{session.circuit}.{session.peering}", session.peering), about=session.peering,
    )


def _from_ce(spec: Spec, edge: CustomerEdge, session: Session, gateways: tuple[Behind, ...]) -> Expectation:
    listed = f"customerEdges.{edge.name}.advertise"
    keys: tuple[str, ...] = (f"{listed}.{session.path}", listed, f"customerEdges.{edge.name}")
    about = f"{edge.name} advertise" if edge.advertise else f"{edge.name} without advertise"
    if session.peering == MICROSOFT:
        peering = f"circuits.{session.circuit}.{MICROSOFT}"
        config = f"{peering}.{_under(session.family)}microsoftPeeringConfig"
        keys, about = (f"{config}.advertisedPublicPrefixes", peering), "declared prefixes"
    return Expectation(
        "from-ce", session.circuit, session.family, session,
        tuple(str(p) for p in role_expect.from_ce(spec, session)), _peer_asn(spec, session), generated=_generated(edge),
        behind=gateways, source=_source(spec, *keys), about=about,
    )


def _to_ce(spec: Spec, edge: CustomerEdge, session: Session) -> Expectation:
    names = spec.circuit(session.circuit).vnets
    first = names[0] if names else ""
    keys = (f"virtualNetworks.{first}.addressSpace", f"virtualNetworks.{first}")
    about = f"address spaces of {' '.join(names)}" if names else "no connection"
    if session.peering == MICROSOFT:
        peering = f"circuits.{session.circuit}.{MICROSOFT}"
        keys = (f"{peering}.{_under(session.family)}routeFilter", peering)
        name = _peering(spec, session).route_filter(session.family)
        about = f"route filter {name}" if name else "no route filter"
    return Expectation(
        "to-ce", session.circuit, session.family, session,
        tuple(str(p) for p in role_expect.to_ce(spec, session)), _peer_asn(spec, session), generated=_generated(edge),
        source=_source(spec, *keys), about=about,
    )


def _reach(spec: Spec, sessions: tuple[Session, ...]) -> list[Expectation]:
    """One check a circuit, VNet (or Microsoft peering) and family, over every path there is."""
    grouped: dict[tuple[str, str, Family, str], list[Leg]] = {}
    for leg in role_expect.legs(spec, sessions):
        grouped.setdefault((leg.circuit, leg.beyond, leg.family, leg.target), []).append(leg)
    return [
        Expectation(
            "reach", circuit, family, beyond=beyond, target=target, legs=tuple(legs),
            source=_source(spec, _line_of(circuit, legs[0])), about=legs[0].place,
        )
        for (circuit, beyond, family, target), legs in grouped.items()
    ]


def _line_of(circuit: str, leg: Leg) -> str:
    if leg.peering == MICROSOFT:
        return f"circuits.{circuit}.{MICROSOFT}.{_under(leg.family)}routeFilter"
    return f"virtualNetworks.{leg.beyond}"


def _under(family: Family) -> str:
    return "ipv6PeeringConfig." if family == "ipv6" else ""


def _generated(edge: CustomerEdge) -> bool:
    return edge.kind in (None, "frr") and edge.config is None


def _arms_bfd(edge: CustomerEdge) -> bool:
    return _generated(edge) or edge.kind in WITH_BFD


def _peering(spec: Spec, session: Session) -> Peering:
    return next(p for p in spec.circuit(session.circuit).peerings if p.type == session.peering)


def _peer_asn(spec: Spec, session: Session) -> int:
    return _peering(spec, session).peer_asn


def _source(spec: Spec, *keys: str) -> str:
    """`circuit.yml:32` of the first key that the file has; the file alone for what was left out of it."""
    name = PurePath(spec.file).name
    line = next((spec.lines[key] for key in keys if key in spec.lines), None)
    return f"{name}:{line}" if line else name

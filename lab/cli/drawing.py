"""The circuit as a drawing: what `up` leaves on the screen."""

from __future__ import annotations

from lab.circuit.models import (
    AZURE_ASN,
    FAMILIES,
    GATEWAY_ASN,
    PRIVATE,
    Circuit,
    CustomerEdge,
    Peering,
    PrefixRange,
    Spec,
)
from lab.role import public
from lab.topology import PATHS, Path, Topology

BRANCH = 21
LABEL = 12
AFTER_ASN = 8
WIDTH = 100
DRAWN = 2


def drawing(spec: Spec, topology: Topology, *, shipped: bool) -> str:
    """The circuits (two at most; of more a sentence), then the verbs that come next."""
    parts = [part for circuit in spec.circuits[:DRAWN] for part in _circuit(spec, topology, circuit)]
    more = len(spec.circuits) - DRAWN
    if more > 0:
        parts.append([f"  and {more} more circuit{'' if more == 1 else 's'}: mseelab status"])
    lines = [line[:WIDTH].rstrip() for part in parts for line in part]
    return "\n".join([*lines, *_next_verbs(spec, shipped)])


def _circuit(spec: Spec, topology: Topology, circuit: Circuit) -> list[list[str]]:
    if not circuit.peerings:
        return [[f"  {circuit.name}: no peering"]]
    return [_peering(spec, topology, circuit, peering) for peering in circuit.peerings]


def _peering(spec: Spec, topology: Topology, circuit: Circuit, peering: Peering) -> list[str]:
    edges = {path: _edge(spec, topology, circuit, path) for path in PATHS}
    above, middle, below = _left(spec, circuit, peering, edges)
    links = {path: _subnets(peering, path) for path in PATHS}
    room = max(map(len, links.values()))
    msees = {path: f" ─ {topology.msee(path).name} ─" for path in PATHS}
    wide = max(map(len, msees.values()))
    inner = max(LABEL + room + wide, LABEL + len(f"VLAN {peering.vlan_id}  AS {AZURE_ASN}") + AFTER_ASN)
    room += inner - (LABEL + room + wide)
    rows = {path: f"─ {path:<{LABEL - 2}}{links[path]:<{room}}{msees[path]:─<{wide}}" for path in PATHS}
    tag = f"{' ' * LABEL}VLAN {peering.vlan_id}"
    asn = f"AS {AZURE_ASN}{' ' * AFTER_ASN}"
    split = edges["primary"] is edges["secondary"]
    first, second, third = ("┌", "┤", "└") if split else ("─", " ", "─")
    vnets, gateways = _right(circuit, peering)
    return [
        f"{above}{first}{rows['primary']}┐",
        f"{middle}{second}{tag}{asn.rjust(inner - len(tag))}├── {vnets}",
        f"{below}{third}{rows['secondary']}┘   {gateways}",
    ]


def _left(
    spec: Spec, circuit: Circuit, peering: Peering, edges: dict[Path, CustomerEdge | None]
) -> tuple[str, str, str]:
    """The customer's side of the three rows, all of one width."""
    first, second = edges["primary"], edges["secondary"]
    names = [f"  {edge.name} AS {peering.peer_asn} " if edge else "  no CE " for edge in (first, second)]
    sends = [f"  {_first_prefix(spec, circuit, peering, edge)} " if edge else "" for edge in (first, second)]
    width = max(BRANCH, *(len(text) + 2 for text in names), *(map(len, sends)))
    if first is second:
        return " " * width, f"{names[0]:─<{width}}", f"{sends[0]:<{width}}"
    return f"{names[0]:─<{width}}", f"{sends[0]:<{width}}", f"{names[1]:─<{width}}"


def _edge(spec: Spec, topology: Topology, circuit: Circuit, path: Path) -> CustomerEdge | None:
    return next((ce for ce in spec.ces_of(circuit) if topology.ce_port(ce.name, path)), None)


def _first_prefix(spec: Spec, circuit: Circuit, peering: Peering, edge: CustomerEdge) -> str:
    if peering.type != PRIVATE:
        declared = [p for f in FAMILIES for p in public.declared(spec, circuit.name, f)]
        return str(declared[0]) if declared else "declares nothing"
    if not edge.advertise:
        return "advertises nothing"
    first = edge.advertise[0]
    return f"{first.count:,} prefixes" if isinstance(first, PrefixRange) else str(first)


def _subnets(peering: Peering, path: Path) -> str:
    return " ".join(str(s.network) for family in FAMILIES if (s := peering.subnet(path, family)))


def _right(circuit: Circuit, peering: Peering) -> tuple[str, str]:
    if peering.type != PRIVATE:
        filters = " ".join(dict.fromkeys(name for _, name in peering.route_filters))
        return "Microsoft", filters or "no route filter"
    names = circuit.vnets
    if not names:
        return "no VNet connected", ""
    return f"{'VNet' if len(names) == 1 else 'VNets'} {' '.join(names)}", f"gateways AS {GATEWAY_ASN}"


def _next_verbs(spec: Spec, shipped: bool) -> list[str]:
    name = spec.customer_edges[0].name if spec.customer_edges else "msee1"
    other = ("init", "put this circuit.yml here, edit it") if shipped else ("check", "is everything as the files say?")
    rows = (
        (f"exec {name}", "a router prompt", *other),
        ("status", "sessions, prefixes", "down", "everything gone"),
    )
    return [f"  {f'mseelab {a}':<20}{b:<23}{f'mseelab {c}':<16}{d}" for a, b, c, d in rows]

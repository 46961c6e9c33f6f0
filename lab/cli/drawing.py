"""The circuit as a drawing: what `up` leaves on the screen."""

from __future__ import annotations

from lab.circuit.models import AZURE_ASN, FAMILIES, GATEWAY_ASN, Circuit, CustomerEdge, Peering, PrefixRange, Spec
from lab.topology import PATHS, Path, Topology

BRANCH = 21
LABEL = 12
AFTER_ASN = 8
WIDTH = 100
DRAWN = 2


def drawing(spec: Spec, topology: Topology, *, shipped: bool) -> str:
    """The circuits (two at most; of more a sentence), then the verbs that come next."""
    parts = [_circuit(spec, topology, circuit) for circuit in spec.circuits[:DRAWN]]
    more = len(spec.circuits) - DRAWN
    if more > 0:
        parts.append([f"  and {more} more circuit{'' if more == 1 else 's'}: mseelab status"])
    lines = [line[:WIDTH].rstrip() for part in parts for line in part]
    return "\n".join([*lines, *_next_verbs(spec, shipped)])


def _circuit(spec: Spec, topology: Topology, circuit: Circuit) -> list[str]:
    peering = next((p for p in circuit.peerings if p.type == "AzurePrivatePeering"), None)
    if peering is None:
        return [f"  {circuit.name}: no private peering"]
    edges = {path: _edge(spec, topology, circuit, path) for path in PATHS}
    above, middle, below = _left(peering, edges)
    links = {path: _subnets(peering, path) for path in PATHS}
    room = max(map(len, links.values()))
    msees = {path: f" ─ {topology.msee(path).name} ─" for path in PATHS}
    wide = max(map(len, msees.values()))
    inner = LABEL + room + wide
    rows = {path: f"─ {path:<{LABEL - 2}}{links[path]:<{room}}{msees[path]:─<{wide}}" for path in PATHS}
    tag = f"{' ' * LABEL}VLAN {peering.vlan_id}"
    asn = f"AS {AZURE_ASN}{' ' * AFTER_ASN}"
    split = edges["primary"] is edges["secondary"]
    first, second, third = ("┌", "┤", "└") if split else ("─", " ", "─")
    vnets, gateways = _right(circuit)
    return [
        f"{above}{first}{rows['primary']}┐",
        f"{middle}{second}{tag}{asn.rjust(inner - len(tag))}├── {vnets}",
        f"{below}{third}{rows['secondary']}┘   {gateways}",
    ]


def _left(peering: Peering, edges: dict[Path, CustomerEdge | None]) -> tuple[str, str, str]:
    """The customer's side of the three rows, all of one width."""
    first, second = edges["primary"], edges["secondary"]
    names = [f"  {edge.name} AS {peering.peer_asn} " if edge else "  no CE " for edge in (first, second)]
    sends = [f"  {_first_prefix(edge)} " if edge else "" for edge in (first, second)]
    width = max(BRANCH, *(len(text) + 2 for text in names), *(map(len, sends)))
    if first is second:
        return " " * width, f"{names[0]:─<{width}}", f"{sends[0]:<{width}}"
    return f"{names[0]:─<{width}}", f"{sends[0]:<{width}}", f"{names[1]:─<{width}}"


def _edge(spec: Spec, topology: Topology, circuit: Circuit, path: Path) -> CustomerEdge | None:
    return next((ce for ce in spec.ces_of(circuit) if topology.ce_port(ce.name, path)), None)


def _first_prefix(edge: CustomerEdge) -> str:
    if not edge.advertise:
        return "advertises nothing"
    first = edge.advertise[0]
    return f"{first.count:,} prefixes" if isinstance(first, PrefixRange) else str(first)


def _subnets(peering: Peering, path: Path) -> str:
    return " ".join(str(s.network) for family in FAMILIES if (s := peering.subnet(path, family)))


def _right(circuit: Circuit) -> tuple[str, str]:
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

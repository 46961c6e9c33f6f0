"""ExpressRoute Direct: the port pairs of a file, and which of its circuits are on one."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

from lab.circuit.models import LINKS, Circuit, Encapsulation, PortPair, Spec
from lab.circuit.offers import OVERSUBSCRIPTION, PORT_BANDWIDTHS, booked_gbps
from lab.files.notes import Notes, entry, mappings, number, place, text
from lab.files.tree import Mapping, Scalar, clip

BLOCK = "expressRoutePorts"
GBPS = "bandwidthInGbps"
_REFERENCE = "expressRoutePort"
_PROVIDER = "serviceProviderProperties"
_STATE = "serviceProviderProvisioningState"


def read_ports(root: Mapping, notes: Notes, names: Dictionary[str, Scalar], edges: Sequence[str]) -> list[PortPair]:
    """The port pairs of the file; `names` are the checked places of their names, `edges` the CEs that there are.

    A link whose adminState the file does not give is Enabled, as everything that `up` walks at once.
    """
    found: dict[str, PortPair] = {}
    for node in mappings(root, BLOCK):
        name = text(node, "name")
        if name is None or names.get(name) is not node.entries["name"]:
            continue
        ce = text(node, "customerEdge") or (edges[0] if len(edges) == 1 else None)
        if ce is None:
            notes.say(node, "ER912", "customerEdge", f"missing; the file has {len(edges)} CEs")
            continue
        if ce in found:
            allowed = f"a CE without a port pair ({clip(ce)} has {clip(found[ce].name)})"
            notes.wrong(place(node, "customerEdge"), "ER710", "customerEdge", allowed, found=clip(ce))
            continue
        bandwidth = _gbps(node)
        if bandwidth is not None and bandwidth not in PORT_BANDWIDTHS:
            notes.wrong(place(node, GBPS), "ER702", GBPS, ", ".join(map(str, PORT_BANDWIDTHS)))
        encapsulation: Encapsulation = "QinQ" if text(node, "encapsulation") == "QinQ" else "Dot1Q"
        location = text(node, "peeringLocation") or ""
        found[ce] = PortPair(name, ce, location, bandwidth or 0, encapsulation, _links(node, notes))
        at = f"{BLOCK}.{name}"
        notes.lines[at] = node.line
        for key in ("customerEdge", "peeringLocation", GBPS, "encapsulation", "links"):
            if key in node.entries:
                notes.lines[f"{at}.{key}"] = place(node, key).line
    return list(found.values())


def read_on_port(
    node: Mapping, name: str, ports: Sequence[PortPair], notes: Notes
) -> tuple[str | None, int | None]:
    """The port pair that a circuit is on and its bandwidth in Gbps; (None, None) for a provider's circuit."""
    reference = entry(entry(node, _REFERENCE), "id")
    if not isinstance(reference, Scalar) or not isinstance(reference.value, str):
        if entry(node, GBPS) is not None and entry(node, _REFERENCE) is None:
            notes.say(place(node, GBPS), "ER706", GBPS, f"goes with {_REFERENCE}; a provider's circuit is in Mbps")
        return None, None
    wanted = reference.value.rpartition("/")[2]
    port = next((p for p in ports if p.name == wanted), None)
    if port is None:
        _no_port(reference, wanted, ports, notes)
        return None, None
    if isinstance(provider := entry(node, _PROVIDER), Mapping) and any(entry(provider, k) for k in provider.entries):
        notes.say(place(node, _PROVIDER), "ER706", _PROVIDER, f"a circuit on port pair {wanted} has no provider")
    if text(node, _STATE) not in (None, "Provisioned"):
        notes.wrong(place(node, _STATE), "ER706", _STATE, f"Provisioned, as on port pair {wanted} no provider works")
    gbps = _gbps(node)
    takes = PORT_BANDWIDTHS.get(port.bandwidth_gbps)
    if entry(node, GBPS) is None:
        notes.say(node, "ER912", GBPS, f"missing; port pair {wanted} takes {_listed(takes or ())}")
    elif takes and gbps is not None and gbps not in takes:
        allowed = f"{_listed(takes)} on a port pair of {port.bandwidth_gbps} Gbps"
        notes.wrong(place(node, GBPS), "ER702", GBPS, allowed)
        gbps = None
    if GBPS in node.entries:
        notes.lines[f"circuits.{name}.{GBPS}"] = place(node, GBPS).line
    return port.name, gbps


def check_ports(spec: Spec, notes: Notes) -> None:
    """Rules between port pairs, their circuits and their CEs."""
    for port in spec.ports:
        _sum(spec, port, notes)
        edge = next((e for e in spec.customer_edges if e.name == port.ce), None)
        if edge is None:
            continue
        at = f"customerEdges.{edge.name}"
        if f"{at}.handoff" in notes.lines and edge.handoff != port.handoff:
            allowed = f"{port.handoff}: port pair {port.name} has encapsulation {port.encapsulation}"
            notes.wrong(_at(notes, f"{at}.handoff"), "ER704", "handoff", allowed, found=edge.handoff)
        if edge.circuits:
            message = f"{edge.name} is cabled for the circuits on port pair {port.name}; leave it out"
            notes.say(_at(notes, f"{at}.circuits"), "ER710", "circuits", message)


def _sum(spec: Spec, port: PortPair, notes: Notes) -> None:
    most = OVERSUBSCRIPTION * port.bandwidth_gbps
    on_it = [c for c in spec.circuits if c.port == port.name]
    total = booked_gbps(port.name, on_it)
    if port.bandwidth_gbps not in PORT_BANDWIDTHS or total <= most:
        return
    first = _first_above(on_it, most)
    allowed = f"{most} at most, twice the bandwidth of {port.name}"
    found = f"{total} in all on port pair {port.name}"
    notes.wrong(_at(notes, f"circuits.{first.name}.{GBPS}"), "ER703", GBPS, allowed, found=found)


def _first_above(circuits: Sequence[Circuit], most: int) -> Circuit:
    total = 0
    for circuit in circuits:
        total += circuit.bandwidth_gbps or 0
        if total > most:
            return circuit
    return circuits[-1]


def _links(node: Mapping, notes: Notes) -> tuple[bool, bool]:
    states = dict.fromkeys(LINKS, True)
    given: set[str] = set()
    for item in mappings(node, "links"):
        link = next((each for each in LINKS if each == text(item, "name")), None)
        if link is None:
            continue
        if link in given:
            notes.say(place(item, "name"), "ER102", "links", f"found {link} twice; allowed once")
        given.add(link)
        states[link] = text(item, "adminState") != "Disabled"
    return states["link1"], states["link2"]


def _no_port(reference: Scalar, wanted: str, ports: Sequence[PortPair], notes: Notes) -> None:
    if reference.text.startswith("/subscriptions/") and not ports:
        message = (
            f"the file does not have port pair {clip(wanted)}, so the circuit is taken as a provider's; "
            f"{BLOCK}: takes what az network express-route port show prints"
        )
        notes.say(reference, "ER711", _REFERENCE, message, warning=True)
        return
    allowed = _listed([p.name for p in ports][:8]) or f"none, the file has no {BLOCK}"
    notes.wrong(reference, "ER711", _REFERENCE, allowed, found=clip(wanted))


def _gbps(node: Mapping) -> int | None:
    """Whole Gbps, also where Azure writes 10.0; 0 for a fraction, which no port has. None where there is no number."""
    found = entry(node, GBPS)
    if isinstance(found, Scalar) and isinstance(found.value, float):
        return int(found.value) if found.value.is_integer() else 0
    return number(node, GBPS)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


def _at(notes: Notes, key: str) -> Scalar:
    return Scalar(notes.lines.get(key, 1), 1, "", None)

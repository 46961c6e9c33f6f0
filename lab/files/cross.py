"""Rules between the blocks of one circuit file: overlaps, VLANs shared on a port, limits per VNet and per CE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lab.circuit.communities import OFFICE_365, number_of
from lab.circuit.models import FAMILIES, MICROSOFT, PRIVATE, Family, Network, PrefixRange, Spec, family_of
from lab.files.networks import Placed, listed_lines, overlapping
from lab.files.notes import Notes
from lab.files.peerings import Peerings
from lab.files.tree import Scalar
from lab.files.vnets import GATEWAY_SUBNET, Vnets

MAX_CIRCUITS_PER_VNET = 4


def check_cross(spec: Spec, peerings: dict[str, Peerings], vnets: Vnets, notes: Notes) -> None:
    if _circuits_of_a_vnet(spec, vnets, notes):
        _links_and_vnets(spec, peerings, vnets, notes)
    _links_of_a_ce(spec, peerings, notes)
    _vlans_of_a_ce(spec, peerings, notes)
    _asn_of_a_ce(spec, notes)
    _prefix_limits(spec, notes)
    _dual_stack_gateways(spec, vnets, notes)
    _office_365(spec, notes)
    _kinds_with_microsoft(spec, notes)


def _links_and_vnets(spec: Spec, peerings: dict[str, Peerings], vnets: Vnets, notes: Notes) -> None:
    """Within a circuit: link subnets apart from each other and from the VNets, and the VNets from one another."""
    hit: dict[int, tuple[Placed, list[Scalar]]] = {}
    vnet_pairs: set[tuple[int, int]] = set()
    for circuit in spec.circuits:
        links = peerings[circuit.name].links
        spaces = [p for name in circuit.vnets for p in vnets.prefixes.get(name, ())]
        mine = {id(link.node) for link in links}
        for pair in overlapping([*links, *spaces]):
            a, b = sorted(pair, key=lambda p: (p.node.line, p.node.column))
            links_in = [p for p in pair if id(p.node) in mine]
            if len(links_in) == 2:
                notes.wrong(b.node, "ER203", b.field, f"any apart from {a.network} (line {a.node.line})")
            elif len(links_in) == 1:
                space = a if b is links_in[0] else b
                hit.setdefault(id(space.node), (space, []))[1].append(links_in[0].node)
            elif a.owner != b.owner and (id(a.node), id(b.node)) not in vnet_pairs:
                vnet_pairs.add((id(a.node), id(b.node)))
                notes.wrong(b.node, "ER403", b.field, f"any apart from VNet {a.owner} (line {a.node.line})")
    for space, nodes in hit.values():
        notes.wrong(space.node, "ER402", space.field, f"any without a link ({listed_lines(nodes)})")


def _dual_stack_gateways(spec: Spec, vnets: Vnets, notes: Notes) -> None:
    """A gateway whose subnet is dual-stack in the file is not connected to a circuit with IPv4 alone (ER412)."""
    for circuit in spec.circuits:
        private = circuit.peering(PRIVATE)
        if private is None or any(family == "ipv6" for _, family, _ in private.subnets):
            continue
        for name in circuit.vnets:
            given = vnets.given.get(name, {})
            if "ipv4" in given and "ipv6" in given:
                allowed = f"IPv4 alone, or ipv6PeeringConfig in {circuit.name}, which {name} is connected to"
                notes.wrong(given["ipv6"], "ER412", GATEWAY_SUBNET, allowed)


def _links_of_a_ce(spec: Spec, peerings: dict[str, Peerings], notes: Notes) -> None:
    """Between circuits that share a CE: one router cannot have two interfaces in one subnet."""
    reported: set[int] = set()
    for edge in spec.customer_edges:
        links = [link for c in spec.circuits_of(edge) for link in peerings[c.name].links]
        for pair in overlapping(links):
            a, b = sorted(pair, key=lambda p: (p.node.line, p.node.column))
            if a.owner != b.owner and id(b.node) not in reported:
                reported.add(id(b.node))
                where = f"{a.owner}'s (line {a.node.line}), as {edge.name} has both"
                notes.wrong(b.node, "ER203", b.field, f"any apart from {where}")


def _circuits_of_a_vnet(spec: Spec, vnets: Vnets, notes: Notes) -> bool:
    """Whether no VNet has too many circuits; with far too many, looking for overlaps would take long."""
    counts: dict[str, int] = defaultdict(int)
    for circuit in spec.circuits:
        for name in circuit.vnets:
            counts[name] += 1
    for name, count in counts.items():
        if count > MAX_CIRCUITS_PER_VNET:
            found = f"{count} circuits connected to {name}"
            hint = "a circuit without connections: is connected to every VNet"
            allowed = f"{MAX_CIRCUITS_PER_VNET} at most"
            notes.wrong(vnets.places[name], "ER404", "virtualNetworks", allowed, found=found, hint=hint)
    return max(counts.values(), default=0) <= 10 * MAX_CIRCUITS_PER_VNET


def _vlans_of_a_ce(spec: Spec, peerings: dict[str, Peerings], notes: Notes) -> None:
    """On a dot1q port the C-tag alone tells the circuits apart (ER205; on a port pair ER705)."""
    reported: set[int] = set()
    for edge in spec.customer_edges:
        if spec.handoff(edge) == "qinq":
            continue
        port = spec.port_of(edge.name)
        where = f"port pair {port.name}" if port else edge.name
        hint = "" if port else "or handoff: qinq, where the S-tag tells them apart"
        seen: dict[int, tuple[str, Scalar]] = {}
        for circuit in spec.circuits_of(edge):
            for vlan, node in peerings[circuit.name].vlans:
                first = seen.setdefault(vlan, (circuit.name, node))
                if first[0] != circuit.name and id(node) not in reported:
                    reported.add(id(node))
                    allowed = f"one that no other circuit on {where} has ({first[0]}, line {first[1].line})"
                    notes.wrong(node, "ER705" if port else "ER205", "vlanId", allowed, hint=hint)


def _asn_of_a_ce(spec: Spec, notes: Notes) -> None:
    """A generated router is one AS; a router with its own file, ExaBGP, or what the user runs may be several."""
    for edge in spec.customer_edges:
        if edge.config is not None or edge.kind in ("exabgp", "external"):
            continue
        asns = [(c.name, p.type, p.peer_asn) for c in spec.circuits_of(edge) for p in c.peerings if p.peer_asn]
        first = next(iter(asns), None)
        other = next((a for a in asns if first and a[2] != first[2]), None)
        if first and other:
            line = notes.lines.get(f"circuits.{other[0]}.{other[1]}.peerASN", 1)
            found = f"{other[2]}, and {first[2]} on {first[1] if first[0] == other[0] else first[0]}"
            allowed = f"one AS on the generated router {edge.name}"
            notes.wrong(Scalar(line, 1, "", None), "ER505", "peerASN", allowed, found=found)


def _prefix_limits(spec: Spec, notes: Notes) -> None:
    for edge in spec.customer_edges:
        lists = [items for _, items in edge.advertise_by_path] or [edge.advertise]
        counts: dict[Family, int] = {family: max(_number(items, family) for items in lists) for family in FAMILIES}
        for circuit in spec.circuits_of(edge):
            limits: dict[Family, int] = {"ipv4": 10000 if circuit.tier == "Premium" else 4000, "ipv6": 100}
            for family, count in counts.items():
                if count > limits[family]:
                    line = notes.lines.get(f"customerEdges.{edge.name}.advertise", 1)
                    limit = limits[family]
                    message = f"{count} {family} prefixes: {circuit.name} takes {limit} and drops the session above"
                    notes.say(Scalar(line, 1, "", None), "ER211", "advertise", message, warning=True)


def _number(items: Iterable[Network | PrefixRange], family: Family) -> int:
    """How many prefixes of a family a list has."""
    sizes = ((i.first, i.count) if isinstance(i, PrefixRange) else (i, 1) for i in items)
    return sum(count for network, count in sizes if family_of(network) == family)


def _office_365(spec: Spec, notes: Notes) -> None:
    for circuit in spec.circuits:
        peering = circuit.peering(MICROSOFT)
        for family, name in peering.route_filters if peering and circuit.tier != "Premium" else ():
            numbers = [number_of(c) for c in spec.route_filter(name).communities]
            office = [f"12076:{n}" for n in numbers if n in OFFICE_365]
            if office:
                under = "" if family == "ipv4" else "ipv6PeeringConfig."
                line = notes.lines.get(f"circuits.{circuit.name}.{MICROSOFT}.{under}routeFilter", 1)
                what = f"{name} has Office 365 communities ({', '.join(office)})"
                message = f"{what}, and {circuit.name} is {circuit.tier}"
                notes.say(Scalar(line, 1, "", None), "ER311", "routeFilter", f"{message}; allowed with Premium")


def _kinds_with_microsoft(spec: Spec, notes: Notes) -> None:
    for edge in spec.customer_edges:
        if edge.kind in ("bird", "gobgp", "openbgpd"):
            for circuit in spec.circuits_of(edge):
                if circuit.peering(MICROSOFT) is not None:
                    line = notes.lines.get(f"customerEdges.{edge.name}.kind", 1)
                    message = f"{edge.kind} is generated for private peering alone, and {circuit.name} has {MICROSOFT}"
                    notes.say(Scalar(line, 1, "", None), "ER319", "kind", f"{message}; allowed frr, exabgp, external")

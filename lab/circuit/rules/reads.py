"""ER8xx: what Azure's own reads show, of the MSEEs and of a VNet's gateway."""

from __future__ import annotations

from lab.circuit.rules.base import INFERRED, LABS, OBSERVED, REST, SCHEMA, Rule

TROUBLESHOOTING = "expressroute-troubleshooting-expressroute-overview"
ARP = "expressroute-troubleshooting-arp-resource-manager"
MORE_LABS = f"{LABS[:-1]}, kaysalawu/azure-network-terraform)"
CLI = "az network vnet-gateway"

RULES = (
    Rule(
        "ER801",
        "ARP table",
        text=(
            "A row for the CE (On-Prem) and one for the MSEE (Microsoft), age in minutes, MAC as routers write it; "
            "Incomplete where the CE does not answer. Some hardware lists the CE alone."
        ),
        lab="Both rows; show arp-table --on-prem-only gives the CE's alone.",
        source=f"{ARP}; {REST}",
        confidence="stated in Microsoft's documentation; the unit of age is the schema's, one capture contradicts it",
    ),
    Rule(
        "ER802",
        "route table",
        text=(
            "Every path of the circuit's routing domain, from gateways and from the CE. One hardware prints locPrf 100 "
            "and the origin after the path (I, E, ?); the other no preference, of origins e and ? alone, no class-full "
            "length (192.168.50.0), and IPv6 in capitals. A star marks the best of several next hops."
        ),
        lab="show route-table --flavour junos (as left out) or ios.",
        difference=(
            "One capture of the Junos-like kind has a line end and blanks after each path in JSON; the lab leaves "
            "them out."
        ),
        source=f"{TROUBLESHOOTING}; {MORE_LABS}",
        confidence=f"{OBSERVED}; of class-full lengths C was seen, A and B are IOS's habit",
    ),
    Rule(
        "ER803",
        "route table summary",
        text=(
            "A row a neighbor: gateways and CE. StatePfxRcd is the number of prefixes while Established, else the "
            "state. Up for less than an hour, one hardware prints 25:24, the other 00:25:24."
        ),
        lab="show route-table-summary --flavour junos (as left out) or ios.",
        source=f"{TROUBLESHOOTING}; {MORE_LABS}",
        confidence=OBSERVED,
    ),
    Rule(
        "ER804",
        "counters",
        text="Octets into Azure (In) and out of it (Out), on the primary and on the secondary link, since it is there.",
        source=f"expressroute-howto-reset-peering, {TROUBLESHOOTING}; {REST}",
        confidence=SCHEMA,
    ),
    Rule(
        "ER805",
        "a gateway's peers",
        text=(
            "One of the two instances answers. A row an MSEE, by its IPv4 address in the GatewaySubnet; its routes are "
            "those of both families. Connected with a duration, else Connecting or Idle without one."
        ),
        lab="Instance 0 answers, --instance 1 asks the other. Connected: the sessions of both families are up.",
        difference="Azure lets nobody choose the instance; how it counts the messages of two families is not known.",
        source=f"{CLI} list-bgp-peer-status; {MORE_LABS}",
        confidence=OBSERVED,
    ),
    Rule(
        "ER806",
        "a gateway's routes",
        text=(
            "The VNet's own blocks (Network, weight 32768, no next hop), then every path from an MSEE (EBgp, AS path "
            "12076-PEERASN, weight 32769 and the connection's routingWeight). The source peer is an IPv4 address, of "
            "IPv6 routes too."
        ),
        difference="The twin instance sends no routes here, so no row is IBgp.",
        source=f"{CLI} list-learned-routes; {MORE_LABS}",
        confidence=OBSERVED,
    ),
    Rule(
        "ER807",
        "what a gateway advertises",
        text=(
            "To an MSEE the blocks of the VNet, AS path 65515, the instance itself as next hop, weight 0. A peer is "
            "named by its address in the GatewaySubnet: the MSEE's address on a link subnet gives an empty list."
        ),
        source=f"{CLI} list-advertised-routes; {LABS}",
        confidence=f"{OBSERVED}; both families at once {INFERRED}",
    ),
)

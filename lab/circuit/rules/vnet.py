"""ER4xx: virtual networks, their gateways and connections."""

from __future__ import annotations

from lab.circuit.rules.base import (
    DOCUMENTED,
    FAQ,
    GATEWAYS,
    INFERRED,
    LABS,
    OBSERVED,
    OURS,
    PREFIX_EXAMPLE,
    ROUTING,
    Rule,
)

RULES = (
    Rule(
        "ER401",
        "address space",
        text="The blocks of a VNet, which are also what the MSEE sends.",
        allowed=f"{PREFIX_EXAMPLE}; no multicast, loopback or link-local",
        source="virtual-networks-faq",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER402",
        "no link in a VNet",
        text="A link subnet inside a VNet's address space makes a part of the VNet unreachable.",
        allowed="address space apart from the link subnets of every connected circuit",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER403",
        "VNets of a circuit do not overlap",
        text="All VNets of a circuit share one routing domain, as do the blocks of one VNet.",
        allowed="address space apart from the other VNets of the circuit",
        source=f"{FAQ}, virtual-networks-faq",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER404",
        "circuits of a VNet",
        text=(
            "A VNet takes four circuits of one peering location, and their MSEEs have eight addresses of its "
            "GatewaySubnet."
        ),
        allowed="4 at most",
        lab="Four, whatever the gateway is.",
        difference=(
            "Circuits of different peering locations, up to 16 on the larger gateways, are not told apart: the lab "
            "has four at most."
        ),
        source=f"{FAQ}, expressroute-limits",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER405",
        "GatewaySubnet",
        text=(
            "The gateways live in a subnet of this name: a /27 or larger, and a /64 or larger for IPv6. Left out, it "
            "is the first of the first block, which then is a /26 or larger, so that the lab's host has room. A "
            "GatewaySubnet in the file without a /64 has no IPv6: nothing of the VNet's IPv6 is sent."
        ),
        allowed="a /27 (/64) or larger inside the address space",
        lab="The lab takes a /27 for any number of circuits.",
        source=f"{GATEWAYS}, expressroute-howto-add-ipv6-cli",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER406",
        "a connection names a VNet",
        text="connections: lists VNets of the file; left out, every VNet is connected.",
        allowed="the name of a VNet of the file",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER407",
        "addresses in GatewaySubnet",
        text=(
            "Gateways are at .12 and .13 (AS 65515), the MSEEs of the first circuit at .4 and .5, of the next at .6 "
            "and .7 and so on."
        ),
        difference=(
            "Beyond the first circuit of a VNet the addresses are the lab's own choice. Beside a VPN gateway, which "
            "the lab does not have, public labs saw MSEEs at .6 to .9."
        ),
        source=LABS,
        confidence=f"{OBSERVED}; beyond the first circuit {INFERRED}",
    ),
    Rule(
        "ER408",
        "a host that answers",
        text="Address 36 of the block that holds the GatewaySubnet answers ping.",
        allowed="a GatewaySubnet that leaves that address free",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER409",
        "blocks, not subnets",
        text="The MSEE sends a VNet's address blocks as they are, at most 1,000 a connection.",
        allowed="1000 at most",
        lab=(
            "A file with more than 1,000 is refused, and the MSEE drops a gateway's session above 1,000 IPv4 or 100 "
            "IPv6 prefixes."
        ),
        difference=(
            "Azure takes such an address space and drops the connection; the lab refuses the file. VNets peered to a "
            "connected one are not sent with it: virtualNetworkPeerings has no effect; gateway transit is a warning."
        ),
        source=FAQ,
        confidence=f"{DOCUMENTED}; older pages say 200",
    ),
    Rule(
        "ER410",
        "connection weight",
        text=(
            "Where several circuits bring a prefix to a VNet, the connection with the higher routingWeight wins, "
            "before the AS path is looked at; a longer prefix wins over both."
        ),
        allowed="0-32000",
        lab="The weight is a preference at the gateway and at the VNet's host.",
        source="expressroute-optimize-routing, expressroute-howto-linkvnet-arm",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER411",
        "connections of a circuit",
        text=(
            "A Standard or Local circuit takes ten VNets; a Premium one twenty to a hundred, by its bandwidth (50 "
            "Mbps 20, 100 and 200 25, 500 40, 1 Gbps 50, 2 Gbps 60, 5 Gbps 75, 10 Gbps and more 100)."
        ),
        allowed="as many connections as the tier and bandwidth of the circuit take",
        source="expressroute-limits",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER412",
        "a dual-stack gateway",
        text="A gateway with IPv6 in its GatewaySubnet is connected only to a circuit whose private peering has IPv6.",
        allowed="ipv6PeeringConfig in the circuit, or a GatewaySubnet of IPv4 alone",
        lab="A GatewaySubnet that the lab picks itself, where a file has none, does not count.",
        source="expressroute-howto-add-ipv6-cli",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER420",
        "packets and gateways",
        text=(
            "What goes to a VNet passes one of its gateways; what comes from it goes from its host to an MSEE, and "
            "passes none. FastPath takes the gateway out of the other way as well."
        ),
        lab="The MSEE's next hops are the gateways, the host's are the MSEEs.",
        difference="FastPath is not emulated.",
        source=f"about-fastpath; {LABS}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER421",
        "what a gateway can",
        text="By its SKU a gateway learns 4,000 or 9,500 routes and takes 4, 8 or 16 circuits.",
        lab="Gateways have no SKU. They take what the MSEEs send.",
        difference="Not emulated: no gateway is too small.",
        source=GATEWAYS,
        confidence=DOCUMENTED,
    ),
)

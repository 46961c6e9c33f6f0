"""The rules: what Azure allows and how an MSEE behaves, each with an id that never changes, a source, and how sure.

ER1xx circuit, ER2xx private peering, ER3xx Microsoft peering, ER4xx VNets and connections, ER5xx customer edge, ER6xx
topology, ER9xx the files themselves. A source without a path is a page of Microsoft's ExpressRoute documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENTED = "stated in Microsoft's documentation"
SCHEMA = "stated in a public API schema or tool source"
OBSERVED = "observed in public labs, with raw output"
INFERRED = "inferred; Microsoft does not say"
STANDARD = "stated in an RFC"
OURS = "a rule of this lab, not of Azure"
ROUTING = "expressroute-routing"
FAQ = "expressroute-faqs"
PEERINGS = "expressroute-circuit-peerings"
WORKFLOWS = "expressroute-workflows"
PORTAL = "expressroute-howto-routing-portal-resource-manager"
GATEWAYS = "expressroute-about-virtual-network-gateways"
DIRECT = "expressroute-erdirect-about"
REST = "REST schema expressRouteCircuit.json"
LABS = "public labs (erjosito/net-lab-builder)"
DESIGN_HA = "designing-for-high-availability-with-expressroute"
CONTAINERLAB = "containerlab's topology definition"
YAML_SPEC = "YAML 1.2.2"
PREFIX_EXAMPLE = "a prefix such as 10.10.0.0/16 or fd00:10::/48"


@dataclass(frozen=True)
class Rule:
    """`text` is the reason, `allowed` what may be written (empty for behaviour), `confidence` how sure it is."""

    id: str
    title: str
    text: str
    allowed: str
    source: str
    confidence: str


_CIRCUIT = (
    Rule("ER101", "names", "A name is part of paths, host names and ARM ids.",
         "1-80 letters, digits, - _ and ., a letter or digit first, no - or . last",
         "ARM naming rules, resource-name-rules", DOCUMENTED),
    Rule("ER102", "a name is given once", "Blocks refer to each other by name, so a name means one thing in its block.",
         "a name that no other item of the block has", "this lab", OURS),
    Rule("ER103", "a circuit is two connections", "Every circuit ends on two MSEEs, primary and secondary, always "
         "both; "
         "its SLA holds only with both sessions in use.", "", f"{FAQ}, {DESIGN_HA}", DOCUMENTED),
    Rule("ER104", "Enabled and Provisioned first", "Routing is configured and VNets are linked once the circuit is "
         "Enabled "
         "and the provider Provisioned. Before that the MSEE has no sub-interface: the CE's ARP stays incomplete.", "",
         f"{WORKFLOWS}, expressroute-howto-circuit-arm", DOCUMENTED),
    Rule("ER105", "delete in order", "A circuit is deleted once the provider has deprovisioned it and nothing hangs on "
         "it: "
         "connections first, then the provider, then the circuit.",
         "ServiceProviderProvisioningState NotProvisioned, no connections",
         f"{WORKFLOWS}, expressroute-howto-circuit-arm",
         DOCUMENTED),
    Rule("ER106", "one S-tag a circuit", "With QinQ the outer tag (EtherType 0x8100) tells circuits on a port apart; "
         "Azure or the provider picks it and it never changes.", "1-4094, one that no other circuit has",
         f"{DIRECT}; range: IEEE 802.1Q", DOCUMENTED),
)

_PEERING = (
    Rule("ER201", "link subnets are a /30 and a /126", "Each link has two ends: the CE and the MSEE. A /29 (/125) is "
         "two "
         "link subnets and is given as such.", "an IPv4 /30, an IPv6 /126, of unicast addresses, without host bits",
         ROUTING,
         DOCUMENTED),
    Rule("ER202", "who has which address", "The CE has the first usable address of a link subnet, the MSEE the second.",
         "",
         f"{ROUTING}, expressroute-config-samples-routing", DOCUMENTED),
    Rule("ER203", "link subnets do not overlap", "Two interfaces of one router cannot be in one subnet.",
         "a subnet apart from the circuit's others, and from those of every circuit on the same CE", ROUTING,
         DOCUMENTED),
    Rule("ER204", "reserved AS numbers", "peerASN is the CE's AS, 2 or 4 bytes, private or public. 12076 is "
         "Microsoft's and "
         "65515-65520 are used inside Azure; 0, 23456, 65535 and 4294967295 are no router's (RFC 7607, 6793, 7300).",
         "1-4294967295 except 12076, 65515-65520", f"{ROUTING}, howto-routing-cli; {REST}", DOCUMENTED),
    Rule("ER205", "vlanId", "The C-tag of the peering, the same on both links. Unique in its circuit; where no S-tag "
         "tells "
         "circuits apart (dot1q) unique on the port.", "1-4094, one that nobody else on the port has",
         f"{PORTAL}, {DIRECT}; range: IEEE 802.1Q", f"{DOCUMENTED}; the range is not, it is 802.1Q's"),
    Rule("ER206", "a shared key can be found", "A key is referred to, not written down; a reference that leads nowhere "
         "would "
         "leave the sessions unprotected.", "{env: NAME} of a variable that is set, or {file: PATH} of a readable file",
         "this lab", OURS),
    Rule("ER207", "what a shared key is made of", "One TCP MD5 key (RFC 2385) serves all sessions of a peering.",
         "1-25 letters and digits", f"{PORTAL}, expressroute-howto-routing-arm; Terraform provider azurerm",
         DOCUMENTED),
    Rule("ER208", "a key in the file", "A circuit file is shared and committed; the key in it is, too. A warning.",
         "{env: NAME} or {file: PATH}", "this lab", OURS),
    Rule("ER209", "one peering of a type", "A circuit has a private and a Microsoft peering, one of each; public "
         "peering was "
         "retired on 31 March 2024.", "AzurePrivatePeering, MicrosoftPeering", f"{PEERINGS}; {REST}", DOCUMENTED),
    Rule("ER210", "both paths", "A peering is a redundant pair of sessions: it has a link subnet on the primary and on "
         "the "
         "secondary path, for IPv4, IPv6 or both.", "primaryPeerAddressPrefix and secondaryPeerAddressPrefix", ROUTING,
         DOCUMENTED),
    Rule("ER211", "prefix limits", "Above 4,000 IPv4 prefixes (10,000 with Premium) or 100 IPv6 prefixes the MSEE "
         "drops the "
         "session; it returns when the count is below. Only the family and path above the limit drop.", "",
         f"{ROUTING}, {FAQ}", f"{DOCUMENTED}; the time to return is not, here it is one minute"),
    Rule("ER212", "communities are ignored", "Communities that the customer sets change nothing and are not passed on.",
         "",
         ROUTING, DOCUMENTED),
    Rule("ER213", "the CE sees AS path 12076", "65515 of the gateways and 65520 of hubs are taken out, so a VNet's "
         "prefix "
         "arrives with the path 12076 alone.", "", f"route-server-faq; {LABS}", OBSERVED),
    Rule("ER214", "no transit", "ExpressRoute is no transit network: what one circuit's CE sends goes to gateways "
         "only, "
         "never to another circuit or another site (Global Reach apart).", "", ROUTING, DOCUMENTED),
    Rule("ER215", "BFD 300 ms, three times", "The MSEE has BFD armed at 300 ms and waits for the CE to begin; a silent "
         "loss "
         "is seen in less than a second.", "", "expressroute-bfd",
         f"{DOCUMENTED}; the multiplier is that of its samples"),
    Rule("ER216", "timers 60 and 180", "Keepalive 60 s and hold time 180 s on the MSEE; the lower offer wins.", "",
         f"expressroute-bfd, {FAQ}", DOCUMENTED),
    Rule("ER217", "nothing without a connection", "The MSEE sends the prefixes of connected VNets and nothing else: "
         "without "
         "a connection the session is Established with 0 prefixes to the CE.", "", f"{FAQ}, {GATEWAYS}", INFERRED),
    Rule("ER218", "own AS in the path", "A prefix that comes back with 12076 in its path is a loop: it is not used and "
         "goes "
         "to no gateway (RFC 4271, 9.1.2).", "", f"RFC 4271; {LABS}",
         f"{STANDARD}; whether every MSEE hides or only disprefers it is not stated"),
    Rule("ER219", "a Disabled peering", "state: Disabled closes the sessions on both paths (Cease, Administrative "
         "Shutdown) "
         "and keeps the configuration. IPv4 and IPv6 have a switch each.", "Enabled, Disabled",
         "expressroute-howto-reset-peering", f"{DOCUMENTED}; the notification is inferred"),
    Rule("ER220", "both paths carry traffic", "Both MSEEs send the same routes with paths of equal length: "
         "active/active, "
         "equal-cost towards the gateway and from it.", "", f"{DESIGN_HA}, {FAQ}", DOCUMENTED),
    Rule("ER221", "link subnets are not announced", "The MSEE does not originate the link subnets; a gateway knows "
         "them only "
         "when the CE sends them.", "", LABS, OBSERVED),
    Rule("ER222", "a default route is taken", "On private peering 0.0.0.0/0 is accepted, and draws the VNets' internet "
         "traffic on-premises.", "", f"{ROUTING}, {FAQ}", DOCUMENTED),
    Rule("ER223", "VNet to VNet", "Prefixes of one gateway are not sent to the other gateways of the circuit: the "
         "hairpin "
         "is off.", "", f"{GATEWAYS}, {FAQ}", "the two pages disagree; off is the newer one's default"),
    Rule("ER224", "the MSEE is AS 12076", "On every peering and in every cloud region; azureASN says so.", "", ROUTING,
         DOCUMENTED),
)

_MICROSOFT = (
    Rule("ER301", "private peering only, in this version", "Microsoft peering, route filters and checks of your own "
         "are not "
         "emulated yet, and are refused rather than ignored. In a file that Azure printed they are left out with a "
         "warning.",
         "AzurePrivatePeering", "this lab", OURS),
    Rule("ER302", "a route filter decides", "Microsoft peering sends no prefix before a route filter is attached, and "
         "then "
         "those with one of its communities. Not emulated in this version.", "", f"how-to-routefilter-portal, {PORTAL}",
         DOCUMENTED),
    Rule("ER303", "prefixes are validated first", "While advertisedPublicPrefixesState is ValidationNeeded the session "
         "is "
         "not enabled. Not emulated in this version.", "", f"howto-routing-cli, {WORKFLOWS}", DOCUMENTED),
    Rule("ER304", "200 prefixes on Microsoft peering", "Above 200 prefixes the session drops. Not emulated in this "
         "version.",
         "", ROUTING, DOCUMENTED),
    Rule("ER305", "a private AS owns no public prefix", "Ownership is checked in routing registries by peerASN or "
         "customerASN; a private AS stands in none, so a support ticket decides. Not emulated in this version.",
         "a public peerASN, or customerASN", ROUTING, DOCUMENTED),
)

_VNET = (
    Rule("ER401", "address space", "The blocks of a VNet, which are also what the MSEE sends.",
         f"{PREFIX_EXAMPLE}; no multicast, loopback or link-local", "virtual-networks-faq", DOCUMENTED),
    Rule("ER402", "no link in a VNet", "A link subnet inside a VNet's address space makes a part of the VNet "
         "unreachable.",
         "address space apart from the link subnets of every connected circuit", ROUTING, DOCUMENTED),
    Rule("ER403", "VNets of a circuit do not overlap", "All VNets of a circuit share one routing domain, as do the "
         "blocks "
         "of one VNet.", "address space apart from the other VNets of the circuit", f"{FAQ}, virtual-networks-faq",
         DOCUMENTED),
    Rule("ER404", "circuits of a VNet", "A VNet takes four circuits of one peering location, and their MSEEs have "
         "eight "
         "addresses of its GatewaySubnet.", "4 at most", f"{FAQ}, expressroute-limits", DOCUMENTED),
    Rule("ER405", "GatewaySubnet", "The gateways live in a subnet of this name: a /27 or larger, and a /64 or larger "
         "for "
         "IPv6. Left out, it is the first of the first block, which then is a /26 or larger, so that the lab's host "
         "has room.",
         "a /27 (/64) or larger inside the address space", f"{GATEWAYS}, expressroute-howto-add-ipv6-cli", DOCUMENTED),
    Rule("ER406", "a connection names a VNet", "connections: lists VNets of the file; left out, every VNet is "
         "connected.",
         "the name of a VNet of the file", "this lab", OURS),
    Rule("ER407", "addresses in GatewaySubnet", "Gateways are at .12 and .13 (AS 65515), the MSEEs of the first "
         "circuit at "
         ".4 and .5, of the next at .6 and .7 and so on.", "", LABS,
         f"{OBSERVED}; beyond the first circuit {INFERRED}"),
    Rule("ER408", "a host that answers", "Address 36 of the block that holds the GatewaySubnet answers ping.",
         "a GatewaySubnet that leaves that address free", "this lab", OURS),
    Rule("ER409", "blocks, not subnets", "The MSEE sends a VNet's address blocks as they are, at most 1,000 a "
         "connection.",
         "1000 at most", FAQ, DOCUMENTED),
    Rule("ER410", "connection weight", "Where several circuits bring a prefix to a VNet, the connection with the "
         "higher routingWeight wins, before the AS path is looked at; a longer prefix wins over both.", "0-32000",
         "expressroute-optimize-routing, expressroute-howto-linkvnet-arm", DOCUMENTED),
)

_EDGE = (
    Rule("ER501", "what a CE advertises", "Up to a /32 is taken. A list of prefixes, or a range to save typing; with "
         "an own "
         "configuration it is what check expects.", f"{PREFIX_EXAMPLE}, or {{first: PREFIX, count: 1-100000}}", FAQ,
         DOCUMENTED),
    Rule("ER502", "an own configuration", "config names the FRR file of the CE, seen from the circuit file.", "a file",
         "this lab", OURS),
    Rule("ER503", "${NAME} in an own configuration", "The only thing replaced is ${NAME}, by the environment variable.",
         "a variable that is set, to one word", "this lab", OURS),
    Rule("ER504", "one CE on a path", "A link subnet has one customer address, so one CE serves a path of a circuit. "
         "With "
         "none on a path the SLA does not hold: a warning.", "one CE on each path of a circuit",
         f"{ROUTING}, {DESIGN_HA}", DOCUMENTED),
    Rule("ER505", "one AS on a generated router", "A generated FRR router is in one AS, so its circuits share their "
         "peerASN. "
         "An own configuration, or ExaBGP, may differ.", "one peerASN for the circuits of a generated CE", "this lab",
         OURS),
    Rule("ER506", "circuits of a CE", "circuits: lists those that it is cabled for; left out, all.",
         "names of circuits of the file", "this lab", OURS),
    Rule("ER507", "a CE is a node", "A customer edge of the circuit file is a node of the topology with the role ce.",
         "the name of such a node", "this lab", OURS),
    Rule("ER508", "keys that do not go together", "config is an FRR file and complete: ExaBGP has none, and "
         "redistribute is "
         "for generated routers.", "config or redistribute, and kind frr", "this lab", OURS),
    Rule("ER509", "a line that FRR does not know", "FRR's own parser (vtysh -C) refuses the line, and would skip it.",
         "FRR configuration", "FRR", OURS),
    Rule("ER510", "a sub-interface without its port", "The configuration names a port that the topology does not give "
         "that "
         "CE: nothing is created. A warning.", "a sub-interface of a port of the CE", "this lab", OURS),
)

_TOPOLOGY = (
    Rule("ER601", "a topology file", "A plain containerlab file: topology with nodes and links.", "name, topology",
         CONTAINERLAB, OURS),
    Rule("ER602", "which topology", "topology is a shipped lab's name, or the path of a file seen from the circuit "
         "file.",
         "a shipped lab, or ./NAME.clab.yml", "this lab", OURS),
    Rule("ER603", "roles", "A circuit ends on two MSEEs with the Microsoft side behind them.",
         "one MSEE a path, one azure, one CE or more", f"{FAQ}; this lab", OURS),
    Rule("ER604", "links", "A cable joins two ports and a port takes one cable; azure is cabled to both MSEEs once, a "
         "CE to "
         "an MSEE at most once.", "endpoints: [NODE:INTERFACE, NODE:INTERFACE], mtu: 1280-65535", CONTAINERLAB, OURS),
    Rule("ER605", "interface names", "The kernel takes 15 characters, and a sub-interface adds its tags to its port's "
         "name.",
         "1-9 letters, digits, - and _ for a port, 15 characters with the tags", "Linux IFNAMSIZ", OURS),
    Rule("ER606", "no templates", "A file with {{ }} is a template for containerlab, not yet a topology.", "plain YAML",
         CONTAINERLAB, OURS),
    Rule("ER607", "nodes and links left out", "What has no label of ours, and links that are no cables, are for "
         "containerlab "
         "alone. A warning.", "label mseelab-role", "this lab", OURS),
    Rule("ER608", "labels", "mseelab-role says what a node is, mseelab-path which path an MSEE serves.",
         "mseelab-role: ce, msee, azure; mseelab-path: primary, secondary", "this lab", OURS),
)

_FILES = (
    Rule("ER901", "the file can be read", "It exists, is a file and may be read.", "a readable file", "this lab", OURS),
    Rule("ER902", "the file is text", "YAML and JSON are text.", "UTF-8 without control characters", YAML_SPEC,
         STANDARD),
    Rule("ER903", "the file is YAML or JSON", "One document, keys that are text, no tags.", "YAML 1.2 or JSON",
         YAML_SPEC,
         STANDARD),
    Rule("ER904", "a key is given once", "Of two equal keys one would be lost silently.", "each key once in its "
         "mapping",
         f"{YAML_SPEC}, section 3.2.1.1", STANDARD),
    Rule("ER905", "bounds", "Nesting, size and aliases are bounded, so that a file cannot exhaust the machine.",
         "4 MB, 64 levels, 200000 values with aliases counted, 1000 circuits or VNets, 100 CEs", "this lab", OURS),
    Rule("ER906", "something in it", "An empty file says nothing.", "a circuit", "this lab", OURS),
    Rule("ER911", "keys are known", "A key that is not known is a typing mistake; a warning only in a file whose id "
         "starts "
         "with /subscriptions/, since Azure adds keys.", "the keys of the schema", REST, SCHEMA),
    Rule("ER912", "keys that must be there", "Without them there is nothing to build.", "the key, with a value", REST,
         SCHEMA),
    Rule("ER913", "types", "A number is not a text: quote what is text, and leave numbers without quotes.",
         "the type or one of the values named", REST, SCHEMA),
)

_RULES = {
    rule.id: rule for rules in (_CIRCUIT, _PEERING, _MICROSOFT, _VNET, _EDGE, _TOPOLOGY, _FILES) for rule in rules
}


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    return tuple(_RULES[id_] for id_ in sorted(_RULES))


def rule(id_: str) -> Rule:
    """The rule with that id. Raises KeyError when there is none."""
    return _RULES[id_]

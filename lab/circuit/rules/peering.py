"""ER2xx, first part: what a peering is made of."""

from __future__ import annotations

from lab.circuit.rules.base import DIRECT, DOCUMENTED, OURS, PEERINGS, PORTAL, REST, ROUTING, Rule

RULES = (
    Rule(
        "ER201",
        "link subnets are a /30 and a /126",
        text="Each link has two ends: the CE and the MSEE. A /29 (/125) is two link subnets and is given as such.",
        allowed="an IPv4 /30, an IPv6 /126, of unicast addresses, without host bits",
        lab="Private, public and link-local (169.254.0.0/16) addresses are taken, the last as public labs use them.",
        source=ROUTING,
        confidence=f"{DOCUMENTED}; which ranges Azure refuses besides is not public",
    ),
    Rule(
        "ER202",
        "who has which address",
        text="The CE has the first usable address of a link subnet, the MSEE the second.",
        lab="A CE with the other address stays down on that path and check names it.",
        source=f"{ROUTING}, expressroute-config-samples-routing",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER203",
        "link subnets do not overlap",
        text="Two interfaces of one router cannot be in one subnet.",
        allowed="a subnet apart from the circuit's others, and from those of every circuit on the same CE",
        lab="The lab looks at all circuits of one CE router, as it cannot have one subnet twice.",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER204",
        "reserved AS numbers",
        text=(
            "peerASN is the CE's AS, 2 or 4 bytes, private or public. 12076 is Microsoft's and 65515-65520 are used "
            "inside Azure; 0, 23456, 65535 and 4294967295 are no router's (RFC 7607, 6793, 7300)."
        ),
        allowed="1-4294967295 except 12076, 65515-65520",
        source=f"{ROUTING}, howto-routing-cli; {REST}",
        confidence=f"{DOCUMENTED}; one how-to reserves 65515 alone",
    ),
    Rule(
        "ER205",
        "vlanId",
        text=(
            "The C-tag of the peering, the same on both links. Unique in its circuit; where no S-tag tells circuits "
            "apart (dot1q) unique on the port."
        ),
        allowed="1-4094, one that nobody else on the port has",
        lab=(
            "A frame with another tag, or none, meets nobody. Where the kernel can do neither 802.1Q nor eBPF, tags "
            "are only modelled, and doctor, up and check say so."
        ),
        source=f"{PORTAL}, {DIRECT}; range: IEEE 802.1Q",
        confidence=f"{DOCUMENTED}; the range is not, it is 802.1Q's",
    ),
    Rule(
        "ER206",
        "a shared key can be found",
        text=(
            "A key is referred to, not written down; a reference that leads nowhere would leave the sessions "
            "unprotected."
        ),
        allowed="{env: NAME} of a variable that is set, or {file: PATH} of a readable file",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER207",
        "what a shared key is made of",
        text="One TCP MD5 key (RFC 2385) serves all sessions of a peering.",
        allowed="1-25 letters and digits",
        lab=(
            "TCP option 19 is on every segment both ways; what is unsigned or signed with another key is refused, on "
            "the listener too."
        ),
        source=f"{PORTAL}, expressroute-howto-routing-arm; Terraform provider azurerm",
        confidence=f"{DOCUMENTED}; Azure's words of refusal are not public, these are the lab's",
    ),
    Rule(
        "ER208",
        "a key in the file",
        text="A circuit file is shared and committed; the key in it is, too. A warning.",
        allowed="{env: NAME} or {file: PATH}",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER209",
        "one peering of a type",
        text=(
            "A circuit has a private and a Microsoft peering, one of each; public peering was retired on 31 March "
            "2024."
        ),
        allowed="AzurePrivatePeering, MicrosoftPeering",
        lab="A Microsoft peering beside the private one is read; see ER301.",
        source=f"{PEERINGS}; {REST}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER210",
        "both paths",
        text=(
            "A peering is a redundant pair of sessions: it has a link subnet on the primary and on the secondary "
            "path, for IPv4, IPv6 or both."
        ),
        allowed="primaryPeerAddressPrefix and secondaryPeerAddressPrefix",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
)

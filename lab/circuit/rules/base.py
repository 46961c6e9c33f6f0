"""What a rule is, and the words that its source and its confidence are given in."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

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
    """What the real service does, and what the lab does of it.

    `text` is the rule and its reason. `allowed` is what may be written; empty where the rule is a behaviour, which a
    test proves on the wire. `confidence` says how sure it is. `lab` is what the lab does, where that says more than
    `text`; `difference` where the lab is known to differ from the service, in plain words, and empty where it is not.
    """

    id: str
    title: str
    _: KW_ONLY
    text: str
    allowed: str = ""
    lab: str = ""
    difference: str = ""
    source: str
    confidence: str

    @property
    def ours(self) -> bool:
        """A rule of the lab itself: no service to compare it with."""
        return self.confidence == OURS

    @property
    def emulated(self) -> bool:
        """Whether the lab does what the rule says at all; its `difference` begins with "Not emulated" otherwise."""
        return not self.difference.startswith("Not emulated")

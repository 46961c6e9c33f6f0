"""Every code of a verdict, with its meaning in one line, bottom layer first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """`meaning` is one line. `lasting`: what was seen stays as it is until somebody changes a line, a key or a state,
    so that waiting mends nothing. What was merely not seen, or may come back by itself, is not lasting."""

    meaning: str
    lasting: bool = False


CODES: dict[str, Code] = {
    "DAEMON-DEAD": Code("a daemon that the session, or what it carries, needs does not run"),
    "DAEMON-HUNG": Code("a daemon that the session, or what it carries, needs runs and does not answer"),
    "NOT-PROVISIONED": Code(
        "the provider has not provisioned layer 2, or the circuit is not Enabled: no sub-interface", lasting=True
    ),
    "LINK-DOWN": Code("a port or sub-interface is down, has no carrier, or is not there"),
    "NO-CE-INTERFACE": Code("the CE has no sub-interface for the peering's tags", lasting=True),
    "NO-MSEE-INTERFACE": Code("the MSEE has no sub-interface for the peering's tags"),
    "VLAN-MISMATCH": Code("one end sends another tag than the peering has", lasting=True),
    "STAG-LOST": Code("frames come with the C-tag alone where the handoff has an S-tag over it", lasting=True),
    "ADDRESS-MISMATCH": Code("one end has another address than the peering gives it, or none", lasting=True),
    "MASK-MISMATCH": Code("one end has its address with another mask than the link subnet's", lasting=True),
    "ARP-UNANSWERED": Code("one end asks for the other's IPv4 address and gets no answer"),
    "ND-UNANSWERED": Code("one end asks for the other's IPv6 address and gets no answer"),
    "PATH-SILENT": Code("the link is up and frames vanish: a silent drop"),
    "VALIDATION-NEEDED": Code(
        "the public prefixes of Microsoft peering are not validated: no session is enabled", lasting=True
    ),
    "PEERING-DISABLED": Code("the peering's state is Disabled: the MSEE holds the session shut down", lasting=True),
    "ADMIN-DOWN": Code("a router has the neighbor, or all of BGP, shut down", lasting=True),
    "PREFIX-LIMIT": Code("one end sent more prefixes than the other takes, which closed the session"),
    "TCP-REFUSED": Code("one end answers TCP port 179 with a reset, or knows no such neighbor"),
    "TCP-FILTERED": Code("one end drops TCP port 179 without a word, while the path is good"),
    "MD5-DIFFERENT": Code("both ends sign their segments, with different keys", lasting=True),
    "MD5-MISSING-AT-CE": Code("the MSEE has a key and the CE has none", lasting=True),
    "MD5-MISSING-AT-MSEE": Code("the CE has a key and the MSEE has none", lasting=True),
    "TTL": Code(
        "one end takes only segments with a high TTL (GTSM), the other sends them with a low one", lasting=True
    ),
    "PEER-ASN": Code("the CE opens with another AS number than peerASN", lasting=True),
    "REMOTE-ASN": Code("the CE waits for another AS number than the MSEE's 12076", lasting=True),
    "HOLD-TIME": Code("one end does not take the hold time that the other offers", lasting=True),
    "FAMILY-MISSING": Code("one end does not offer the address family", lasting=True),
    "BFD-DOWN": Code("BFD does not come up, or took the session down, while the path is good"),
    "MTU": Code("small packets pass, and such as fill the MTU do not"),
    "NEXT-HOP-UNREACHABLE": Code("routes were received whose next hop cannot be resolved"),
    "NO-CONNECTION": Code("the session is up, and no VNet is connected to the circuit: nothing is advertised"),
    "NO-ROUTE-FILTER": Code("the session is up, and Microsoft peering has no route filter: nothing is advertised"),
    "POLICY-DENIES-ALL": Code("the session is up, and a policy lets no prefix through"),
    "NOTHING-ANNOUNCED": Code("the session is up, and the CE has no prefix of its own in BGP"),
    "ONE-PATH": Code("one path of the circuit carries everything, the other nothing"),
    "UNKNOWN": Code("the session is down, and nothing that was looked at explains it"),
}

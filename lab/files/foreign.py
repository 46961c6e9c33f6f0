"""Router configurations that are not FRR's, known by lines that FRR would never have."""

from __future__ import annotations

import re

from lab.errors import Mistake

# In order: the first that fits counts. Arista's and Cisco's are alike but for a few words.
_SIGNS = {
    "FortiOS": (r"^#config-version=", r"^config (?:system|router|firewall|vpn|global)\b"),
    "VyOS": (
        r"^set interfaces (?:ethernet|bonding|dummy|loopback) \S+ ",
        r"^set protocols bgp (?:\d|neighbor|system-as)",
        r"^interfaces \{\s+(?:ethernet|bonding|dummy|loopback) \S+ \{",
    ),
    "Junos": (
        r"^(?:interfaces|protocols|routing-options|policy-options|routing-instances) \{",
        r"^set (?:protocols bgp group|routing-options|routing-instances|policy-options|interfaces \S+ unit) ",
    ),
    "EOS": (
        r"^! device: .*\bEOS", r"^service routing protocols model ", r"^[ \t]+encapsulation dot1q vlan ",
    ),
    "IOS-XR": (r"^!! IOS XR", r"^[ \t]+ipv4 address \S+ 255\."),
    "NX-OS": (r"^feature (?:bgp|interface-vlan|lacp)\b",),
    "IOS-XE": (
        r"^[ \t]+encapsulation dot1[qQ] \d",
        r"^[ \t]+ip address [0-9.]+ 255\.[0-9.]+",
        r"^interface (?:Gigabit|TenGigabit|Fast)Ethernet",
    ),
}


def foreign(text: str, shown: str) -> Mistake | None:
    """The one mistake (ER514) of the text of a file that is another system's; None where it may be FRR's."""
    for system, signs in _SIGNS.items():
        if found := re.search("|".join(signs), text, re.MULTILINE):
            line = text.count("\n", 0, found.start()) + 1
            message = (
                f"this looks like {system}, and a CE's own file is FRR's; write it as FRR has it, "
                "or leave config out and say kind: external for a router of your own"
            )
            return Mistake(shown, line, 1, "ER514", "", message=message)
    return None

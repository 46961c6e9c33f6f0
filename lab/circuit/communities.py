"""The BGP communities of Microsoft's prefixes: 12076:N for regions and services (expressroute-routing).

NN of the region table gives a region five of them: 510NN all of the region, 520NN its Storage, 530NN SQL, 540NN Cosmos
DB, 550NN Backup. 500NN is the region's on private peering.
"""

from __future__ import annotations

import re

from lab.circuit.models import AZURE_ASN

REGIONS = {
    2: "West Europe",
    3: "North Europe",
    4: "East US",
    5: "East US 2",
    6: "West US",
    7: "North Central US",
    8: "South Central US",
    9: "Central US",
    10: "East Asia",
    11: "Southeast Asia",
    12: "Japan East",
    13: "Japan West",
    14: "Brazil South",
    15: "Australia East",
    16: "Australia Southeast",
    17: "India Central",
    18: "India West",
    19: "India South",
    20: "Canada Central",
    21: "Canada East",
    24: "UK South",
    25: "UK West",
    26: "West US 2",
    27: "West Central US",
    28: "Korea South",
    29: "Korea Central",
    30: "France Central",
    31: "France South",
    32: "Australia Central",
    33: "Australia Central 2",
    34: "South Africa North",
    35: "South Africa West",
    36: "UAE North",
    37: "UAE Central",
    38: "Switzerland North",
    39: "Switzerland West",
    40: "Germany North",
    41: "Germany West Central",
    42: "Norway East",
    43: "Norway West",
    44: "West US 3",
    57: "Spain Central",
    59: "New Zealand North",
}
REGIONAL_BASES = {"": 51000, "Storage": 52000, "SQL": 53000, "Cosmos DB": 54000, "Backup": 55000}
SERVICES = {
    5010: "Exchange Online",
    5020: "SharePoint Online",
    5030: "Skype for Business Online, Teams",
    5040: "CRM Online",
    5050: "Azure Global Services",
    5060: "Microsoft Entra ID",
    5070: "Azure Resource Manager",
    5100: "other Office 365 Online services",
    5220: "Defender for Identity",
    5250: "PSTN services",
}
# Microsoft authorizes these for a subscription, and the circuit needs Premium (how-to-routefilter-portal).
OFFICE_365 = frozenset({5010, 5020, 5030, 5100})
_FORM = re.compile(rf"{AZURE_ASN}:([0-9]{{1,5}})")


def community(number: int) -> str:
    return f"{AZURE_ASN}:{number}"


def number_of(text: str) -> int | None:
    """52002 of `12076:52002`; None for anything that is no community of AS 12076."""
    found = _FORM.fullmatch(text)
    return int(found[1]) if found and int(found[1]) < 65536 else None


def describe(number: int) -> str:
    """What a community stands for, `Storage in West Europe`; empty where the table has none."""
    if number in SERVICES:
        return SERVICES[number]
    for service, base in REGIONAL_BASES.items():
        if number - base in REGIONS:
            region = REGIONS[number - base]
            return f"{service} in {region}" if service else region
    return ""

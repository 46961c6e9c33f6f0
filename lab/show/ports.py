"""A port pair as `az network express-route port show` prints it, and its letter of authorization.

What no file says of a link (patch panel, rack, connector) is the lab's own, the same for a port pair in every run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from lab.circuit.models import LINKS, PATHS, LinkName, Path, PortPair, Spec
from lab.circuit.offers import booked_gbps
from lab.files.document import port_document
from lab.topology import Endpoint, Topology

CONNECTOR = "LC"
ETHER_TYPE = "0x8100"
RACKS = 40
PANELS = 400
_WIDE = 26
_LABEL = 17


@dataclass(frozen=True)
class LinkPlace:
    """Where one link of a port pair ends: the MSEE's port, the CE's, and the facility's words for it."""

    link: LinkName
    path: Path
    enabled: bool
    near: Endpoint
    far: Endpoint
    mtu: int
    patch_panel: str
    rack: str

    @property
    def cable(self) -> str:
        return f"{self.far} ↔ {self.near}"


def places(topology: Topology, port: PortPair) -> tuple[LinkPlace, ...]:
    """link1 and link2. A port pair of a running lab has both cables (ER701)."""
    found = []
    for link, path, enabled in zip(LINKS, PATHS, port.links_enabled, strict=True):
        cable = topology.ce_port(port.ce, path)
        if cable is None:
            continue
        far, near = cable
        mtu = next(each.mtu for each in topology.links if near in (each.a, each.b))
        number = int.from_bytes(hashlib.blake2b(f"{port.name}/{link}".encode(), digest_size=4).digest())
        panel, rack = f"PP{number % PANELS + 1:03}", f"R{number // PANELS % RACKS + 1:02}"
        found.append(LinkPlace(link, path, enabled, near, far, mtu, panel, rack))
    return tuple(found)


def port_object(spec: Spec, topology: Topology, port: PortPair) -> dict[str, Any]:
    """With Azure's keys; a circuit file takes it as an item of `expressRoutePorts`."""
    ends = places(topology, port)
    document = port_document(port)
    states = {link["name"]: link["adminState"] for link in document.pop("links")}
    return document | {
        "circuits": [{"id": c.name} for c in spec.circuits if c.port == port.name],
        "etherType": ETHER_TYPE,
        "mtu": str(min((end.mtu for end in ends), default=0)),
        "provisionedBandwidthInGbps": booked_gbps(port.name, spec.circuits),
        "provisioningState": "Succeeded",
        "links": [
            {
                "name": end.link,
                "adminState": states[end.link],
                "connectorType": CONNECTOR,
                "interfaceName": end.near.interface,
                "macSecConfig": None,
                "patchPanelId": end.patch_panel,
                "provisioningState": "Succeeded",
                "rackId": end.rack,
                "routerName": end.near.node,
            }
            for end in ends
        ],
    }


def letter(topology: Topology, port: PortPair, customer: str, day: date) -> str:
    """The letter of authorization (expressroute-howto-erdirect, ER709), as plain text of at most 80 columns."""
    ends = places(topology, port)
    rows = (
        ("link", *(end.link for end in ends)),
        ("path", *(end.path for end in ends)),
        ("router", *(end.near.node for end in ends)),
        ("interface", *(end.near.interface for end in ends)),
        ("rack", *(end.rack for end in ends)),
        ("patch panel", *(end.patch_panel for end in ends)),
        ("connector", *(CONNECTOR for _ in ends)),
        ("fibre", *("single mode, LR" for _ in ends)),
        ("customer's end", *(str(end.far) for end in ends)),
    )
    head = (
        ("Date", day.isoformat()),
        ("Customer", customer),
        ("Port pair", f"{port.name}, ExpressRoute Direct"),
        ("Facility", port.location or "not named"),
        ("Bandwidth", f"{port.bandwidth_gbps} Gbps a link"),
        ("Encapsulation", port.encapsulation),
    )
    lines = [
        "LETTER OF AUTHORIZATION",
        "",
        *(_row(label, text) for label, text in head),
        "",
        "To the operator of the facility:",
        "",
        "the customer named above is authorized to order two cross-connects, one from",
        "each of its own ports to the port of Microsoft's that stands in its column.",
        "",
        *(_row(*row) for row in rows),
        "",
        "The links are two of their own: neither LACP nor MLAG joins them. Microsoft's",
        "ports are dark until the customer sets the admin state of each link to Enabled:",
        "",
        f"    mseelab port enable {port.name}",
        "",
        "Made by mseelab, which emulates ExpressRoute: this letter orders nothing.",
    ]
    return "\n".join(lines) + "\n"


def _row(label: str, *cells: str) -> str:
    return f"  {label:<{_LABEL}}{''.join(f'{cell:<{_WIDE}}' for cell in cells)}".rstrip()

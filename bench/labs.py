"""Circuit files of any size for the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def circuits(folder: Path, count: int) -> Path:
    """A folder with `count` circuits on one MSEE pair, each with its own VNet and MD5 key, both families, one CE."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"er-{n:03d}" for n in range(1, count + 1)]
    document: dict[str, Any] = {
        "lab": f"scale-{count}",
        "topology": "dual-path",
        "circuits": [_circuit(name, n) for n, name in enumerate(names, start=1)],
        "virtualNetworks": [
            {
                "name": f"vnet-{n:03d}",
                "addressSpace": {"addressPrefixes": [f"10.{100 + n // 100}.{n % 100}.0/24", f"fd01:{n:x}::/48"]},
            }
            for n in range(1, count + 1)
        ],
        "customerEdges": [{"name": "ce1", "advertise": ["172.16.0.0/16", "fd00:10::/48"]}],
    }
    (folder / "circuit.json").write_text(json.dumps(document, indent=1))
    return folder


def _circuit(name: str, number: int) -> dict[str, Any]:
    third, quarter = number // 32, number % 32 * 8
    return {
        "name": name,
        "connections": [f"vnet-{number:03d}"],
        "peerings": [
            {
                "name": "AzurePrivatePeering",
                "peerASN": 65010,
                "vlanId": 100 + number,
                "primaryPeerAddressPrefix": f"192.168.{third}.{quarter}/30",
                "secondaryPeerAddressPrefix": f"192.168.{third}.{quarter + 4}/30",
                "sharedKey": {"env": "BENCH_KEY"},
                "ipv6PeeringConfig": {
                    "primaryPeerAddressPrefix": f"fd00:64:{number:x}::/126",
                    "secondaryPeerAddressPrefix": f"fd00:64:{number:x}::4/126",
                },
            }
        ],
    }


def prefixes(folder: Path, count: int) -> Path:
    """A folder with one premium circuit whose ExaBGP CE announces `count` IPv4 prefixes."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "name": "er-prefixes",
        "sku": {"tier": "Premium", "family": "MeteredData"},
        "peerings": [
            {
                "name": "AzurePrivatePeering",
                "peerASN": 65010,
                "vlanId": 100,
                "primaryPeerAddressPrefix": "192.168.100.128/30",
                "secondaryPeerAddressPrefix": "192.168.100.132/30",
            }
        ],
        "virtualNetworks": [{"name": "hub", "addressSpace": {"addressPrefixes": ["172.31.0.0/16"]}}],
        "customerEdges": [{"name": "ce1", "kind": "exabgp", "advertise": [{"first": "10.0.0.0/24", "count": count}]}],
    }
    (folder / "circuit.json").write_text(json.dumps(document, indent=1))
    return folder

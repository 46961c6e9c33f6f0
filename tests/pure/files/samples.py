"""Circuit files to start from, and what the reader says of them."""

from __future__ import annotations

from pathlib import Path

from lab.errors import Mistakes
from lab.files.circuit_file import CircuitFile, read_circuit

SMALLEST = """\
name: er-lab
peerings:
  - name: AzurePrivatePeering
    peerASN: 65010
    primaryPeerAddressPrefix: 192.168.100.128/30    # CE .129, MSEE .130
    secondaryPeerAddressPrefix: 192.168.100.132/30  # CE .133, MSEE .134
    vlanId: 100
virtualNetworks:
  - name: hub
    addressSpace: {addressPrefixes: [10.100.0.0/16]}
customerEdges:
  - name: ce1
    advertise: [10.10.0.0/16]
"""
V6 = """\
    ipv6PeeringConfig:
      primaryPeerAddressPrefix: fd00:64::/126
      secondaryPeerAddressPrefix: fd00:64::4/126
"""
TWO = """\
lab: pair
circuits:
  - name: a
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: 100
        primaryPeerAddressPrefix: 192.168.100.128/30
        secondaryPeerAddressPrefix: 192.168.100.132/30
  - name: b
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: 101
        primaryPeerAddressPrefix: 192.168.101.128/30
        secondaryPeerAddressPrefix: 192.168.101.132/30
customerEdges:
  - name: ce1
"""


def read(tmp_path: Path, text: str) -> CircuitFile:
    (tmp_path / "circuit.yml").write_text(text)
    return read_circuit(tmp_path / "circuit.yml", "circuit.yml")


def said(tmp_path: Path, text: str) -> list[str]:
    try:
        return [str(m) for m in read(tmp_path, text).mistakes]
    except Mistakes as error:
        return [str(m) for m in error.mistakes]


def change(old: str, new: str, text: str = SMALLEST) -> str:
    assert old in text
    return text.replace(old, new)

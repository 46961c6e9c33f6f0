"""`mseelab port`: what is typed as a bandwidth, the letter of authorization, and Azure's object."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import pytest

from lab.check.report import kind_lines
from lab.check.result import NOT_UP, CheckResult
from lab.cli.port import LONGEST, Bandwidth, Words, gbps, write
from lab.cli.status import circuit_line
from lab.errors import HostCannot, Impossible
from lab.files.circuit_file import from_tree
from lab.files.load import load
from lab.files.tree import parse_tree
from lab.show.ports import letter, places, port_object

LAB = load("direct-ports", Path("/"), lint=False)
PORT = LAB.spec.ports[0]
LETTER = """\
LETTER OF AUTHORIZATION

  Date             2026-11-25
  Customer         Contoso Ltd
  Port pair        er-port, ExpressRoute Direct
  Facility         Amsterdam
  Bandwidth        10 Gbps a link
  Encapsulation    QinQ

To the operator of the facility:

the customer named above is authorized to order two cross-connects, one from
each of its own ports to the port of Microsoft's that stands in its column.

  link             link1                     link2
  path             primary                   secondary
  router           msee1                     msee2
  interface        eth1                      eth1
  rack             R38                       R32
  patch panel      PP035                     PP093
  connector        LC                        LC
  fibre            single mode, LR           single mode, LR
  customer's end   ce1:eth1                  ce1:eth2

The links are two of their own: neither LACP nor MLAG joins them. Microsoft's
ports are dark until the customer sets the admin state of each link to Enabled:

    mseelab port enable er-port

Made by mseelab, which emulates ExpressRoute: this letter orders nothing.
"""


@pytest.mark.parametrize(
    ("typed", "unit", "expected"),
    [("10", None, 10), ("10 Gbps", None, 10), ("10gbps", "Gbps", 10),
     ("10000", "Mbps", 10), ("100000 Mbps", None, 100)],
)
def test_a_bandwidth(typed: str, unit: str | None, expected: int) -> None:
    assert gbps(Bandwidth().convert(typed, None, None), unit) == expected


@pytest.mark.parametrize(
    ("typed", "unit"),
    [("ten", None), ("-10", None), ("10.5", None), ("", None),
     ("10 Tbps", None), ("10 Gbps", "Mbps"), ("10500", "Mbps"),
     ("99999999", None), ("10\nGbps\n1", None)],
)
def test_no_bandwidth(typed: str, unit: str | None) -> None:
    with pytest.raises(click.UsageError):
        gbps(Bandwidth().convert(typed, None, None), unit)


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[2J", "a\u202eb", "x" * (LONGEST + 1)])
def test_what_is_no_text_of_one_line(text: str) -> None:
    with pytest.raises(click.UsageError):
        Words().convert(text, None, None)
    assert Words().convert(" Contoso GmbH & Söhne ", None, None) == "Contoso GmbH & Söhne"


@pytest.mark.rule("ER709")
def test_the_letter() -> None:
    text = letter(LAB.topology, PORT, "Contoso Ltd", date(2026, 11, 25))
    assert text == LETTER
    assert max(map(len, text.splitlines())) <= 80
    assert letter(LAB.topology, replace(PORT, location=""), "C", date(2026, 1, 1)).count("not named") == 1


@pytest.mark.rule("ER709")
def test_a_letter_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "loa.txt"
    write(str(file), "first")
    with pytest.raises(Impossible, match="is here already; nothing is overwritten"):
        write(str(file), "second")
    assert file.read_text() == "first"
    with pytest.raises(Impossible, match="not a PDF") as refused:
        write(str(tmp_path / "LOA.PDF"), "text")
    assert refused.value.rule == "ER709"
    for hopeless in (tmp_path / "none" / "loa.txt", tmp_path / "nul\0byte"):
        with pytest.raises(Impossible, match="no file can be at"):
            write(str(hopeless), "text")
    with pytest.raises(HostCannot, match="cannot be written: File name too long"):
        write(str(tmp_path / ("x" * 300)), "text")
    dangling = tmp_path / "link.txt"
    os.symlink(tmp_path / "elsewhere", dangling)
    with pytest.raises(Impossible):
        write(str(dangling), "text")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.rule("ER701")
def test_the_object_is_azures_and_a_circuit_file_takes_it() -> None:
    value = port_object(LAB.spec, LAB.topology, PORT)
    assert value["circuits"] == [{"id": "er-prod"}, {"id": "er-test"}]
    assert (value["provisionedBandwidthInGbps"], value["etherType"], value["mtu"]) == (12, "0x8100", "1500")
    assert [(link["name"], link["routerName"], link["adminState"]) for link in value["links"]] == [
        ("link1", "msee1", "Enabled"), ("link2", "msee2", "Enabled"),
    ]
    file = {"lab": "again", "circuits": [], "customerEdges": [{"name": "ce1"}], "expressRoutePorts": [value]}
    read = from_tree(parse_tree(json.dumps(file), "circuit.json"), "circuit.json", ("circuit.json",))
    assert (read.mistakes, read.warnings) == ([], [])
    assert read.spec.ports == (PORT,)


def test_two_port_pairs_end_on_panels_of_their_own() -> None:
    ends = [*places(LAB.topology, PORT), *places(LAB.topology, replace(PORT, name="other"))]
    assert len({(end.rack, end.patch_panel) for end in ends}) == 4


def test_status_says_what_a_circuit_is_on() -> None:
    circuit = {
        "name": "er-prod", "circuitProvisioningState": "Enabled", "serviceProviderProvisioningState": "Provisioned",
        "tier": "Standard", "port": "er-port", "bandwidthInGbps": 10, "bandwidth": None, "provider": None,
        "location": None,
    }
    assert circuit_line(circuit).endswith("provider Provisioned   port pair er-port, 10 Gbps, Standard")


def test_a_report_does_not_call_a_dark_session_established() -> None:
    up = CheckResult("a", "sessions", "er", "AzurePrivatePeering", "secondary", "ipv4", "pass", "s", "Established")
    dark = replace(up, path="primary", expected=NOT_UP)
    reach = replace(up, kind="reach", label="hub ipv4", expected="10.1.0.36 answers over secondary")
    sessions, reached = kind_lines([up, dark, reach])
    assert sessions.endswith("Established; MD5 as configured, hold time 180 s or less; 1 down, as expected")
    assert reached.endswith("hub ipv4, over secondary")
    both = replace(reach, label="apps ipv4", expected="10.2.0.36 answers over primary and secondary")
    assert kind_lines([reach, both])[0].endswith("hub ipv4, apps ipv4, each over the paths it has")
    assert kind_lines([both])[0].endswith("apps ipv4, each over both paths")

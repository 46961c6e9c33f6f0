"""A capture as lines, as objects and as a file."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from bgp.wire import decode as decoded
from lab.capture.event import Event
from lab.capture.lines import Lines, as_object, labels
from lab.capture.messages import told
from lab.capture.narrator import Narrator
from lab.capture.pcapng import Interface, header, packet
from lab.circuit.models import Session
from lab.net.frames import decode
from tests.pure.capture.test_narrator import OPEN, message, opened
from tests.pure.capture.wire import CE, MSEE, NOON, PRIMARY, SECONDARY, Wire

pytestmark = pytest.mark.filterwarnings("ignore:Field type:DeprecationWarning")  # python-pcapng's own
SESSION = Session(
    "er-lab", "AzurePrivatePeering", "primary", "ipv4", "msee1", "er1p", MSEE[0], "ce1", CE[0], None, True, "",
)  # fmt: skip


def an_open(tags: tuple[int, ...] = (100,)) -> Event:
    wire, narrator = Wire(tags), Narrator()
    frames = [*opened(wire), wire.tcp(OPEN, ce=True)]
    (event,) = (event for frame in frames for event in narrator.frame(PRIMARY, frame))
    return event


def test_a_line_has_time_direction_tags_family_and_words() -> None:
    event = an_open((8, 100))
    first, second = Lines([PRIMARY], 100).text(event).splitlines()
    assert first[8:] == (
        ".004000  ce1 → msee1  8.100  ipv4  OPEN AS 65010, hold 180 s, MD5, id 192.168.100.129, ipv4;"
    )
    assert second == " " * 43 + "route refresh, 4-octet AS"
    assert Lines([PRIMARY]).text(event) == f"{first} {second.strip()}", "one line a message, for grep"
    keepalive = replace(event, kind="KEEPALIVE", text="")
    assert Lines([PRIMARY, SECONDARY]).text(keepalive)[17:] == "primary    ce1 → msee1  8.100  ipv4  KEEPALIVE"
    assert Lines([PRIMARY]).text(replace(keepalive, tags=(100,), modelled=True))[17:] == (
        "ce1 → msee1  (100)  ipv4  KEEPALIVE"
    )
    assert Lines([PRIMARY]).text(replace(keepalive, tags=()))[17:] == "ce1 → msee1  -      ipv4  KEEPALIVE"


def test_no_line_is_longer_than_a_terminal_and_none_lists_a_table() -> None:
    prefixes = "".join(f"18 0a{n >> 8:02x}{n & 255:02x}" for n in range(900))
    said = told(decoded(message(2, f"0000 0000 {prefixes}")), signed=False)
    event = replace(an_open(), kind=said.kind, text=said.text, fields=said.fields)
    lines = Lines([PRIMARY, SECONDARY], 100).text(event).splitlines()
    assert len(lines) <= 4
    assert max(map(len, lines)) <= 100
    assert "and 894 more via" in " ".join(" ".join(lines).split())
    assert len(as_object(event, {})["announced"][0]["prefixes"]) == 900


def test_an_object_has_every_field_and_its_session() -> None:
    found = json.loads(json.dumps(as_object(an_open(), labels([SESSION]))))
    assert abs(found.pop("time") - NOON / 1e9 - 0.004) < 1e-5
    assert found == {
        "path": "primary", "from": "ce1", "to": "msee1", "tags": [100], "tagsOnWire": True, "family": "ipv4",
        "circuit": "er-lab", "peering": "AzurePrivatePeering", "source": CE[0], "target": MSEE[0], "type": "OPEN",
        "text": "AS 65010, hold 180 s, MD5, id 192.168.100.129, ipv4; route refresh, 4-octet AS",
        "version": 4, "asn": 65010, "holdTime": 180, "routerId": "192.168.100.129", "families": ["ipv4"],
        "capabilities": ["route refresh", "4-octet AS"], "md5": True,
    }  # fmt: skip


def test_addresses_of_two_circuits_name_neither() -> None:
    twice = labels([SESSION, replace(SESSION, circuit="er-other"), replace(SESSION, circuit="er-third")])
    assert as_object(an_open(), twice)["circuit"] is None


def blocks(data: bytes) -> list[Any]:
    from pcapng import FileScanner

    return list(FileScanner(io.BytesIO(data)))


def test_a_file_is_what_another_reader_finds_in_it() -> None:
    wire = Wire((8, 100))
    frames = [wire.tcp(OPEN, ce=True), wire.arp(2, ce=False)]
    data = header("mseelab 1", [Interface("msee1:eth1", "primary"), Interface("msee2:eth1", "secondary")])
    data += b"".join(packet(number, frame) for number, frame in enumerate(frames))
    section, *rest = blocks(data)
    assert section.options["shb_userappl"] == "mseelab 1"
    assert [(i.options["if_name"], i.options["if_description"], i.timestamp_resolution) for i in rest[:2]] == [
        ("msee1:eth1", "primary", 1e-9), ("msee2:eth1", "secondary", 1e-9),
    ]  # fmt: skip
    assert [p.interface_id for p in rest[2:]] == [0, 1]
    assert [(p.timestamp_high << 32) + p.timestamp_low for p in rest[2:]] == [f.nanoseconds for f in frames]
    assert [p.options["epb_flags"].inout for p in rest[2:]] == ["inbound", "outbound"]
    assert [p.packet_data for p in rest[2:]] == [f.data for f in frames]
    assert [decode(p.packet_data).tags for p in rest[2:]] == [(8, 100), (8, 100)]


def test_a_file_cut_between_two_blocks_is_whole() -> None:
    frame = Wire().arp(1, ce=True)
    data = header("mseelab 1", [Interface("msee1:eth1", "primary")])
    assert len(blocks(data)) == 2
    assert len(blocks(data + packet(0, frame))) == 3

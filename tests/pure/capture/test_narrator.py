"""What is told of frames, and what is not worth a line."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace

from lab.capture.event import Event
from lab.capture.narrator import Narrator
from lab.net.tap import Frame
from tests.pure.capture.wire import ACK, FIN, PRIMARY, RST, SECOND, SYN, Wire


def message(kind: int, body: str = "") -> bytes:
    octets = bytes.fromhex(body)
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(octets), kind) + octets


OPEN = message(1, "04 fdf2 00b4 c0a86481 14 02 06 0104 0001 0001 02 02 0200 02 06 4104 0000fdf2")
KEEPALIVE = message(4)
BAD_PEER_AS = message(3, "02 02 00002f2c")


def told(frames: Iterable[Frame], narrator: Narrator | None = None) -> list[str]:
    return [said(event) for event in events(frames, narrator)]


def events(frames: Iterable[Frame], narrator: Narrator | None = None) -> list[Event]:
    hears = narrator or Narrator()
    return [event for frame in frames for event in hears.frame(PRIMARY, frame)]


def said(event: Event) -> str:
    return f"{event.sender} {event.family} {event.kind} {event.text}".rstrip()


def opened(wire: Wire) -> list[Frame]:
    """The three segments that begin a connection."""
    return [wire.tcp(ce=True, flags=SYN), wire.tcp(ce=False, flags=SYN | ACK), wire.tcp(ce=True)]


def test_a_session_is_told_by_its_messages_alone() -> None:
    wire = Wire()
    body = "40 01 01 00 40 02 06 02 01 0000fdf2 40 03 04 c0a86481 c0 08 04 2f2ccb2e"
    update = message(2, f"0000 {len(bytes.fromhex(body)):04x} {body} 10 0a0a 18 0a0b01")
    frames = [
        *opened(wire),
        wire.tcp(OPEN[:10], ce=True), wire.tcp(OPEN[10:] + KEEPALIVE, ce=True),
        wire.tcp(ce=False),
        wire.tcp(update + message(2, "0000 0000"), ce=True),
        wire.tcp(message(5, "0001 00 01"), ce=False),
    ]  # fmt: skip
    assert told(frames) == [
        "ce1 ipv4 OPEN AS 65010, hold 180 s, MD5, id 192.168.100.129, ipv4; route refresh, 4-octet AS",
        "ce1 ipv4 KEEPALIVE",
        "ce1 ipv4 UPDATE 10.10.0.0/16 10.11.1.0/24 via 192.168.100.129, AS path 65010, communities 12076:52014",
        "ce1 ipv4 UPDATE End-of-RIB ipv4",
        "msee1 ipv4 ROUTE-REFRESH ipv4",
    ]


def test_a_notification_says_why_and_what_follows_it_says_nothing() -> None:
    wire = Wire()
    frames = [
        *opened(wire), wire.tcp(OPEN, ce=True, md5=False), wire.tcp(BAD_PEER_AS, ce=False),
        wire.tcp(ce=False, flags=FIN | ACK), wire.tcp(ce=True, flags=FIN | ACK), wire.tcp(ce=False, flags=RST),
    ]  # fmt: skip
    assert [line.split(";")[0] for line in told(frames)] == [
        "ce1 ipv4 OPEN AS 65010, hold 180 s, no MD5, id 192.168.100.129, ipv4",
        "msee1 ipv4 NOTIFICATION 2/2 OPEN Message Error/Bad Peer AS, AS 12076",
    ]


def test_a_syn_without_an_answer_is_told_once() -> None:
    wire, narrator = Wire(), Narrator()
    first = wire.tcp(ce=True, flags=SYN)
    assert told([first, wire.bfd(1, ce=True)], narrator) == ["ce1 ipv4 BFD Down, 300 ms × 3"]
    wire.now += SECOND
    (late,) = events([wire.tcp(ce=True, flags=SYN, seq=1000)], narrator)
    assert said(late) == "ce1 ipv4 TCP SYN, MD5: no answer in 1 s"
    assert late.nanoseconds == first.nanoseconds + SECOND
    assert late.bad
    assert list(narrator.silence(wire.now + 60 * SECOND)) == []
    again = wire.tcp(ce=True, flags=SYN, port=40001, md5=False)
    assert told([again], narrator) == []
    assert [said(e) for e in narrator.silence(again.nanoseconds + SECOND - 1)] == []
    assert [said(e) for e in narrator.silence(again.nanoseconds + SECOND)] == [
        "ce1 ipv4 TCP SYN, no MD5: no answer in 1 s"
    ]


def test_how_a_connection_ends_without_a_notification() -> None:
    refused, reset, closed = Wire(), Wire(), Wire()
    assert told([refused.tcp(ce=True, flags=SYN), refused.tcp(ce=False, flags=RST | ACK)]) == [
        "msee1 ipv4 TCP RST: the connection is refused"
    ]
    assert told([*opened(reset), reset.tcp(ce=True, flags=RST)]) == ["ce1 ipv4 TCP RST: the connection is reset"]
    ends = [closed.tcp(ce=False, flags=FIN | ACK), closed.tcp(ce=True, flags=FIN | ACK)]
    assert told([*opened(closed), *ends]) == ["msee1 ipv4 TCP FIN without a NOTIFICATION"]


def test_what_is_sent_again_is_told_and_its_messages_are_not() -> None:
    wire = Wire()
    start = opened(wire)
    sent = wire.tcp(OPEN, ce=True)
    again = wire.tcp(OPEN, ce=True, seq=1001)
    assert [line.split(" ", 2)[2][:25] for line in told([*start, sent, again])] == [
        "OPEN AS 65010, hold 180 s", f"TCP {len(OPEN)} octets are sent ag",
    ]  # fmt: skip


def test_the_same_ports_with_other_tags_are_another_connection() -> None:
    narrator, wire, other = Narrator(), Wire(), Wire((8, 100))
    told(opened(wire), narrator)
    told(opened(other), narrator)
    half, rest = OPEN[:20], OPEN[20:]
    assert told([wire.tcp(half, ce=True), other.tcp(half, ce=True)], narrator) == []
    (event,) = events([other.tcp(rest, ce=True)], narrator)
    assert (event.kind, event.tags) == ("OPEN", (8, 100))


def test_a_sub_interface_stands_for_its_tags() -> None:
    place = replace(PRIMARY, device="eth1.8.100", vrf="er1p", tags=(8, 100))
    (event,) = Narrator().frame(place, Wire(()).arp(1, ce=True))
    assert (event.tags, event.modelled) == ((8, 100), True)
    (event,) = Narrator().frame(PRIMARY, Wire().arp(1, ce=True))
    assert (event.tags, event.modelled) == ((100,), False)


def test_bfd_is_told_when_it_changes() -> None:
    wire = Wire()
    frames = [
        wire.bfd(3, ce=True), wire.bfd(3, ce=False), wire.bfd(3, ce=True, interval=50_000),
        wire.bfd(1, 1, ce=False, interval=1_000_000),
        wire.bfd(1, 3, ce=True), wire.bfd(2, 3, ce=True), wire.bfd(3, ce=True),
    ]  # fmt: skip
    found = events(frames)
    assert [said(event) for event in found] == [
        "ce1 ipv4 BFD Up, 300 ms × 3",
        "msee1 ipv4 BFD Up, 300 ms × 3",
        "msee1 ipv4 BFD Up → Down, Control Detection Time Expired",
        "ce1 ipv4 BFD Up → Down, Neighbor Signaled Session Down",
        "ce1 ipv4 BFD Down → Init, Neighbor Signaled Session Down",
        "ce1 ipv4 BFD Init → Up, 300 ms × 3",
    ]
    assert [event.bad for event in found] == [False, False, True, True, False, False]


def test_who_looks_for_whom() -> None:
    wire = Wire()
    frames = [wire.arp(1, ce=True), wire.arp(2, ce=False), wire.solicitation(ce=True), wire.too_big(1400)]
    assert told(frames) == [
        "ce1 ipv4 ARP who has 192.168.100.130? asks 192.168.100.129",
        "msee1 ipv4 ARP 192.168.100.130 is at 02:c0:00:00:00:aa",
        "ce1 ipv6 ND who has fd00:64::2? asks fd00:64::1",
        "msee1 ipv4 ICMP fragmentation needed, MTU 1400: 192.168.100.129 → 192.168.100.130",
    ]

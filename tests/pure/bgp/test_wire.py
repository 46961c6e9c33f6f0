"""BGP messages, octet for octet, to values; and streams with holes in them to messages."""

from __future__ import annotations

import random
import struct

import pytest

from bgp.wire import (
    Announced,
    Conversation,
    Keepalive,
    Message,
    Negotiated,
    Notice,
    Open,
    RouteRefresh,
    Unreadable,
    Update,
    Withdrawn,
    decode,
    split,
)
from bgp.wire.stream import WINDOW

MARKER = b"\xff" * 16


def message(kind: int, *parts: str) -> bytes:
    body = bytes.fromhex(" ".join(parts))
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


KEEPALIVE = message(4)
FOUR, TWO = Negotiated(four_octet=True), Negotiated(four_octet=False)
OPEN = message(
    1, "04 fdf2 00b4 c0a86485 20",  # AS 65010, 180 s, 192.168.100.133
    "02 06 0104 0001 0001",  # multiprotocol, IPv4 unicast
    "02 02 0200",  # route refresh
    "02 06 4104 0000fdf2",  # 4-octet AS 65010
    "02 0a 4508 0001 01 03 0002 01 01",  # ADD-PATH: IPv4 both ways, IPv6 receives
)
FILTERED = "40 01 01 00 40 02 0a 02 02 0000fdf2 0000fdf3 40 03 04 c0a86481"


def attributes(*parts: str) -> str:
    body = " ".join(parts)
    return f"{len(bytes.fromhex(body)):04x} {body}"


def test_an_open_with_its_capabilities() -> None:
    found = decode(OPEN)
    assert isinstance(found, Open)
    assert (found.version, found.asn, found.hold_time, found.router_id) == (4, 65010, 180, "192.168.100.133")
    assert found.families == ("ipv4",)
    assert [c.name for c in found.capabilities] == ["multiprotocol", "route refresh", "4-octet AS", "ADD-PATH"]
    assert found.add_path == {"ipv4": 3, "ipv6": 1}


def test_an_open_of_a_large_as_number_without_families() -> None:
    found = decode(message(1, "04 5ba0 0000 01020304 08 02 06 4104 00010001"))
    assert isinstance(found, Open)
    assert (found.two_octet_asn, found.asn, found.families) == (23456, 65537, ("ipv4",))


def test_an_open_with_extended_parameters() -> None:
    found = decode(message(1, "04 fdf2 00b4 01020304 ff ff 0009 02 0006 0104 0002 0001"))
    assert isinstance(found, Open)
    assert found.families == ("ipv6",)


def test_an_update_with_everything_that_is_shown() -> None:
    octets = message(
        2, "0003 10 0a0c",
        attributes(FILTERED, "80 04 04 00000064", "c0 08 08 2f2ccb2e ffffff01",
                   "c0 20 0c 00002f2c 00000001 00000002", "c0 10 08 0002fdf200000064", "c0 63 01 00"),
        "10 0a0a 18 0a0b01",
    )  # fmt: skip
    assert decode(octets, FOUR) == Update(
        announced=(Announced("ipv4", ("10.10.0.0/16", "10.11.1.0/24"), "192.168.100.129"),),
        withdrawn=(Withdrawn("ipv4", ("10.12.0.0/16",)),),
        origin="igp", as_path="65010 65011", med=100, communities=("12076:52014", "no-export"),
        large_communities=("12076:1:2",), extended_communities=("0x0002fdf200000064",), others=(99,),
    )  # fmt: skip


def test_an_update_of_ipv6_with_both_next_hops() -> None:
    octets = message(
        2, "0000",
        attributes("40 01 01 02", "40 02 06 02 01 0000fdf2",
                   f"80 0e 2c 0002 01 20 fd000064{'00' * 11}01 fe80{'00' * 13}01 00 30 fd0000100000",
                   "80 0f 0a 0002 01 30 fd0000110000"),
    )  # fmt: skip
    assert decode(octets, FOUR) == Update(
        announced=(Announced("ipv6", ("fd00:10::/48",), "fd00:64::1", "fe80::1"),),
        withdrawn=(Withdrawn("ipv6", ("fd00:11::/48",)),),
        origin="incomplete", as_path="65010",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("octets", "family"),
    [(message(2, "0000 0000"), "ipv4"), (message(2, "0000 0006 80 0f 03 0002 01"), "ipv6")],
)
def test_the_end_of_a_rib(octets: bytes, family: str) -> None:
    assert decode(octets) == Update(end_of_rib=family)


@pytest.mark.parametrize(
    ("path", "negotiated", "words"),
    [
        ("02 02 fdf2 fdf3", TWO, "65010 65011"),
        ("02 02 0000fdf2 00010001", FOUR, "65010 65537"),
        ("02 02 fdf2 fdf3", Negotiated(), "65010 65011"),
        ("02 02 0000fdf2 00010001", Negotiated(), "65010 65537"),
        ("02 01 0000fdf2 01 02 00000001 00000002", FOUR, "65010 {1,2}"),
        ("03 02 0000fde9 0000fdea 04 01 00000003 02 01 0000fdf2", FOUR, "(65001 65002) [3] 65010"),
        ("", FOUR, ""),
    ],
)
def test_an_as_path_in_the_words_of_a_router(path: str, negotiated: Negotiated, words: str) -> None:
    size = len(bytes.fromhex(path))
    found = decode(message(2, "0000", attributes(f"40 02 {size:02x} {path}"), "10 0a0a"), negotiated)
    assert isinstance(found, Update)
    assert found.as_path == words


def test_path_identifiers_are_passed_over_where_they_were_agreed_on() -> None:
    octets = message(2, "0000 0000", "00000007 10 0a0a")
    found = decode(octets, Negotiated(True, frozenset({"ipv4"})))
    assert isinstance(found, Update)
    assert found.announced[0].prefixes == ("10.10.0.0/16",)


@pytest.mark.parametrize(
    ("octets", "words", "detail"),
    [
        ("02 02 fdf3", "OPEN Message Error/Bad Peer AS", "AS 65011"),
        ("06 02 08 7365652079 6f75", "Cease/Administrative Shutdown", ""),
        ("06 02 07 7365652079 6f75", "Cease/Administrative Shutdown", "see you"),
        ("06 01 0001 01 00000fa0", "Cease/Maximum Number of Prefixes Reached", "ipv4, 4000 allowed"),
        ("06 09 06 0a", "Cease/Hard Reset", "Cease/BFD Down"),
        ("04 00", "Hold Timer Expired", ""),
        ("63 01", "code 99", ""),
    ],
)
def test_a_notification_in_words(octets: str, words: str, detail: str) -> None:
    found = decode(message(3, octets))
    assert isinstance(found, Notice)
    assert (found.words, found.detail) == (words, detail)


def test_a_route_refresh() -> None:
    assert decode(message(5, "0002 00 01")) == RouteRefresh("ipv6")
    assert decode(message(5, "0001 01 01")) == RouteRefresh("ipv4", "begin")


@pytest.mark.parametrize(
    "octets",
    [
        message(1, "04 fdf2"),
        message(2, "0000 0004 40 01 01 07"),
        message(2, "0000 0000 21 0a0a0a0a0a"),
        message(2, "0000 ffff"),
        message(4, "00"),
        message(7),
        b"",
    ],
)
def test_what_breaks_the_rules_is_said_and_not_raised(octets: bytes) -> None:
    found = decode(octets)
    assert isinstance(found, Unreadable)
    assert found.why


def test_noise_is_no_error() -> None:
    chance = random.Random(11)
    for number in range(20_000):
        decode(MARKER + b"\0\0" + bytes([number % 7]) + chance.randbytes(chance.randrange(60)))


def test_a_stream_is_cut_wherever_it_ends() -> None:
    stream = OPEN + KEEPALIVE + KEEPALIVE
    for at in range(len(stream) + 1):
        first = split(stream[:at])
        second = split(first.rest + stream[at:])
        assert first.messages + second.messages == [OPEN, KEEPALIVE, KEEPALIVE]
        assert first.skipped + second.skipped == 0


def test_a_stream_that_begins_in_the_middle_goes_on_at_a_marker() -> None:
    for at in range(1, len(OPEN)):
        assert split(OPEN[at:] + KEEPALIVE).messages == [KEEPALIVE]


def pieces(stream: bytes, size: int, seq: int) -> list[tuple[int, bytes]]:
    return [((seq + at) % (1 << 32), stream[at : at + size]) for at in range(0, len(stream), size)]


def said(segments: list[tuple[int, bytes]], syn: int | None) -> list[Message]:
    talk = Conversation("ce", "msee")
    if syn is not None:
        assert talk.segment("ce", syn, b"", syn=True) == []
    return [m for seq, payload in segments for m in talk.segment("ce", seq, payload)]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("seq", [100, (1 << 32) - 30])
def test_segments_twice_and_out_of_order_are_one_stream(size: int, seq: int) -> None:
    stream = OPEN + KEEPALIVE + message(3, "06 02")
    cut = pieces(stream, size, seq + 1)
    shuffled = [*cut, *cut[::2]]
    random.Random(3).shuffle(shuffled)
    expected = [decode(OPEN), Keepalive(), Notice(6, 2)]
    assert said(cut, seq) == expected
    assert said(shuffled, seq) == expected
    overlapping = [(at, stream[(at - seq - 1) % (1 << 32) :][: size + 5]) for at, _ in cut]
    assert said(overlapping, seq) == expected


def test_who_joins_in_the_middle_reads_from_the_next_message_on() -> None:
    assert said(pieces(OPEN[5:] + KEEPALIVE, 10, 9), None) == [Keepalive()]


def test_octets_that_are_no_message_are_told_when_the_stream_was_whole() -> None:
    first, second = said([(101, b"\0" * 19), (120, KEEPALIVE)], 100)
    assert isinstance(first, Unreadable)
    assert second == Keepalive()


def test_what_is_lost_for_good_is_left_out() -> None:
    filler = KEEPALIVE * (WINDOW // 19 + 2)
    found = said([(101, OPEN + KEEPALIVE[:9]), *pieces(filler, 1900, 101 + len(OPEN) + 40)], 100)
    assert found[0] == decode(OPEN)
    assert set(map(type, found[1:])) == {Keepalive}
    assert len(found) > 50_000


def test_both_opens_decide_how_an_update_is_read() -> None:
    short = message(1, "04 fdf2 00b4 01020304 00")
    path = message(2, "0000", attributes("40 02 06 02 02 fdf2 fdf3"), "10 0a0a")
    talk = Conversation("ce", "msee")
    talk.segment("ce", 0, b"", syn=True)
    talk.segment("msee", 0, b"", syn=True)
    talk.segment("msee", 1, OPEN)
    talk.segment("ce", 1, short)
    (found,) = talk.segment("ce", 1 + len(short), path)
    assert isinstance(found, Update)
    assert found.as_path == "65010 65011"
    back = message(2, "0000", attributes("40 02 06 02 02 0201 0101"), "10 0a0a")
    (answer,) = talk.segment("msee", 1 + len(OPEN), back)
    assert isinstance(answer, Update)
    assert answer.as_path == "513 257", "neither sends four octets to one who has not said that it reads them"
    assert talk.opened("msee") == decode(OPEN)

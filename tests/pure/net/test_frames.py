"""Frames of a real lab, taken off the cable, to values; and octets that make no sense to no error."""

from __future__ import annotations

import random

import pytest

from lab.net.frames import Arp, Bfd, NeighborDiscovery, decode

ETHERNET = "02c0000000bb02c0000000aa"
TAG_100, STAG_8 = "81000064", "81000008"
# Spaces are for the eye: bytes.fromhex passes over them.
CE6, MSEE6 = f"fd000064 {'00' * 11} 01", f"fd000064 {'00' * 11} 02"
CE4, MSEE4 = "c0a86481", "c0a86482"
IPV4_SYN = (  # TTL 1, DF, 192.168.100.129:47580 to .130:179, sixty octets of TCP header
    f"0800 45c00050 12344000 01060000 {CE4} {MSEE4} b9dc00b3 00000064 00000000 f0020200 00000000"
    f"020405b4 0101 1312 {'ab' * 16} 030307 {'00' * 13}"
)
ARP = f"0806 0001080006040001 02c0000000aa {CE4} 000000000000 {MSEE4}"
BFD = (
    f"0800 45c00034 00014000 ff110000 {CE4} {MSEE4} c3500ec8 00200000"
    "20e00318 00000011 00000022 000493e0 000493e0 0000c350"
)
ND = (
    f"86dd 6000000000203aff {CE6} ff0200000000000000000001ff000002"
    f"8700 0000 00000000 {MSEE6} 0101 02c0000000aa"
)
TOO_BIG = f"86dd 6000000000303a40 {MSEE6} {CE6} 0200 0000 00000578 6000000000280601 {CE6} {MSEE6}"


def octets(*parts: str) -> bytes:
    return bytes.fromhex("".join((ETHERNET, *parts)))


def test_a_signed_syn_below_two_tags() -> None:
    packet = decode(octets(STAG_8, TAG_100, IPV4_SYN))
    assert (packet.tags, packet.tpids) == ((8, 100), (0x8100, 0x8100))
    assert packet.source_mac == "02:c0:00:00:00:aa"
    assert packet.ip is not None
    assert packet.tcp is not None
    ip, tcp = packet.ip, packet.tcp
    assert (ip.source, ip.target, ip.ttl, ip.dont_fragment) == ("192.168.100.129", "192.168.100.130", 1, True)
    assert (tcp.source, tcp.target, tcp.seq, tcp.syn, tcp.acks, tcp.rst, tcp.fin) == (
        47580, 179, 100, True, False, False, False,
    )
    assert (tcp.signed, tcp.mss, tcp.payload) == (True, 1460, b"")


def test_a_service_tag_of_802_1ad() -> None:
    packet = decode(octets("88a80008", TAG_100, ARP))
    assert (packet.tags, packet.tpids) == ((8, 100), (0x88A8, 0x8100))


def test_an_arp_request() -> None:
    packet = decode(octets(TAG_100, ARP))
    assert packet.arp == Arp(1, "02:c0:00:00:00:aa", "192.168.100.129", "00:00:00:00:00:00", "192.168.100.130")
    assert packet.arp.request


def test_a_neighbor_solicitation() -> None:
    packet = decode(octets(ND))
    assert packet.tags == ()
    assert packet.nd == NeighborDiscovery("solicitation", "fd00:64::2", "02:c0:00:00:00:aa")


def test_a_bfd_packet() -> None:
    packet = decode(octets(TAG_100, BFD))
    assert packet.bfd == Bfd("Up", 0, 3, 0x11, 0x22, 300_000, 300_000, poll=True)
    assert packet.bfd.why == "No Diagnostic"


def test_packet_too_big_says_for_which() -> None:
    packet = decode(octets(TAG_100, TOO_BIG))
    assert packet.icmp is not None
    assert packet.icmp.about is not None
    assert (packet.icmp.mtu, packet.icmp.about.source, packet.icmp.about.target) == (1400, "fd00:64::1", "fd00:64::2")


def test_padding_is_no_payload() -> None:
    packet = decode(octets(TAG_100, BFD) + bytes(20))
    assert packet.udp is not None
    assert len(packet.udp.payload) == 24
    packet = decode(octets(TAG_100, IPV4_SYN) + bytes(20))
    assert packet.tcp is not None
    assert packet.tcp.payload == b""


@pytest.mark.parametrize("frame", [IPV4_SYN, ARP, BFD, ND, TOO_BIG])
def test_a_frame_cut_anywhere_is_no_error(frame: str) -> None:
    whole = octets(STAG_8, TAG_100, frame)
    for length in range(len(whole)):
        assert decode(whole[:length]) != decode(whole)


def test_noise_is_no_error() -> None:
    chance = random.Random(7)
    for kind in ("0800", "86dd", "0806", "8100"):
        for _ in range(2000):
            frame = bytearray(octets(kind) + chance.randbytes(chance.randrange(100)))
            if len(frame) > 24:
                frame[14] = chance.choice((0x45, 0x60, frame[14]))
                frame[chance.choice((20, 23))] = chance.choice((0, 6, 17, 43, 44, 58, 60))
            decode(bytes(frame))

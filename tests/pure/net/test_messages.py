"""The requests octet by octet, read by a reader of this test's own and not by the encoder's library."""

from __future__ import annotations

import socket
import struct

from lab.net import messages, steps
from lab.net.namespace import Device, device
from lab.net.steps import End, Place

HEADER, LINK = 16, 16
NEW_LINK = 16
EXCLUSIVE = 0x1 | 0x400 | 0x200  # request, create, fail if it is there
IFNAME, LINKED, ADDRESS, MASTER, MTU, LINKINFO, NET_NS_FD = 3, 5, 1, 10, 4, 18, 28
KIND, DATA, PEER, VLAN_ID, VLAN_PROTOCOL = 1, 2, 1, 1, 5


def attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while data:
        length, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found


def link(message: bytes) -> tuple[tuple[int, int], tuple[int, int, int], dict[int, bytes]]:
    """(type, flags), (index, flags, change), attributes."""
    length, kind, flags, sequence, _ = struct.unpack_from("=IHHII", message)
    assert (length, sequence) == (len(message), 0)
    index, up, change = struct.unpack_from("=4xiII", message, HEADER)
    return (kind, flags), (index, up, change), attributes(message[HEADER + LINK :])


def text(value: bytes) -> str:
    return value.rstrip(b"\0").decode()


def number(value: bytes) -> int:
    return int(struct.unpack("=I", value)[0])


def test_a_vlan_device_is_born_in_its_namespace_on_a_port_of_ours() -> None:
    here, vrf = Place("msee1"), Place("msee1", "c1p")
    step = steps.Vlan(here, "eth1", 100, vrf, "eth1.100", mac="02:00:00:00:00:05")
    (kind, flags), (index, up, change), found = link(messages.vlan(step, 21, port_index=7, namespace=33))
    assert (kind, flags) == (NEW_LINK, EXCLUSIVE)
    assert index == 21
    assert (up, change) == (1, 1)
    assert text(found[IFNAME]) == "eth1.100"
    assert number(found[LINKED]) == 7
    assert number(found[NET_NS_FD]) == 33
    assert found[ADDRESS] == bytes.fromhex("020000000005")
    info = attributes(found[LINKINFO])
    assert text(info[KIND]) == "vlan"
    data = attributes(info[DATA])
    assert struct.unpack("=H", data[VLAN_ID]) == (100,)
    assert VLAN_PROTOCOL not in data, "the kernel's own choice is 0x8100, for the S-tag too"


def test_a_vlan_device_is_recognised() -> None:
    """The kernel describes a device in the attributes by which it is made."""
    step = steps.Vlan(Place("msee1"), "eth1", 100, Place("msee1", "c1p"), "eth1.100", mac="02:00:00:00:00:05")
    assert device(messages.vlan(step, 21, 7, 33)) == Device("vlan", "02:00:00:00:00:05", link=7, vlan=100)


def test_both_ends_of_a_veth_have_name_index_and_namespace_at_birth() -> None:
    near = End(Place("ce1"), "eth1", "02:00:00:00:00:01", mtu=9000, up=True)
    far = End(Place("msee1"), "eth2", mtu=9000)
    _, (index, up, _), found = link(messages.veth(near, 11, 5, far, 12, 44))
    assert (index, up) == (11, 1)
    assert (text(found[IFNAME]), number(found[MASTER]), number(found[MTU])) == ("eth1", 5, 9000)
    assert NET_NS_FD not in found, "the near end is born where the socket is"
    peer = attributes(attributes(found[LINKINFO])[DATA])[PEER]
    peer_index, peer_flags = struct.unpack_from("=4xiI", peer)
    assert (peer_index, peer_flags) == (12, 0), "the kernel refuses a peer that is up at birth"
    inner = attributes(peer[LINK:])
    assert (text(inner[IFNAME]), number(inner[NET_NS_FD]), number(inner[MTU])) == ("eth2", 44, 9000)


def test_ipv6_addresses_skip_duplicate_detection() -> None:
    message = messages.address(3, "fd00:64::1/126", present=True)
    family, length, _, _, index = struct.unpack_from("=BBBBI", message, HEADER)
    assert (family, length, index) == (socket.AF_INET6, 126, 3)
    found = attributes(message[HEADER + 8 :])
    assert socket.inet_ntop(socket.AF_INET6, found[1]) == "fd00:64::1"
    assert number(found[8]) == 0x02
    assert 8 not in attributes(messages.address(3, "10.0.0.1/30", present=True)[HEADER + 8 :])


def test_equal_cost_routes_have_a_hop_each() -> None:
    found = attributes(messages.route("10.9.0.0/16", ("10.0.0.1", "10.0.0.5"))[HEADER + 12 :])
    hops, gateways = found[9], []
    while hops:
        (length,) = struct.unpack_from("=H", hops)
        gateways.append(socket.inet_ntoa(attributes(hops[8:length])[5]))
        hops = hops[length:]
    assert gateways == ["10.0.0.1", "10.0.0.5"]

"""What zebra may have missed of a running node is announced to it again: the kernel really tells of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bgp.frr.show import zebra_addresses
from bgp.frr.vty import Vty
from lab.control import addresses
from lab.control.addresses import wait_for_addresses
from lab.control.record import from_document
from lab.control.running import Running, find, in_child
from lab.engine.base import Node
from lab.net.inside import visiting
from lab.net.readdress import announce
from tests.live.harness import Labs

GROUPS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
NEW_ADDRESS = 20  # RTM_NEWADDR
MINE = [("eth1.100", "192.168.100.130/30"), ("eth1.100", "fd00:64::2/126"), ("gone", "192.0.2.1/32")]


@contextmanager
def listening() -> Iterator[tuple[Running, Node, socket.socket]]:
    """Inside the lab: its first MSEE, and a socket that hears of addresses in the routing domain there."""
    running = find("er-lab")
    running.enter()
    node = running.node("msee1")
    with visiting(node.pid, "er1p"):
        listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    with listener:
        listener.bind((0, GROUPS))
        listener.settimeout(5)
        yield running, node, listener


def test_a_link_local_address_that_zebra_has_missed_is_announced(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    labs.ok("up")
    monkeypatch.setenv("MSEELAB_STATE", str(labs.state))

    def told() -> list[str]:
        with listening() as (running, node, listener):
            wiring = from_document(running.document).applied.desired().nodes["msee1"].wiring
            wait_for_addresses(node, wiring, {"er1p"})
            monkeypatch.setattr(addresses, "zebra_addresses", without_link_locals)
            wait_for_addresses(node, wiring, {"er1p"})
            return [listener.recv(65536).hex() for _ in ("eth1.100", "eth9.1001")]

    heard = [bytes.fromhex(text) for text in in_child(told)]
    assert [int.from_bytes(message[4:6], "little") for message in heard] == [NEW_ADDRESS, NEW_ADDRESS]
    assert all(socket.inet_pton(socket.AF_INET6, "fe80::")[:8] in message for message in heard)


def without_link_locals(zebra: Vty, vrf: str) -> dict[str, frozenset[str]]:
    known = zebra_addresses(zebra, vrf)
    assert any(text.startswith("fe80") for found in known.values() for text in found)
    return {name: frozenset(t for t in found if not t.startswith("fe80")) for name, found in known.items()}


def test_the_kernel_tells_of_an_address_again(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    labs.ok("up")
    monkeypatch.setenv("MSEELAB_STATE", str(labs.state))

    def told() -> list[int]:
        with listening() as (_, node, listener):
            announce(node.pid, "er1p", MINE)
            return [int.from_bytes(listener.recv(65536)[4:6], "little") for _ in range(2)]

    assert in_child(told) == [NEW_ADDRESS, NEW_ADDRESS]

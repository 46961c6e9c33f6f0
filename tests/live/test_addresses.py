"""What zebra may have missed of a running node is announced to it again: the kernel really tells of it."""

from __future__ import annotations

import socket

import pytest

from lab.control.running import find, in_child
from lab.net.inside import visiting
from lab.net.readdress import announce
from tests.live.harness import Labs

GROUPS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
NEW_ADDRESS = 20  # RTM_NEWADDR
MINE = [("eth1.100", "192.168.100.130/30"), ("eth1.100", "fd00:64::2/126"), ("gone", "192.0.2.1/32")]


def test_the_kernel_tells_of_an_address_again(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    labs.ok("up")
    monkeypatch.setenv("MSEELAB_STATE", str(labs.state))

    def told() -> list[int]:
        running = find("er-lab")
        running.enter()
        node = running.node("msee1")
        with visiting(node.pid, "er1p"):
            listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        with listener:
            listener.bind((0, GROUPS))
            listener.settimeout(5)
            announce(node.pid, "er1p", MINE)
            return [int.from_bytes(listener.recv(65536)[4:6], "little") for _ in range(2)]

    assert in_child(told) == [NEW_ADDRESS, NEW_ADDRESS]

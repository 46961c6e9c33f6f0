"""Telling whoever listens of addresses that are there already."""

from __future__ import annotations

from collections.abc import Iterable
from errno import ENODEV

from lab.net import messages
from lab.net.inside import visiting
from lab.net.namespace import Namespace


def announce(pid: int, vrf: str, addresses: Iterable[tuple[str, str]]) -> None:
    """Has the kernel announce addresses again, (device, address with prefix length) each, in a VRF of the node with
    this PID 1. A device that has gone meanwhile is passed over."""
    with visiting(pid, vrf), Namespace.here() as here:
        for name, text in addresses:
            if name in here.names:
                here.queue(messages.address_again(here.index(name), text), f"announcing {text} on {name}", ENODEV)
        here.flush()

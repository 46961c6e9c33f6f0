"""What a namespace has learned of a neighbor by ARP or ND, dropped. Importing this imports pyroute2."""

from __future__ import annotations

from errno import ENOENT

from lab.net import inside, messages
from lab.net.namespace import Namespace


def forget_neighbor(pid: int, vrf: str, device: str, address: str) -> None:
    """Drops the entry; nothing to do when there is none."""
    with inside.visiting(pid, vrf), Namespace.here() as here:
        here.queue(messages.neighbor(here.index(device), address, None), f"forgetting {address}", ENOENT)
        here.flush()

"""Cables that we have made, marked as containerlab marks its own (0.77 and later).

A deploy on a running lab refuses a port of the topology that exists without the mark: an alternative name of the
device, made from node and port (its `links/link.go`). An older containerlab deploys nothing on a running lab.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from errno import EEXIST, EOPNOTSUPP

from lab.net.inside import visiting
from lab.topology import Topology

PREFIX = "clab-o-"


def mark(node: str, port: str) -> str:
    """The mark of a port."""
    return PREFIX + hashlib.sha1(f"{node}\0{port}".encode(), usedforsecurity=False).digest()[:8].hex()


def claim(pids: Mapping[str, int], topology: Topology) -> None:
    """Marks every port of the topology that is there, on the nodes with these pids."""
    from lab.net.namespace import Namespace

    for name, pid in pids.items():
        ports = {end.interface for link in topology.links for end in (link.a, link.b) if end.node == name}
        with visiting(pid), Namespace.here() as here:
            for port in ports & here.names.keys():
                request = here.messages.alternative_name(here.index(port), mark(name, port))
                # A kernel without such names has containerlab go without, too (Linux before 5.5).
                here.queue(request, f"marking {name} {port}", EEXIST, EOPNOTSUPP)
            here.flush()

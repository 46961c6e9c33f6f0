"""What this host can, tried for real: the lines of `doctor` about the engine and FRR."""

from __future__ import annotations

import os

from bgp.frr.daemons import FrrMissing, find_frr, frr_version
from lab.engine.need import Need
from lab.engine.netns.building import Building
from lab.engine.netns.refusal import INSTALL_FRR
from lab.errors import HostCannot

OLDEST_FRR = (8, 4)


def needs() -> tuple[Need, ...]:
    """What this engine needs beside the kernel's own; about 0.1 s."""
    return engine(), frr()


def engine() -> Need:
    """Builds a world with one node and throws it away."""
    root = os.geteuid() == 0
    building = Building()
    try:
        building.build("doctor", ["node"])
    except HostCannot as error:
        return Need("engine", False, error.message, fix=error.next)
    finally:
        building.abandon()
    lacking = f", without {' '.join(building.lacking)}" if building.lacking else ""
    found = ("root" if root else "user namespaces") + lacking
    return Need("engine", True, found, chosen="netns, root" if root else "netns, no root")


def frr() -> Need:
    try:
        found = find_frr()
        version = frr_version(found.directory)
    except FrrMissing as error:
        return Need("FRR", False, str(error), fix=INSTALL_FRR)
    text = f"{'.'.join(map(str, version))} in {found.directory}"
    if version < OLDEST_FRR:
        oldest = ".".join(map(str, OLDEST_FRR))
        return Need("FRR", False, text, fix=f"install FRR {oldest} or newer, or set MSEELAB_FRR_DIR")
    return Need("FRR", True, text, chosen=found.directory)

"""What this host has to have before anything is built."""

from __future__ import annotations

from bgp.frr.daemons import Frr, FrrMissing, find_frr
from lab.errors import HostCannot


def installed_frr() -> Frr:
    """The FRR of this host. Raises HostCannot with the line to type."""
    try:
        return find_frr()
    except FrrMissing as error:
        raise HostCannot(str(error), next="sudo apt-get install frr, or MSEELAB_FRR_DIR=…") from error

"""What this host allows."""

from __future__ import annotations

import os

from lab.errors import HostCannot

INSTALL_FRR = "sudo apt-get install -y frr"


def frr_missing(reason: str) -> HostCannot:
    return HostCannot(f"FRR is not installed: {reason}", next=INSTALL_FRR)


def refused(said: dict[str, object]) -> HostCannot:
    """The error of a world that could not be built."""
    if "error" in said:
        return HostCannot(str(said["error"]))
    number = int(str(said["errno"]))
    return HostCannot(f"cannot make the lab's {said['step']}: {os.strerror(number)} {said['subject']}".rstrip())

"""Why a host refuses a world, and the line to type. Pure but for `this_host`."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from lab.engine.netns.wire import Message
from lab.errors import HostCannot

INSTALL_FRR = "sudo apt-get install -y frr"
_FORBIDDEN = (errno.EPERM, errno.EACCES)


@dataclass(frozen=True)
class Host:
    """What decides on namespaces. A switch that this kernel does not have is None; `filtered`: by seccomp."""

    root: bool
    filtered: bool
    unprivileged_clone: int | None = None
    apparmor_restricts: int | None = None
    most_user_namespaces: int | None = None


def this_host() -> Host:
    with open("/proc/self/status") as status:
        seccomp = next((line.split()[1] for line in status if line.startswith("Seccomp:")), "0")
    return Host(
        root=os.geteuid() == 0,
        filtered=seccomp != "0",
        unprivileged_clone=_number("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmor_restricts=_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        most_user_namespaces=_number("/proc/sys/user/max_user_namespaces"),
    )


def refused(said: Message, host: Host | None = None) -> HostCannot:
    """The error of a world that could not be built: `said` is what its first process answered."""
    if "error" in said:
        return HostCannot(str(said["error"]))
    number, step = int(said["errno"]), str(said["step"])
    why, line = _cause(number, step, host or this_host())
    subject = f" ({said['subject']})" if said.get("subject") else ""
    return HostCannot(f"cannot make the lab's {step}: {why or os.strerror(number)}{subject}", next=line)


def frr_missing(reason: str) -> HostCannot:
    return HostCannot(f"FRR is not installed: {reason}", next=INSTALL_FRR)


def _cause(number: int, step: str, host: Host) -> tuple[str, str | None]:
    """What stands behind an error number, and what to type against it. See user_namespaces(7)."""
    if number == errno.ENOSPC:
        if host.most_user_namespaces == 0:
            return "user namespaces are switched off", "sudo sysctl -w user.max_user_namespaces=15000"
        return "this host has no more namespaces to give", "sysctl user shows the limits"
    if number in (errno.EINVAL, errno.ENOSYS):
        return "this kernel lacks namespaces that a lab needs", "sudo mseelab up, or another kernel"
    if number not in _FORBIDDEN:
        return "", None
    if not host.root and host.unprivileged_clone == 0:
        return "only root may make user namespaces here", "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    if not host.root and host.apparmor_restricts:
        return "AppArmor restricts user namespaces", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    if host.filtered:
        return "a seccomp filter forbids it, as docker's own does", "docker run --security-opt seccomp=unconfined …"
    if step == "world":
        return "a container that masks /proc forbids it", "docker run --security-opt systempaths=unconfined …"
    return "not permitted here", "sudo mseelab up"


def _number(path: str) -> int | None:
    try:
        with open(path) as file:
            return int(file.read())
    except FileNotFoundError:
        return None

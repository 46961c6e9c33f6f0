"""Why a host refuses a world, and the line to type. Pure but for `this_host`."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from lab.engine.netns.capabilities import NEEDED, POD, lacking, missing
from lab.engine.netns.wire import Message
from lab.errors import HostCannot

INSTALL_FRR = "sudo apt-get install -y frr"
_FORBIDDEN = (errno.EPERM, errno.EACCES)
# What to type for a container, and what to write for a pod.
_AS_ROOT = (
    f"docker run --user root {' '.join(f'--cap-add {name}' for name in NEEDED)} …",
    f"securityContext: {{runAsUser: 0, capabilities: {{add: [{', '.join(NEEDED)}]}}}}",
)
_NO_SECCOMP = (
    "docker run --security-opt seccomp=unconfined …",
    "securityContext: {seccompProfile: {type: Unconfined}}",
)
_NO_APPARMOR = (
    "docker run --security-opt apparmor=unconfined …",
    "securityContext: {appArmorProfile: {type: Unconfined}}",
)


@dataclass(frozen=True)
class Host:
    """What decides on namespaces. A switch that this kernel does not have is None; `filtered`: by seccomp; `lacking`
    are capabilities."""

    root: bool
    filtered: bool
    lacking: tuple[str, ...] = ()
    unprivileged_clone: int | None = None
    apparmor_restricts: int | None = None
    most_user_namespaces: int | None = None


def this_host() -> Host:
    with open("/proc/self/status") as status:
        seccomp = next((line.split()[1] for line in status if line.startswith("Seccomp:")), "0")
    return Host(
        root=os.geteuid() == 0,
        filtered=seccomp != "0",
        lacking=missing(),
        unprivileged_clone=_number("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmor_restricts=_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        most_user_namespaces=_number("/proc/sys/user/max_user_namespaces"),
    )


def refused(said: Message, host: Host | None = None) -> HostCannot:
    """The error of a world that could not be built: `said` is what its first process answered."""
    if "error" in said:
        return HostCannot(str(said["error"]))
    number, step, host = int(said["errno"]), str(said["step"]), host or this_host()
    if host.lacking and number in (*_FORBIDDEN, errno.ENOSPC):
        return lacking(host.lacking)
    why, line = _cause(number, step, host)
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
    if host.root and step == "namespaces":
        return "a seccomp filter forbids it", _words(_NO_SECCOMP)
    if host.root:
        return "mounting is forbidden here, as by docker's AppArmor profile", _words(_NO_APPARMOR)
    if step == "world":
        return "a container that masks /proc forbids it to all but root", _words(_AS_ROOT)
    if host.filtered:
        return "a seccomp filter forbids it, as docker's own does to all but root", _words(_AS_ROOT)
    return "not permitted here", "sudo mseelab up"


def _words(fix: tuple[str, str]) -> str:
    return fix[1] if os.environ.get(POD) else fix[0]


def _number(path: str) -> int | None:
    try:
        with open(path) as file:
            return int(file.read())
    except FileNotFoundError:
        return None

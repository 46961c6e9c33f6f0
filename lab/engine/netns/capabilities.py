"""The capabilities that root needs for a lab, which containers, pods and services take away. See capabilities(7).

An ordinary user has all of them in the user namespace that the lab is made in, whatever was taken away outside.
"""

from __future__ import annotations

import os

from lab.errors import HostCannot

# By number, what each is for: namespaces and mounts; links and addresses; entering a node's mounts; ping, BFD and
# captures; BGP's port 179. Nothing else: a lab comes up with these five alone.
NEEDED = {"SYS_ADMIN": 21, "NET_ADMIN": 12, "SYS_CHROOT": 18, "NET_RAW": 13, "NET_BIND_SERVICE": 10}
FIRST = "SYS_ADMIN"
POD = "KUBERNETES_SERVICE_HOST"


def missing() -> tuple[str, ...]:
    """Of root, those that this process has not or may not hand on to what it starts; nothing of anybody else."""
    if os.geteuid() != 0:
        return ()
    with open("/proc/self/status") as status:
        sets = dict(line.split(":", 1) for line in status if line.startswith(("CapEff", "CapBnd")))
    had = int(sets["CapEff"], 16) & int(sets["CapBnd"], 16)
    return tuple(name for name, number in NEEDED.items() if not had >> number & 1)


def refuse_less() -> None:
    """Raises HostCannot where a world can be made and no lab would come up in it.

    Without SYS_ADMIN it is made in a user namespace, where nothing is missing.
    """
    names = missing()
    if names and FIRST not in names:
        raise lacking(names)


def not_let_in() -> HostCannot:
    """The error of a process that the kernel keeps out of a lab of its own user."""
    names = missing()
    if names:
        return lacking(names)
    return HostCannot("this process has fewer rights than the lab was made with", next="run it as up was run")


def lacking(names: tuple[str, ...]) -> HostCannot:
    """The error, with what to add in the words of where this runs."""
    plural = "ies" if len(names) > 1 else "y"
    return HostCannot(f"root lacks the capabilit{plural} {', '.join(names)} here", next=remedy(names))


def remedy(names: tuple[str, ...]) -> str:
    if os.environ.get(POD):
        return f"securityContext: {{capabilities: {{add: [{', '.join(names)}]}}}}"
    return f"docker run {' '.join(f'--cap-add {name}' for name in names)} …"

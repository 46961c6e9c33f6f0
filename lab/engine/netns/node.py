"""What becomes PID 1 of a node: a process that gives itself the node's namespaces and then sleeps for ever."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys

from bgp.frr.config import DIRECTORY_VARIABLE
from lab.engine.confined import confine
from lab.net import ns, sysctl

NODES = "/run/n"
SHARED = "/run/mseelab"
LONGEST_HOST_NAME = 64
ROOT = os.path.abspath(f"{os.path.dirname(__file__)}/../../..")
# What a daemon or a tool started inside finds; the caller's variables hold keys and stay outside.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
# The folders that a node has for itself, and may write to; everything else is this host's and can only be read.
# The last hides the sources of the others.
PRIVATE = {
    "etc-frr": "/etc/frr",
    "lib": "/var/lib/frr",
    "log": "/var/log",
    "tmp": "/tmp",
    "var-tmp": "/var/tmp",
    "run": "/run",
}
EVERYBODYS = ("tmp", "var-tmp")
# Only uid and gid 0 exist in a user namespace of an ordinary user, so FRR's user, its groups and the users that tcpdump
# and OpenBGPD drop to are other names of root, for root too. FRR wants its user listed in `frrvty`.
# OpenBGPD locks itself into its user's home.
HOMES = {"root": "/root", "frr": "/root", "tcpdump": "/root", "_openbgpd": "/run/openbgpd"}
PASSWD = "".join(f"{name}:x:0:0:{name}:{home}:/bin/sh\n" for name, home in HOMES.items())
GROUP = "root:x:0:\nfrr:x:0:\nfrrvty:x:0:root,frr\ntcpdump:x:0:\n_openbgpd:x:0:\n"


def prepare(names: list[str]) -> None:
    """Makes the nodes' private folders in the world, before they are there; nothing of an earlier node is left."""
    for name in names:
        shutil.rmtree(f"{NODES}/{name}", ignore_errors=True)
        for folder in ("run/frr", "run/netns", "etc-frr", "lib", "log/frr", "tmp", "var-tmp/frr"):
            os.makedirs(f"{NODES}/{name}/{folder}", 0o755)
        for folder in EVERYBODYS:
            os.chmod(f"{NODES}/{name}/{folder}", 0o1777)
        with open(f"{NODES}/{name}/etc-frr/vtysh.conf", "w"):
            pass  # vtysh complains about a missing one


def become(name: str) -> tuple[str, ...]:
    """Turns this process, the first one of a new pid namespace, into the node; returns the optional settings it lacks.

    Raises OSError and HostCannot.
    """
    ns.unshare(("mnt", "net", "uts", "ipc"))
    socket.sethostname(name[:LONGEST_HOST_NAME])
    own = {path: ns.open_tree(f"{NODES}/{name}/{folder}") for folder, path in PRIVATE.items() if os.path.isdir(path)}
    confine(own, installation())
    ns.mount("proc", "/proc", "proc", ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC)
    lacking = sysctl.write(sysctl.router_settings())
    _close_proc()
    ns.loopback_up()
    return lacking


def installation() -> list[str]:
    """The folders of what is started in nodes: Python, this program, and FRR where a variable says so."""
    named = (sys.prefix, sys.base_prefix, ROOT, os.environ.get(DIRECTORY_VARIABLE, ""))
    found = {spelled for path in named if path for spelled in (path, os.path.realpath(path)) if os.path.isdir(spelled)}
    return [path for path in sorted(found) if not any(path.startswith(f"{other}/") for other in found)]


def _close_proc() -> None:
    """What /proc sets is the whole kernel's, but for the network: `core_pattern` names a program that root runs."""
    network = ns.open_tree("/proc/sys/net")
    ns.set_mount("/proc", ns.MOUNT_ATTR_RDONLY)
    ns.move_mount(network, "/proc/sys/net")
    os.close(network)


def sleep_for_ever() -> None:
    """Replaces this process by one of 0.2 MB. An ignored SIGCHLD survives exec: the kernel reaps the node's orphans."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.execve("/bin/sleep", ["sleep", "infinity"], dict(os.environ))

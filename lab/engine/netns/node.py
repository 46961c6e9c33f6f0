"""What becomes PID 1 of a node: a process that gives itself the node's namespaces and then sleeps for ever."""

from __future__ import annotations

import os
import shutil
import signal
import socket

from lab.net import ns, sysctl

NODES = "/run/n"
SHARED = "/run/mseelab"
LONGEST_HOST_NAME = 64
# What a daemon or a tool started inside finds; the caller's variables hold keys and stay outside.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
PRIVATE = (("etc-frr", "/etc/frr"), ("tmp", "/var/tmp"), ("lib", "/var/lib/frr"))
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
        for folder in ("run/frr", "run/netns", "etc-frr", "tmp/frr", "lib"):
            os.makedirs(f"{NODES}/{name}/{folder}", 0o755)
        with open(f"{NODES}/{name}/etc-frr/vtysh.conf", "w"):
            pass  # vtysh complains about a missing one


def become(name: str) -> tuple[str, ...]:
    """Turns this process, the first one of a new pid namespace, into the node; returns the optional settings it lacks.

    Raises OSError and HostCannot.
    """
    ns.unshare(("mnt", "net", "uts", "ipc"))
    socket.sethostname(name[:LONGEST_HOST_NAME])
    for folder, target in PRIVATE:
        if os.path.isdir(target):
            ns.bind(f"{NODES}/{name}/{folder}", target)
    ns.bind(f"{NODES}/{name}/run", "/run")  # last: it hides the sources of the others
    ns.mount("proc", "/proc", "proc", ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC)
    lacking = sysctl.write(sysctl.router_settings())
    ns.loopback_up()
    return lacking


def sleep_for_ever() -> None:
    """Replaces this process by one of 0.2 MB. An ignored SIGCHLD survives exec: the kernel reaps the node's orphans."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.execve("/bin/sleep", ["sleep", "infinity"], dict(os.environ))

"""This host as the programs of a lab see it: every file can be read, none can be written, and no device opens but those
that are the same for everybody.

A router's configuration and what its neighbors send are other people's, and FRR writes where its configuration says.
Everything here acts on the mount namespace of the calling process, which must be its own. What it cannot close: a FIFO
or a socket of the host that is not below a folder of the node's own, and whoever may mount may also undo it, as root in
a node of root's lab may.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping

from lab.errors import HostCannot
from lab.net import ns

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
CLOSED = ns.MOUNT_ATTR_RDONLY | ns.MOUNT_ATTR_NOSUID | ns.MOUNT_ATTR_NODEV
TREE = ns.OPEN_TREE_CLONE | ns.OPEN_TREE_CLOEXEC


def confine(own: Mapping[str, int], shown: Iterable[str] = ()) -> None:
    """Closes every mount there is, and puts trees of `ns.open_tree`, by folder, over it: they stay as they are.

    The descriptors are closed. Folders of `shown` that the trees hide are there all the same. Raises OSError, and
    HostCannot where the kernel is too old.
    """
    devices = {name: ns.open_tree(f"/dev/{name}") for name in DEVICES if os.path.exists(f"/dev/{name}")}
    _close()
    again = {path: ns.open_tree(path, flags=TREE | ns.AT_RECURSIVE) for path in shown if _hidden(path, own)}
    _put(own)
    for path in again:
        os.makedirs(path, exist_ok=True)
    _put(again)
    _devices(devices)


def only_read(but: str) -> None:
    """Gives this process mounts of its own, all of them closed but for the folder `but`. Raises OSError and
    HostCannot.

    A folder that is seen through another process's root is on that one's mounts, which stay as they are.
    """
    ns.unshare(("mnt",))
    ns.mount("none", "/", flags=ns.MS_REC | ns.MS_SLAVE)  # what the host unmounts later is not held here
    own = {} if but.startswith("/proc/") else {but: ns.open_tree(but)}
    _close()
    _put(own)


def require() -> None:
    """Raises HostCannot where the kernel cannot close mounts; changes nothing."""
    try:
        ns.set_mount("", CLOSED)  # no path: refused before anything happens, by a kernel that knows the call
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise _too_old() from error


def _close() -> None:
    try:
        ns.set_mount("/", CLOSED, recursive=True)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise _too_old() from error
        raise


def _too_old() -> HostCannot:
    return HostCannot("this kernel cannot make a node's view of the host read-only", next="Linux 5.12 or newer")


def _hidden(path: str, folders: Iterable[str]) -> bool:
    return any(os.path.commonpath([path, folder]) == folder for folder in folders)


def _put(trees: Mapping[str, int]) -> None:
    for folder, tree in trees.items():
        ns.move_mount(tree, os.path.realpath(folder))
        os.close(tree)


def _devices(devices: Mapping[str, int]) -> None:
    """A /dev with `devices`, terminals and shared memory of its own."""
    ns.mount("tmpfs", "/dev", "tmpfs", ns.MS_NOSUID, "mode=755")
    for name in devices:
        os.close(os.open(f"/dev/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    _put({f"/dev/{name}": tree for name, tree in devices.items()})
    for name, target in DEVICE_LINKS.items():
        os.symlink(target, f"/dev/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"/dev/{name}")
    # A device on a closed mount can still be written to; what is closed is its mode and owner, which are the host's.
    ns.set_mount("/dev", ns.MOUNT_ATTR_RDONLY, recursive=True)
    ns.set_mount("/dev", ns.MOUNT_ATTR_NODEV)
    ns.mount("devpts", "/dev/pts", "devpts", ns.MS_NOSUID | ns.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    ns.mount("tmpfs", "/dev/shm", "tmpfs", ns.MS_NOSUID | ns.MS_NODEV, "mode=1777")

"""What this host can, tried for real: the lines of `doctor` about the engine, FRR and TCP MD5."""

from __future__ import annotations

import errno
import os
import socket
import struct

from bgp.frr.daemons import FrrMissing, find_frr, frr_version
from lab.engine.need import Need
from lab.engine.netns.building import Building
from lab.engine.netns.refusal import INSTALL_FRR
from lab.errors import HostCannot
from lab.net import ns

OLDEST_FRR = (8, 4)
_TCP_MD5SIG = 14  # include/uapi/linux/tcp.h, RFC 2385


def needs() -> tuple[Need, ...]:
    """Everything that does not depend on a lab's files but the VLAN attachers; about 0.1 s."""
    return engine(), frr(), md5()


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


def md5() -> Need:
    """Asks the kernel to sign towards an address, on a socket in a namespace of its own."""
    number = _md5_error()
    if number == 0:
        return Need("TCP MD5", True, "signed by the kernel", chosen="TCP_MD5SIG")
    if number in (errno.ENOPROTOOPT, errno.ENOENT):
        return Need("TCP MD5", False, "this kernel has no TCP_MD5SIG", fix="a kernel with TCP_MD5SIG and no FIPS mode")
    return Need("TCP MD5", False, f"could not be tried: {os.strerror(number)}", fix="see the line about the engine")


def _md5_error() -> int:
    """The error number of the trial, 0 when the key was taken."""
    child = os.fork()
    if child == 0:
        status = errno.EIO
        try:
            ns.unshare(("net",) if os.geteuid() == 0 else ("user", "net"))
            peer = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton("192.0.2.1")).ljust(128, b"\0")
            key = struct.pack("=BBHi80s", 0, 0, 1, 0, b"k")
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG, peer + key)
            status = 0
        except OSError as error:
            status = error.errno or errno.EIO
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)

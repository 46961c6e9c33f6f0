"""Whether this kernel signs TCP segments (RFC 2385), tried for real: a line of `doctor`, whatever the engine."""

from __future__ import annotations

import errno
import os
import socket
import struct

from lab.engine.need import Need
from lab.net import ns
from lab.net.child import fork

_TCP_MD5SIG = 14  # include/uapi/linux/tcp.h


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
    child = fork()
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

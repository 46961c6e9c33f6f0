"""Being in a network namespace of a node for a moment, and finding its file."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from errno import ENODEV
from typing import TypeVar

from lab.net import ns
from lab.net.child import fork

SIOCGIFFLAGS = 0x8913
IFF_UP = 1
SIOCGSKNS = 0x894C  # include/uapi/linux/sockios.h: a descriptor of the namespace that a socket is in
Found = TypeVar("Found")


def own_network() -> int:
    """A descriptor of the network namespace this process is in.

    By a socket and not by /proc: after entering a world this process is not in the /proc that it sees.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        return fcntl.ioctl(here, SIOCGSKNS)


def path(pid: int, vrf: str = "") -> str:
    """The file of a node's own network namespace, or of its VRF; `pid` is the node's PID 1."""
    return f"/proc/{pid}/root/run/netns/{vrf}" if vrf else f"/proc/{pid}/ns/net"


@contextmanager
def visiting(pid: int, vrf: str = "") -> Iterator[None]:
    """Inside, this thread is in the network namespace. Raises FileNotFoundError when there is none (37 us)."""
    there = os.open(path(pid, vrf), os.O_RDONLY | os.O_CLOEXEC)
    try:
        home = own_network()
        try:
            ns.setns(there, "net")
            try:
                yield
            finally:
                ns.setns(home, "net")
        finally:
            os.close(home)
    finally:
        os.close(there)


def in_namespace(pid: int, vrf: str, function: Callable[[], Found]) -> Found:
    """What `function` returns in the network namespace `vrf` (empty: the node's own) of the node whose PID 1 is `pid`.

    Sockets that it opens stay in that namespace. Raises FileNotFoundError when there is none.
    """
    with visiting(pid, vrf):
        return function()


def is_up(pid: int, vrf: str, device: str) -> bool:
    """Whether a device of the namespace is administratively up; False where there is none."""
    asked = struct.pack("16sH14x", device.encode(), 0)
    with visiting(pid, vrf), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        try:
            answer = fcntl.ioctl(here, SIOCGIFFLAGS, asked)
        except OSError as error:
            if error.errno == ENODEV:
                return False
            raise
    return bool(struct.unpack("16sH14x", answer)[1] & IFF_UP)


def read_all_proc_net(places: Sequence[tuple[int, str]], name: str) -> list[str]:
    """The text of `/proc/net/NAME` of each (pid, VRF), empty where there is no such namespace. One child reads them
    all, for the reason that `read_proc_net` gives."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        try:
            with open(writing, "wb") as target:
                for pid, vrf in places:
                    text = _text_there(pid, vrf, name)
                    target.write(struct.pack("=I", len(text)) + text)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    found, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("=I", data, at)
        found.append(data[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return found + [""] * (len(places) - len(found))


def _text_there(pid: int, vrf: str, name: str) -> bytes:
    """For a child that never comes back."""
    try:
        there = os.open(path(pid, vrf), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    ns.setns(there, "net")
    os.close(there)
    with open(f"/proc/self/net/{name}", "rb") as source:
        return source.read()


def read_proc_net(pid: int, vrf: str, name: str) -> str:
    """The text of `/proc/net/NAME` of a namespace. Raises FileNotFoundError when there is none.

    A process that has entered a world is not in the /proc it sees, and no process lives in a VRF: a child, which is in
    that /proc, reads for us (2 ms).
    """
    if not vrf:
        with open(f"/proc/{pid}/net/{name}") as file:
            return file.read()
    there = os.open(path(pid, vrf), os.O_RDONLY | os.O_CLOEXEC)
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        status = 1
        try:
            ns.setns(there, "net")
            with open(f"/proc/self/net/{name}", "rb") as source, open(writing, "wb") as target:
                target.write(source.read())
            status = 0
        finally:
            os._exit(status)
    os.close(there)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise FileNotFoundError(2, "cannot be read", f"/proc/net/{name} of {vrf}")
    return text

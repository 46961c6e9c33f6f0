"""One network namespace and the requests to it: many in one send.

The kernel answers before the send returns, so errors are read without waiting and without asking for
acknowledgements.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable
from errno import ENODEV
from types import TracebackType
from typing import NamedTuple, Self

from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from lab.errors import HostCannot, Impossible
from lab.net import inside, messages, ns, sysctl
from lab.net.steps import WORLD, Place

SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
NLMSG_ERROR, NLMSG_DONE, NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG = 2, 3, 0x200, 1
HEADER = struct.Struct("=IHHII")
BATCH = 128
"""Requests in one send: their answers must fit in a socket's default receive buffer even if every one fails."""


class KernelRefused(HostCannot):
    """The kernel refused a request; `errno` as it gave it, `reason` in words."""

    errno = 0
    reason = ""

    @classmethod
    def to(cls, what: str, errno: int, detail: str) -> KernelRefused:
        """`detail` is the kernel's own text, where it has any."""
        reason = f"{os.strerror(errno)} ({detail.rstrip('.')})" if detail else os.strerror(errno)
        refused = cls(f"the kernel refused {what}: {reason}", next="mseelab doctor")
        refused.errno, refused.reason = errno, reason
        return refused


FIRST_INDEX = 1 << 20


class Device(NamedTuple):
    """What the kernel says of a device; `link` is the index of a veth's other end or a VLAN's port, `vlan` its tag."""

    kind: str
    mac: str
    link: int
    vlan: int


class Indexes:
    """Device indexes of our choice, each given once in all namespaces.

    When both ends of a veth have the same index the kernel takes them for no pair, and says that they are up only at
    its next round, up to a second later (linkwatch): zebra and bridges believe it. And they are far above those that
    kernels count up from 1: a device that is moved into a namespace gets another index where its own is taken, which
    whoever moves it may not notice (containerlab 0.79 then renames the device that had the index).
    """

    def __init__(self) -> None:
        self._top = FIRST_INDEX

    def seen(self, index: int) -> None:
        self._top = max(self._top, index)

    def next(self) -> int:
        self._top += 1
        return self._top


class Namespace:
    """A network namespace with its socket, the names and indexes of its devices, and requests not yet sent."""

    messages = messages

    def __init__(self, place: Place, fd: int, indexes: Indexes) -> None:
        self.place = place
        self.fd = fd
        self._indexes = indexes
        self.enter()
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.names: dict[str, int] = {}
        self._queue: list[bytearray] = []
        self._meaning: dict[int, tuple[object, tuple[int, ...]]] = {}
        self._doomed: dict[str, int] = {}
        self._sequence = 0
        self.refresh()

    @classmethod
    def here(cls, indexes: Indexes | None = None) -> Namespace:
        """The namespace that this process is in."""
        return cls(WORLD, inside.own_network(), indexes or Indexes())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()
        os.close(self.fd)

    def enter(self) -> None:
        ns.setns(self.fd, "net")

    def refresh(self) -> None:
        """Reads the names anew."""
        self.enter()
        self.names = {name: index for index, name in socket.if_nameindex()}
        self._indexes.seen(max(self.names.values()))

    def new(self, name: str) -> int:
        """An index of our choice for a device that is about to be made."""
        self.names[name] = self._indexes.next()
        return self.names[name]

    def index(self, name: str) -> int:
        """Raises Impossible when there is no such device."""
        found = self.names.get(name)
        if found is None:
            raise Impossible(f"{self.place} has no device {name}")
        return found

    def device(self, name: str) -> Device:
        self.flush()
        (answer,) = self.ask(messages.describe(self.index(name)), f"{self.place} {name}")
        return device(answer)

    def ingress_programs(self, name: str) -> list[int]:
        """The ids of the tc programs that see what arrives on a device."""
        asked = self.ask(messages.ingress_programs(self.index(name)), f"{self.place}: filters of {name}")
        return [number for answer in asked if (number := messages.program_id(answer))]

    def settings(self, ipv6: bool) -> None:
        """A router's sysctls; cheapest before devices exist."""
        self.enter()
        wanted = dict(sysctl.router_settings())
        # Written also when it is on: a new namespace may have inherited the host's choice.
        wanted |= {f"net/ipv6/conf/{which}/disable_ipv6": str(int(not ipv6)) for which in ("all", "default")}
        sysctl.write(wanted)

    def silence(self, name: str) -> None:
        """No IPv6 on this device."""
        self.enter()
        sysctl.write({f"net/ipv6/conf/{name}/disable_ipv6": "1"})

    def queue(self, message: bytes, what: object, *tolerated: int) -> None:
        """`what` is named when the kernel refuses, unless its errno is tolerated."""
        self._sequence += 1
        request = bytearray(message)
        struct.pack_into("=I", request, 8, self._sequence)
        self._queue.append(request)
        self._meaning[self._sequence] = (what, tolerated)

    def flush(self) -> None:
        """Sends what is queued. Raises KernelRefused for the first error that is not tolerated."""
        while self._queue:
            batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            self.socket.send(b"".join(batch))
            for kind, sequence, body in self._answers():
                if kind == NLMSG_ERROR:
                    self._judge(sequence, body)
        self._meaning.clear()

    def execute(self, message: bytes, what: object) -> None:
        self.queue(message, what)
        self.flush()

    def ask(self, message: bytes, what: object) -> list[bytes]:
        """The answers to a request for information, each a whole netlink message."""
        self.flush()
        self.queue(message, what)
        found = []
        (request,) = self._queue
        self._queue = []
        self.socket.send(request)
        for kind, sequence, body in self._answers():
            if kind == NLMSG_ERROR:
                self._judge(sequence, body)
            elif kind != NLMSG_DONE:
                found.append(body)
        self._meaning.clear()
        return found

    def _answers(self) -> Iterable[tuple[int, int, bytes]]:
        while True:
            try:
                data = self.socket.recv(1 << 17, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            offset = 0
            while offset < len(data):
                length, kind, _, sequence, _ = HEADER.unpack_from(data, offset)
                yield kind, sequence, data[offset : offset + length]
                offset += (length + 3) & ~3

    def _judge(self, sequence: int, body: bytes) -> None:
        (error,) = struct.unpack_from("=i", body, HEADER.size)
        what, tolerated = self._meaning.get(sequence, ("a request", ()))
        if error and -error not in tolerated:
            raise KernelRefused.to(str(what), -error, _words(body))

    def doom(self, name: str) -> None:
        """The device goes with the others of this namespace at the end of the phase."""
        self._doomed[name] = self.index(name)

    def remove_doomed(self) -> bool:
        """Deletes all doomed devices by one request: the kernel waits for its readers once, not for each (40 ms)."""
        if not self._doomed:
            return False
        for name, index in self._doomed.items():
            self.queue(messages.change(index, group=messages.DOOMED), f"{self.place}: deleting {name}", ENODEV)
        self.queue(messages.delete_doomed(), f"{self.place}: deleting {', '.join(self._doomed)}", ENODEV)
        self._doomed.clear()
        self.flush()
        return True

    def remove(self, name: str, what: object) -> None:
        """Deletes a device at once."""
        self.flush()
        self.queue(messages.delete(self.index(name)), what, ENODEV)
        self.flush()
        self.refresh()


def device(answer: bytes) -> Device:
    """A device from the kernel's description of it."""
    link = ifinfmsg(answer)
    link.decode()
    info = link.get_attr("IFLA_LINKINFO")
    kind = info.get_attr("IFLA_INFO_KIND") if info else ""
    return Device(
        kind=kind,
        mac=link.get_attr("IFLA_ADDRESS") or "",
        link=link.get_attr("IFLA_LINK") or 0,
        vlan=info.get_attr("IFLA_INFO_DATA").get_attr("IFLA_VLAN_ID") if kind == "vlan" else 0,
    )


def _words(body: bytes) -> str:
    """The kernel's own words in an error message, where it has any."""
    (_, _, flags, _, _) = HEADER.unpack_from(body)
    if not flags & NLM_F_ACK_TLVS:
        return ""
    offset = HEADER.size + 4 + HEADER.size
    while offset + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, offset)
        if kind == NLMSGERR_ATTR_MSG:
            return body[offset + 4 : offset + length].rstrip(b"\0").decode(errors="replace")
        offset += max(4, (length + 3) & ~3)
    return ""

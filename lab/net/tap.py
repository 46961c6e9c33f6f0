"""Looking at a device of a node as tcpdump does, without a process there.

Frames come as they are on the cable. The kernel takes the outer VLAN tag off a frame before it hands out a copy and
tells it beside (PACKET_AUXDATA): here it is put back. Look at a port (`eth1`); a sub-interface never shows its tag.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from lab.net.inside import in_namespace

ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA = 263, 6, 8
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
AUXDATA = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata of linux/if_packet.h
TIMESPEC = struct.Struct("@ll")
STATISTICS = struct.Struct("=II")
DOT1Q = 0x8100
MACS = 12
LARGEST = 1 << 17  # a segment that the kernel has not cut yet is longer than any cable's MTU
BUFFER = 8 << 20
ANCILLARY = 256
READ_AT_ONCE = 4096


@dataclass(frozen=True)
class Frame:
    """One frame. `nanoseconds` since the epoch, by the kernel's clock; `outgoing` when the tapped device sent it."""

    nanoseconds: int
    data: bytes
    outgoing: bool

    @property
    def at(self) -> float:
        """Seconds since the epoch, as `time.time()`."""
        return self.nanoseconds / 1e9


class Tap:
    """Every frame that passes `device` in the namespace `vrf` (empty: the node's own) of the node whose PID 1 is `pid`.

    A context manager; nothing blocks. Raises FileNotFoundError when there is no such namespace, and OSError with ENODEV
    when it has no such device.
    """

    def __init__(self, pid: int, device: str, vrf: str = "") -> None:
        self.device = device
        self._lost = 0
        self._socket = in_namespace(pid, vrf, partial(_open, device))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """For `select` and `poll`."""
        return self._socket.fileno()

    def read(self) -> list[Frame]:
        """All that waits, the oldest first; empty when nothing does, and while the device is down.

        At most 4,096 at once, so that a busy device cannot keep the caller. Raises OSError with ENODEV when the device
        has gone.
        """
        found: list[Frame] = []
        while len(found) < READ_AT_ONCE:
            try:
                data, beside, _, source = self._socket.recvmsg(LARGEST, ANCILLARY)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENETDOWN:
                    raise
                # Told once when the device goes down, and it may come up again; a deleted one has left the socket.
                if not self._socket.getsockname()[0]:
                    raise OSError(errno.ENODEV, "the device has gone", self.device) from error
                continue
            nanoseconds, data = _put_back(data, beside)
            found.append(Frame(nanoseconds, data, source[2] == PACKET_OUTGOING))
        return found

    def lost(self) -> int:
        """How many frames the kernel had no room for, so far."""
        _, dropped = STATISTICS.unpack(self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, STATISTICS.size))
        self._lost += dropped  # the kernel forgets when asked
        return self._lost


def _open(device: str) -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    try:
        tap.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        except PermissionError:  # needs root of the machine itself; the other is capped by net.core.rmem_max
            tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        # Bound with its protocol, not born with it: such a socket would first see every device.
        tap.bind((device, ETH_P_ALL))
    except BaseException:
        tap.close()
        raise
    return tap


def _put_back(data: bytes, beside: list[tuple[int, int, bytes]]) -> tuple[int, bytes]:
    """When the frame passed, in nanoseconds since the epoch, and the frame with its outer tag."""
    nanoseconds = 0
    for level, kind, value in beside:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, rest = TIMESPEC.unpack(value[: TIMESPEC.size])
            nanoseconds = seconds * 1_000_000_000 + rest
        elif (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, tpid = AUXDATA.unpack(value[: AUXDATA.size])
            if status & TP_STATUS_VLAN_VALID:
                tag = struct.pack("!HH", tpid if status & TP_STATUS_VLAN_TPID_VALID else DOT1Q, tci)
                data = data[:MACS] + tag + data[MACS:]
    return nanoseconds or time.time_ns(), data

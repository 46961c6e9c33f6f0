"""Looks at a port of a node: one JSON object a frame, tags, TCP options and BGP OPENs read from the frame itself.

Runs inside the node (`mseelab exec msee1 python sniff.py eth1 SECONDS`), so it imports the standard library alone.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
AUXDATA = struct.Struct("IIIHHHH")
BGP, BFD = 179, 3784
IPV4, IPV6, ARP, DOT1Q = 0x0800, 0x86DD, 0x0806, 0x8100


def say(thing: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(thing) + "\n")
    sys.stdout.flush()


def frames(port: str, seconds: float) -> Iterator[tuple[bytes, list[int]]]:
    """Every frame seen on `port`, with the tags the kernel keeps beside it."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.bind((port, 0))
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    say({"ready": port})
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([sock], [], [], left)[0]:
            continue
        data, ancillary, _, _ = sock.recvmsg(65536, 256)
        tags = []
        for level, kind, value in ancillary:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, *_, tci, _tpid = AUXDATA.unpack(value[: AUXDATA.size])
                if status & TP_STATUS_VLAN_VALID:
                    tags.append(tci & 0xFFF)
        yield data, tags


def described(data: bytes, tags: list[int]) -> dict[str, Any]:
    (kind,) = struct.unpack("!H", data[12:14])
    rest = data[14:]
    while kind == DOT1Q:
        tci, kind = struct.unpack("!HH", rest[:4])
        tags = [*tags, tci & 0xFFF]
        rest = rest[4:]
    found: dict[str, Any] = {"at": time.monotonic(), "tags": tags, "kind": kind, "source": data[6:12].hex(":")}
    if kind == IPV4:
        header = (rest[0] & 15) * 4
        found |= {"from": socket.inet_ntoa(rest[12:16]), "to": socket.inet_ntoa(rest[16:20])}
        found |= _transport(rest[9], rest[header : struct.unpack("!H", rest[2:4])[0]])
    elif kind == IPV6:
        length = struct.unpack("!H", rest[4:6])[0]
        found |= {
            "from": socket.inet_ntop(socket.AF_INET6, rest[8:24]),
            "to": socket.inet_ntop(socket.AF_INET6, rest[24:40]),
        }
        found |= _transport(rest[6], rest[40 : 40 + length])
    return found


def _transport(protocol: int, data: bytes) -> dict[str, Any]:
    if protocol not in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        return {"protocol": protocol}
    source, target = struct.unpack("!HH", data[:4])
    found: dict[str, Any] = {"protocol": protocol, "ports": [source, target]}
    if protocol == socket.IPPROTO_UDP:
        if BFD in (source, target):
            packet = data[8:]
            found["bfd"] = {
                "multiplier": packet[2],
                "transmit": struct.unpack("!I", packet[12:16])[0] // 1000,
                "receive": struct.unpack("!I", packet[16:20])[0] // 1000,
                "state": packet[1] >> 6,
            }
        return found
    offset = (data[12] >> 4) * 4
    found["options"] = list(_options(data[20:offset]))
    payload = data[offset:]
    if BGP in (source, target) and len(payload) >= 29 and payload[:16] == b"\xff" * 16 and payload[18] == 1:
        found["open"] = {"asn": _open_asn(payload), "hold": struct.unpack("!H", payload[22:24])[0]}
    return found


def _options(data: bytes) -> Iterator[int]:
    while data and data[0] != 0:
        yield data[0]
        data = data[1:] if data[0] == 1 else data[max(data[1], 2) :]


def _open_asn(message: bytes) -> int:
    """The four-octet AS number of the capability (RFC 6793), else the two-octet one."""
    (asn,) = struct.unpack("!H", message[20:22])
    parameters = message[29 : 29 + message[28]]
    while len(parameters) >= 2:
        kind, length = parameters[0], parameters[1]
        body, parameters = parameters[2 : 2 + length], parameters[2 + length :]
        while kind == 2 and len(body) >= 2:
            code, size = body[0], body[1]
            if code == 65:
                (asn,) = struct.unpack("!I", body[2:6])
            body = body[2 + size :]
    return int(asn)


if __name__ == "__main__":
    for frame, beside in frames(sys.argv[1], float(sys.argv[2])):
        say(described(frame, beside))

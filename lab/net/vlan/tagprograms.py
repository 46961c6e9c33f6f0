"""The two tc programs of attacher `ebpf`, as instructions, and the layouts of their maps.

Helper numbers, context offsets and opcodes are the kernel's stable interface (`include/uapi/linux/bpf.h`,
`struct __sk_buff`). A helper call destroys r1 to r5, so the context stays in r6.
"""

from __future__ import annotations

import socket
import struct

ETH_P_8021Q_BE = socket.htons(0x8100)
PASS_ON, DROP = -1, 2  # TC_ACT_UNSPEC, TC_ACT_SHOT
MAP_LOOKUP, VLAN_PUSH, VLAN_POP, REDIRECT = 1, 18, 19, 23
VLAN_PRESENT, VLAN_TCI, IFINDEX = 20, 24, 40

POP_KEY = struct.Struct("=IHH")
"""Port's index, outer tag, inner tag or 0."""
POP_VALUE = struct.Struct("=I")
"""Far end's index."""
PUSH_KEY = struct.Struct("=I")
"""Far end's index."""
PUSH_VALUE = struct.Struct("=IHH")
"""Port's index, C-tag, S-tag or 0."""

R0, R1, R2, R3, R6, R7, R8, STACK = 0, 1, 2, 3, 6, 7, 8, 10


class _Program:
    """Instructions in order, with labels for forward jumps."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int, int]] = []
        self._jumps: list[tuple[int, str]] = []
        self._labels: dict[str, int] = {}

    def op(self, code: int, target: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> None:
        self._code.append((code, target, source, offset, value))

    def load(self, width: int, target: int, source: int, offset: int) -> None:
        self.op(_LOAD[width], target, source, offset)

    def store(self, width: int, target: int, offset: int, source: int) -> None:
        self.op(_STORE[width], target, source, offset)

    def set(self, target: int, value: int) -> None:
        self.op(0xB7, target, value=value)

    def copy(self, target: int, source: int) -> None:
        self.op(0xBF, target, source)

    def add(self, target: int, value: int) -> None:
        self.op(0x07, target, value=value)

    def keep_bits(self, target: int, mask: int) -> None:
        self.op(0x57, target, value=mask)

    def map(self, target: int, descriptor: int) -> None:
        self.op(0x18, target, 1, value=descriptor)
        self.op(0)

    def call(self, helper: int) -> None:
        self.op(0x85, value=helper)

    def when_zero(self, register: int, label: str) -> None:
        self._jumps.append((len(self._code), label))
        self.op(0x15, register)

    def when_not_zero(self, register: int, label: str) -> None:
        self._jumps.append((len(self._code), label))
        self.op(0x55, register)

    def label(self, name: str) -> None:
        self._labels[name] = len(self._code)

    def leave(self) -> None:
        self.op(0x95)

    def leave_with(self, action: int) -> None:
        self.set(R0, action)
        self.leave()

    def assembled(self) -> bytes:
        code = list(self._code)
        for place, label in self._jumps:
            opcode, target, source, _, value = code[place]
            code[place] = (opcode, target, source, self._labels[label] - place - 1, value)
        return b"".join(_encode(*instruction) for instruction in code)


_LOAD = {2: 0x69, 4: 0x61}
_STORE = {2: 0x6B, 4: 0x63}
_LITTLE = struct.pack("=H", 1) == b"\1\0"


def _encode(code: int, target: int, source: int, offset: int, value: int) -> bytes:
    registers = source << 4 | target if _LITTLE else target << 4 | source
    return struct.pack("=BBhi", code, registers, offset, value)


def pop(pop_map: int, push_map: int) -> bytes:
    """For a port: takes the tag or both tags off and redirects to whoever has them; unknown ones are dropped.

    The push map is only named, so that whoever finds this program by its filter finds both maps.
    """
    code = _Program()
    code.copy(R6, R1)
    code.map(R1, push_map)
    code.load(4, R1, R6, VLAN_PRESENT)
    code.when_zero(R1, "untagged")
    code.load(4, R7, R6, VLAN_TCI)
    code.keep_bits(R7, 0xFFF)
    code.set(R8, 0)
    code.copy(R1, R6)
    code.call(VLAN_POP)
    code.when_not_zero(R0, "drop")
    # After a pop the kernel has moved an inner tag up to where the outer one was.
    code.load(4, R1, R6, VLAN_PRESENT)
    code.when_zero(R1, "look up")
    code.load(4, R8, R6, VLAN_TCI)
    code.keep_bits(R8, 0xFFF)
    code.copy(R1, R6)
    code.call(VLAN_POP)
    code.when_not_zero(R0, "drop")
    code.label("look up")
    code.load(4, R1, R6, IFINDEX)
    code.store(4, STACK, -8, R1)
    code.store(2, STACK, -4, R7)
    code.store(2, STACK, -2, R8)
    code.copy(R2, STACK)
    code.add(R2, -8)
    code.map(R1, pop_map)
    code.call(MAP_LOOKUP)
    code.when_zero(R0, "drop")
    code.load(4, R1, R0, 0)
    code.set(R2, 0)
    code.call(REDIRECT)
    code.leave()
    code.label("drop")
    code.leave_with(DROP)
    code.label("untagged")
    code.leave_with(PASS_ON)
    return code.assembled()


def push(push_map: int) -> bytes:
    """For a far end: puts its tag or both tags on (0x8100 both) and redirects to the port."""
    code = _Program()
    code.copy(R6, R1)
    code.load(4, R1, R6, IFINDEX)
    code.store(4, STACK, -4, R1)
    code.copy(R2, STACK)
    code.add(R2, -4)
    code.map(R1, push_map)
    code.call(MAP_LOOKUP)
    code.when_zero(R0, "drop")
    code.copy(R7, R0)
    code.load(2, R3, R7, 4)
    code.copy(R1, R6)
    code.set(R2, ETH_P_8021Q_BE)
    code.call(VLAN_PUSH)
    code.when_not_zero(R0, "drop")
    code.load(2, R3, R7, 6)
    code.when_zero(R3, "send")
    code.copy(R1, R6)
    code.set(R2, ETH_P_8021Q_BE)
    code.call(VLAN_PUSH)
    code.when_not_zero(R0, "drop")
    code.label("send")
    code.load(4, R1, R7, 0)
    code.set(R2, 0)
    code.call(REDIRECT)
    code.leave()
    code.label("drop")
    code.leave_with(DROP)
    return code.assembled()

"""`ebpf`: real tags where the kernel has no VLAN devices.

The sub-interface is one end of a veth whose other end stays beside the port. A program at that far end pushes the tag
and redirects to the port; a program on the port pops it, looks up whose it is and redirects there. One program for all
tags, two hash maps a node. Nothing is pinned: filters hold programs, programs hold maps, and a later run finds them
again from the filter on a port. A frame with an unknown tag is dropped.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from errno import EEXIST
from typing import TYPE_CHECKING, ClassVar, Self

from lab.net import names, recabling, steps
from lab.net.steps import End, Phase, Place, Shared, Step
from lab.net.vlan import bpf, tagprograms
from lab.net.vlan.base import Rider

if TYPE_CHECKING:
    from lab.net.kernel import Kernel
    from lab.net.namespace import Namespace


class Ebpf:
    name = "ebpf"
    tags_on_wire = True

    def shared(self, rider: Rider) -> tuple[Shared, ...]:
        return (Trunk(rider.trunk, rider.tag.port),)

    def attach(self, rider: Rider) -> tuple[Step, ...]:
        near, far = rider.near(), self._far(rider)
        quiet = [steps.Raise(near.place, near.name, quiet=rider.ipv6)] if rider.interface.bridge else []
        return (
            steps.Veth(near, far._replace(mtu=near.mtu)),
            Tagged(rider.trunk, rider.tag.port, far.name, rider.tag.vlan, rider.tag.stag or 0),
            *quiet,
            steps.Raise(far.place, far.name, quiet=rider.ipv6),
        )

    def detach(self, rider: Rider) -> tuple[Step, ...]:
        far = self._far(rider)
        return (
            Untagged(rider.trunk, rider.tag.port, far.name, rider.tag.vlan, rider.tag.stag or 0),
            steps.Delete(far.place, far.name),
        )

    def darken(self, rider: Rider) -> tuple[Step, ...]:
        far = self._far(rider)
        return (steps.Lower(far.place, far.name),)

    def lighten(self, rider: Rider) -> tuple[Step, ...]:
        far = self._far(rider)
        return (steps.Raise(far.place, far.name),)

    def resize(self, rider: Rider) -> tuple[Step, ...]:
        return tuple(recabling.RiderMtu(end.place, end.name, rider.mtu) for end in (rider.near(), self._far(rider)))

    def probe(self) -> str | None:
        from lab.net.namespace import KernelRefused, Namespace

        try:
            with Namespace.here() as scratch:
                programs = TagPrograms.fresh()
                try:
                    programs.watch(scratch, "lo")
                    scratch.flush()
                finally:
                    programs.close()
        except PermissionError:
            return "eBPF needs root (CAP_BPF on the machine itself)"
        except KernelRefused as refused:
            return f"clsact with a bpf filter is refused: {refused.reason}"
        except OSError as refused:
            return f"the tag programs are refused: {refused.strerror}"
        return None

    @staticmethod
    def _far(rider: Rider) -> End:
        return End(rider.trunk, names.far_end(rider.tag.port, rider.tag.vlan, rider.tag.stag))


@dataclass(frozen=True)
class Trunk:
    """The port takes tags off what arrives."""

    place: Place
    port: str
    phase: ClassVar[Phase] = Phase.TRUNK

    def run(self, kernel: Kernel) -> None:
        programs_of(kernel, self.place).watch(kernel.at(self.place), self.port)

    def undo(self) -> tuple[Step, ...]:
        # Without riders the program drops what has a tag and passes the rest, as a port does; and it keeps the maps.
        return ()


@dataclass(frozen=True)
class Tagged:
    """What leaves by `far` gets these tags on `port`, and what arrives there with them comes out of it."""

    place: Place
    port: str
    far: str
    vlan: int
    stag: int
    phase: ClassVar[Phase] = Phase.RAISE

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.at(self.place)
        programs = programs_of(kernel, self.place)
        port, far = namespace.index(self.port), namespace.index(self.far)
        programs.join(port, far, self.vlan, self.stag)
        programs.push_from(namespace, self.far)


@dataclass(frozen=True)
class Untagged:
    """These tags on `port` are nobody's any more."""

    place: Place
    port: str
    far: str
    vlan: int
    stag: int
    phase: ClassVar[Phase] = Phase.FORGET

    def run(self, kernel: Kernel) -> None:
        namespace = kernel.find(self.place)
        if namespace is not None and self.port in namespace.names:
            far = namespace.names.get(self.far, 0)
            programs_of(kernel, self.place).part(namespace.index(self.port), far, self.vlan, self.stag)


def programs_of(kernel: Kernel, place: Place) -> TagPrograms:
    """The node's programs and maps: those at work, else new ones."""
    return kernel.keep((TagPrograms, place), lambda: TagPrograms.of(kernel.at(place)))


class TagPrograms:
    """Descriptors of a node's two programs and two maps."""

    def __init__(self, pop_map: int, push_map: int, pop: int) -> None:
        self.pop_map, self.push_map, self.pop = pop_map, push_map, pop
        self.push = bpf.load("mseelab_push", tagprograms.push(push_map))
        self._watched: set[str] = set()

    @classmethod
    def fresh(cls) -> Self:
        """Raises OSError."""
        pop_map = bpf.create_map("mseelab_pop", tagprograms.POP_KEY.size, tagprograms.POP_VALUE.size)
        push_map = bpf.create_map("mseelab_push", tagprograms.PUSH_KEY.size, tagprograms.PUSH_VALUE.size)
        return cls(pop_map, push_map, bpf.load("mseelab_pop", tagprograms.pop(pop_map, push_map)))

    @classmethod
    def of(cls, namespace: Namespace) -> Self:
        """Finds them by the filter of any port of `namespace`."""
        for name in namespace.names:
            for number in namespace.ingress_programs(name):
                program = bpf.program_by_id(number)
                maps = bpf.map_ids(program)
                if len(maps) == 2:  # the pop program names both maps, the push program one
                    push_map, pop_map = (bpf.map_by_id(each) for each in maps)
                    return cls(pop_map, push_map, program)
                os.close(program)
        return cls.fresh()

    def close(self) -> None:
        for descriptor in (self.pop_map, self.push_map, self.pop, self.push):
            os.close(descriptor)

    def watch(self, namespace: Namespace, port: str) -> None:
        self._attach(namespace, port, self.pop, "mseelab_pop")

    def push_from(self, namespace: Namespace, far: str) -> None:
        self._attach(namespace, far, self.push, "mseelab_push")

    def _attach(self, namespace: Namespace, device: str, program: int, name: str) -> None:
        index = namespace.index(device)
        what = f"{namespace.place}: {name} on {device}"
        namespace.queue(namespace.messages.clsact(index), what, EEXIST)
        namespace.queue(namespace.messages.ingress_program(index, program, name), what, EEXIST)

    def join(self, port: int, far: int, vlan: int, stag: int) -> None:
        bpf.update(self.pop_map, _tags(port, vlan, stag), tagprograms.POP_VALUE.pack(far))
        bpf.update(self.push_map, tagprograms.PUSH_KEY.pack(far), tagprograms.PUSH_VALUE.pack(port, vlan, stag))

    def part(self, port: int, far: int, vlan: int, stag: int) -> None:
        bpf.delete(self.pop_map, _tags(port, vlan, stag))
        bpf.delete(self.push_map, tagprograms.PUSH_KEY.pack(far))


def _tags(port: int, vlan: int, stag: int) -> bytes:
    return tagprograms.POP_KEY.pack(port, stag or vlan, vlan if stag else 0)

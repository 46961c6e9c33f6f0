"""Where to look: the devices that a path's frames pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.control.record import Record
from lab.errors import NotAsItShould
from lab.net import vlan
from lab.topology import Endpoint, Path

End = Literal["msee", "ce"]


@dataclass(frozen=True)
class Place:
    """A device to tap: `node`'s `device` in the namespace `vrf` (empty: its own), on a cable whose other end is `peer`.

    `tags` is empty on a port, whose frames have their own; where tags are only modelled every sub-interface is a place,
    and `tags` are those it stands for.
    """

    path: Path
    node: str
    device: str
    peer: str
    vrf: str = ""
    tags: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.node}:{self.device}"


def places(record: Record, paths: Sequence[Path], end: End) -> tuple[Place, ...]:
    """Every place of these paths, seen at one end of their cables. Raises NotAsItShould where there is none."""
    tagged = vlan.attacher(record.attacher).tags_on_wire if record.attacher else True
    of = _ports if tagged else _sub_interfaces
    found = tuple(place for path in paths for place in of(record, path, end))
    if found:
        return found
    lack = "cable between a CE and an MSEE" if tagged else "tagged interface"
    raise NotAsItShould(f"{record.lab} has no {lack} on {' and '.join(paths)}", next="mseelab show lab")


def _ports(record: Record, path: Path, end: End) -> Iterator[Place]:
    for near, far in _cables(record, path, end):
        yield Place(path, near.node, near.interface, far.node)


def _sub_interfaces(record: Record, path: Path, end: End) -> Iterator[Place]:
    states = record.applied.desired().nodes
    for near, far in _cables(record, path, end):
        for interface in states[near.node].wiring.interfaces if near.node in states else ():
            tag = interface.tag
            if tag is not None and tag.port == near.interface:
                tags = (tag.vlan,) if tag.stag is None else (tag.stag, tag.vlan)
                yield Place(path, near.node, interface.name, far.node, interface.vrf, tags)


def _cables(record: Record, path: Path, end: End) -> Iterator[tuple[Endpoint, Endpoint]]:
    """The cables of the path as (end that is looked at, other end)."""
    topology = record.applied.topology
    for ce in topology.with_role("ce"):
        for there, here in topology.links_between(ce.name, topology.msee(path).name):
            yield (here, there) if end == "msee" else (there, here)
